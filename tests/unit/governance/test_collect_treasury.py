"""collect_treasury."""

import ape
import pytest

from tests.unit.governance.conftest import emitted


def test_collect_treasury__owner__names_the_receiver(governance, clearing_house, owner, stranger):
    governance.collect_treasury(stranger, sender=owner)
    assert clearing_house.treasury_receiver() == stranger


def test_collect_treasury__owner__emits_exactly_this(governance, clearing_house, owner, stranger):
    assert emitted(governance.collect_treasury(stranger, sender=owner)) == [
        (clearing_house.address, "TreasuryCollected", {"receiver": stranger, "amount": 0})
    ]


@pytest.mark.parametrize("role", ["guardian", "stranger"])
def test_collect_treasury__not_the_owner__reverts(governance, state, request, role):
    before = state()
    with ape.reverts("ownable: caller is not the owner"):
        governance.collect_treasury(request.getfixturevalue(role), sender=request.getfixturevalue(role))
    assert state() == before
