"""Both contracts change hands in two steps."""

import ape
import pytest


@pytest.fixture(params=["router", "signed source"])
def owned(request, router, signed_source):
    return {"router": router, "signed source": signed_source}[request.param]


def test_transfer_ownership__owner__needs_acceptance(owned, owner, new_owner):
    owned.transfer_ownership(new_owner, sender=owner)
    assert owned.owner() == owner
    assert owned.pending_owner() == new_owner

    owned.accept_ownership(sender=new_owner)
    assert owned.owner() == new_owner


def test_transfer_ownership__stranger__reverts(owned, owner, stranger):
    with ape.reverts("ownable: caller is not the owner"):
        owned.transfer_ownership(stranger, sender=stranger)

    assert owned.owner() == owner


def test_accept_ownership__stranger__reverts(owned, owner, new_owner, stranger):
    owned.transfer_ownership(new_owner, sender=owner)

    with ape.reverts("ownable_2step: caller is not the new owner"):
        owned.accept_ownership(sender=stranger)


def test_renounce_ownership__does_not_exist(owned):
    assert not hasattr(owned, "renounce_ownership")
