"""Two-step ownership, and no way to give it up."""

import ape

from tests.unit.governance.conftest import ZERO_ADDRESS, emitted
from tests.unit.governance.parameters import PARAMS


def test_transfer_ownership__not_accepted_yet__the_old_owner_stays(governance, owner, stranger):
    governance.transfer_ownership(stranger, sender=owner)
    assert (governance.owner(), governance.pending_owner()) == (owner, stranger)
    with ape.reverts("ownable: caller is not the owner"):
        governance.list_market(PARAMS, sender=stranger)
    governance.list_market(PARAMS, sender=owner)


def test_accept_ownership__pending_owner__takes_over(governance, owner, stranger):
    governance.transfer_ownership(stranger, sender=owner)
    governance.accept_ownership(sender=stranger)
    assert (governance.owner(), governance.pending_owner()) == (stranger, ZERO_ADDRESS)
    with ape.reverts("ownable: caller is not the owner"):
        governance.list_market(PARAMS, sender=owner)
    governance.list_market(PARAMS, sender=stranger)


def test_ownership__both_steps__emit_exactly_this(governance, owner, stranger):
    assert emitted(governance.transfer_ownership(stranger, sender=owner)) == [
        (governance.address, "OwnershipTransferStarted", {"previous_owner": owner, "new_owner": stranger})
    ]
    assert emitted(governance.accept_ownership(sender=stranger)) == [
        (governance.address, "OwnershipTransferred", {"previous_owner": owner, "new_owner": stranger})
    ]


def test_transfer_ownership__stranger__reverts(governance, state, stranger):
    before = state()
    with ape.reverts("ownable: caller is not the owner"):
        governance.transfer_ownership(stranger, sender=stranger)
    assert state() == before


def test_accept_ownership__stranger__reverts(governance, state, owner, guardian, stranger):
    governance.transfer_ownership(guardian, sender=owner)
    before = state()
    with ape.reverts("ownable_2step: caller is not the new owner"):
        governance.accept_ownership(sender=stranger)
    assert state() == before


def test_ownership__abi__has_no_renounce(governance):
    assert not hasattr(governance, "renounce_ownership")
