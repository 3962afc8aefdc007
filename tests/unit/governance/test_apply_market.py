"""apply_market: anyone, once 48 h have passed since the event."""

import ape
import pytest

from tests.unit.governance.conftest import emitted
from tests.unit.governance.parameters import PARAMS, PPM, WORSE, named, params, words

DELAY = 48 * 3600
NEXT = params(**WORSE[0], max_leverage=5)


@pytest.fixture
def effective_at(listed, owner):
    """`NEXT` is scheduled; when it is due."""
    return listed.set_market(1, NEXT, sender=owner).timestamp + DELAY


def test_apply_market__due__in_force(listed, clearing_house, chain, effective_at, stranger):
    chain.pending_timestamp = effective_at
    receipt = listed.apply_market(1, sender=stranger)
    assert receipt.timestamp == effective_at
    assert named(listed.market_params(1)) == NEXT
    assert (clearing_house.params_word(1), clearing_house.liquidation_word(1)) == words(NEXT)
    assert listed.scheduled(1)[1] == 0


def test_apply_market__due__emits_exactly_this(listed, clearing_house, chain, effective_at, stranger):
    chain.pending_timestamp = effective_at
    params_word, liquidation_word = words(NEXT)
    assert emitted(listed.apply_market(1, sender=stranger)) == [
        (
            clearing_house.address,
            "MarketWritten",
            {"market_id": 1, "params": params_word, "liquidation": liquidation_word},
        ),
        (listed.address, "MarketSet", {"market_id": 1, "old_params": PARAMS, "new_params": NEXT}),
    ]


def test_apply_market__a_second_before__reverts(listed, chain, state, effective_at, owner):
    before = state()
    chain.pending_timestamp = effective_at - 1
    with ape.reverts("market: too early"):
        listed.apply_market(1, sender=owner)
    assert state() == before


@pytest.mark.parametrize("market_id", [0, 1, 2])
def test_apply_market__nothing_scheduled__reverts(listed, state, stranger, market_id):
    before = state()
    with ape.reverts("market: nothing scheduled"):
        listed.apply_market(market_id, sender=stranger)
    assert state() == before


def test_apply_market__twice__reverts(listed, chain, effective_at, stranger):
    chain.pending_timestamp = effective_at
    listed.apply_market(1, sender=stranger)
    with ape.reverts("market: nothing scheduled"):
        listed.apply_market(1, sender=stranger)


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False), (True, True)])
def test_apply_market__reduce_only_changed_meanwhile__stays_as_it_is(
    listed, clearing_house, chain, guardian, owner, stranger, before, after
):
    listed.set_reduce_only(1, before, sender=guardian)
    effective_at = listed.set_market(1, NEXT, sender=owner).timestamp + DELAY
    listed.set_reduce_only(1, after, sender=guardian)
    chain.pending_timestamp = effective_at
    listed.apply_market(1, sender=stranger)
    assert listed.is_reduce_only(1) == after
    assert clearing_house.params_word(1) == words(NEXT, reduce_only=after)[0]


def test_apply_market__no_valid_price__in_force(listed, chain, set_source, effective_at, stranger):
    set_source(1, valid=False)
    chain.pending_timestamp = effective_at
    listed.apply_market(1, sender=stranger)
    assert named(listed.market_params(1)) == NEXT


def test_apply_market__source_got_too_coarse_meanwhile__reverts(
    listed, chain, set_source, state, effective_at, stranger
):
    # 1 / 5 = 2 * 10 %
    set_source(1, update_threshold=100_000 * PPM + 1)
    before = state()
    chain.pending_timestamp = effective_at
    with ape.reverts("market: source too coarse"):
        listed.apply_market(1, sender=stranger)
    assert state() == before
    set_source(1, update_threshold=100_000 * PPM)
    listed.apply_market(1, sender=stranger)
