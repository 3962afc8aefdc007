"""cancel_scheduled: the owner withdraws a set that waits."""

import ape
import pytest

from tests.unit.governance.conftest import emitted
from tests.unit.governance.parameters import PARAMS, WORSE, named, params

DELAY = 48 * 3600


@pytest.fixture
def effective_at(listed, owner):
    return listed.set_market(1, params(**WORSE[0]), sender=owner).timestamp + DELAY


def test_cancel_scheduled__scheduled__nothing_left_to_apply(listed, chain, effective_at, owner):
    listed.cancel_scheduled(1, sender=owner)
    assert listed.scheduled(1)[1] == 0
    chain.pending_timestamp = effective_at
    with ape.reverts("market: nothing scheduled"):
        listed.apply_market(1, sender=owner)
    assert named(listed.market_params(1)) == PARAMS


def test_cancel_scheduled__scheduled__emits_exactly_this(listed, effective_at, owner):
    assert emitted(listed.cancel_scheduled(1, sender=owner)) == [
        (listed.address, "ScheduleCancelled", {"market_id": 1, "effective_at": effective_at})
    ]


@pytest.mark.parametrize("role", ["guardian", "stranger"])
def test_cancel_scheduled__not_the_owner__reverts(listed, state, effective_at, request, role):
    before = state()
    with ape.reverts("ownable: caller is not the owner"):
        listed.cancel_scheduled(1, sender=request.getfixturevalue(role))
    assert state() == before


@pytest.mark.parametrize("market_id", [0, 1, 2])
def test_cancel_scheduled__nothing_scheduled__reverts(listed, owner, market_id):
    with ape.reverts("market: nothing scheduled"):
        listed.cancel_scheduled(market_id, sender=owner)
