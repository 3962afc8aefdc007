"""What a batch does about each maker, and what it judges once for all of them."""

from dataclasses import replace
from typing import Any

import pytest

from tests.helpers.model.exchange import BatchResult
from tests.helpers.model.fills import Fill
from tests.helpers.model.orders import BAD_SIGNATURE
from tests.unit.model.scenario import FILLER, NO_FEES, PARAMS, START, WAD, Pair, refused

HALF = WAD // 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expires_at": START - 1}, "order: expired"),
        ({"epoch": 7}, "order: old epoch"),
        ({"size": 1 - HALF}, "order: overfilled"),
        ({"reduce_only": True}, "order: reduce only"),
    ],
)
def test_fill_batch__maker_that_cannot_be_filled__is_skipped(change: dict[str, Any], reason: str) -> None:
    pair = Pair()
    bad = replace(pair.order(pair.seller, -WAD), **change)
    result = pair.batch([bad, pair.maker])
    assert result == BatchResult((Fill(skipped=reason), Fill()))
    assert pair.protocol.filled(bad) == 0
    assert pair.protocol.filled(pair.taker) == pair.account(pair.buyer).size(1) == HALF
    with refused("fill: nothing filled"):
        pair.batch([bad])


def test_fill_batch__cancelled_maker__is_skipped_whatever_its_signature() -> None:
    pair = Pair()
    cancelled = pair.order(pair.seller, -WAD)
    pair.protocol.cancel("seller", cancelled)
    result = pair.protocol.fill_batch(
        FILLER,
        [cancelled, pair.maker],
        [BAD_SIGNATURE, pair.signature(pair.maker)],
        pair.taker,
        pair.signature(pair.taker),
        [HALF, HALF],
        [0, 0, 0],
    )
    assert result.skipped == ("order: cancelled", None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"market_id": 2}, "order: other market"),
        ({"size": WAD}, "order: same side"),
        ({"filler": "somebody"}, "order: not the filler"),
        ({"account_id": 2}, "fill: same account"),
        ({"account_id": 77}, "order: bad signature"),
        ({"limit_price": 2_000 * WAD + 1}, "order: price"),
        ({"leverage": 4}, "market: bad leverage"),
    ],
)
def test_fill_batch__maker_that_is_wrong__reverts_all(change: dict[str, Any], reason: str) -> None:
    pair = Pair()
    bad = replace(pair.order(pair.seller, -WAD), **change)
    before = pair.protocol.state.copy()
    with refused(reason):
        pair.batch([pair.maker, bad])
    assert pair.protocol.state == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"filler": "somebody"}, "order: not the filler"),
        ({"expires_at": START - 1}, "order: expired"),
        ({"epoch": 1}, "order: old epoch"),
        ({"post_only": True}, "order: taker is post only"),
        ({"reduce_only": True}, "order: reduce only"),
        ({"size": WAD - 1}, "order: overfilled"),
    ],
)
def test_fill_batch__taker_that_is_wrong__reverts(change: dict[str, Any], reason: str) -> None:
    pair = Pair()
    with refused(reason):
        pair.batch([pair.maker, pair.order(pair.seller, -WAD)], replace(pair.taker, **change))


def test_fill_batch__cancelled_taker__comes_before_its_makers() -> None:
    pair = Pair()
    pair.protocol.cancel("buyer", pair.taker)
    with refused("order: cancelled"):
        pair.batch([replace(pair.maker, size=WAD)])


def test_fill_batch__same_maker_order_twice__counts_together() -> None:
    pair = Pair()
    assert pair.batch([pair.maker, pair.maker]).skipped == (None, None)
    assert pair.protocol.filled(pair.maker) == WAD
    pair = Pair()
    small = replace(pair.maker, size=1 - WAD)
    assert pair.batch([small, small]).skipped == (None, "order: overfilled")


def test_fill_batch__margin__is_judged_once_after_the_last_maker() -> None:
    pair = Pair()
    bold = replace(PARAMS, **NO_FEES, max_leverage=100, maintenance_rate=4 * WAD // 1000)
    pair.protocol.write_market(1, bold)
    poor = pair.trader("poor", 59)
    # 5 % above the mark half a base costs 50 and leaves 9 for a requirement of 10; the second, 5 %
    # below, gives the 50 back.
    dear = pair.order(pair.seller, -HALF, 2_100 * WAD)
    cheap = pair.order(pair.trader("other", 9_000), -HALF, 1_900 * WAD)
    bid = pair.order(poor, WAD, 2_100 * WAD, leverage=100)
    with refused("margin: insufficient"):
        pair.batch([dear], bid)
    assert pair.batch([dear, cheap], bid).skipped == (None, None)
    assert pair.account(poor).positions[1].entry_price == 2_000 * WAD


def test_fill_batch__minimum__is_judged_once_after_the_last_maker() -> None:
    pair = Pair()
    # 6 dollars each, for a maker of two orders.
    six = 3 * WAD // 1000
    with refused("fill: below minimum"):
        pair.batch([pair.maker], size=six)
    assert pair.batch([pair.maker, pair.maker], size=six).skipped == (None, None)


def test_fill_batch__maker_of_two_orders__the_last_increasing_one_sets_the_leverage() -> None:
    pair = Pair()
    pair.batch([pair.maker, pair.order(pair.seller, -WAD, leverage=5)])
    assert pair.account(pair.seller).positions[1].leverage == 5
    assert pair.protocol.state.queues[1].members(False, 5) == [pair.seller]


def test_fill_batch__reduce_only_market_and_newcomer__reverts_all() -> None:
    pair = Pair()
    pair.batch([pair.maker])
    pair.protocol.set_reduce_only(1, True)
    newcomer = pair.order(pair.trader("newcomer", 9_000), WAD)
    ask = pair.order(pair.buyer, -HALF)
    with refused("market: reduce only"):
        pair.batch([pair.order(pair.seller, HALF), newcomer], ask, size=HALF // 2)


@pytest.mark.parametrize(("makers", "sizes", "hints"), [(1, 2, 2), (1, 1, 1), (2, 1, 3)])
def test_fill_batch__lists_that_do_not_fit__refused(makers: int, sizes: int, hints: int) -> None:
    pair = Pair()
    signed = pair.signature(pair.maker)
    with refused("fill: lengths differ"):
        pair.protocol.fill_batch(
            FILLER,
            [pair.maker] * makers,
            [signed] * makers,
            pair.taker,
            pair.signature(pair.taker),
            [1] * sizes,
            [0] * hints,
        )


def test_fill_batch__skipped_maker__is_not_held_to_any_margin() -> None:
    pair = Pair()
    pair.fill(pair.maker, pair.taker, WAD)
    pair.account(pair.seller).cash = 0
    # Selling more is no reduction of the seller's short, so it is skipped, bankrupt as it is.
    skipped = replace(pair.order(pair.seller, -WAD), reduce_only=True)
    other = pair.order(pair.trader("other", 9_000), -WAD)
    result = pair.batch([skipped, other], pair.order(pair.buyer, WAD))
    assert result.skipped == ("order: reduce only", None)


def test_fill_batch__unpriced_leg__one_fill_worse_than_the_mark_is_one_too_many() -> None:
    pair = Pair()
    pair.fill(pair.maker, pair.taker, WAD)
    pair.trade(pair.buyer, pair.trader("third", 9_000), WAD, market_id=2)
    pair.unprice(2)
    ask = pair.order(pair.buyer, -WAD, 1_990 * WAD)
    better = pair.order(pair.seller, HALF, 2_010 * WAD)
    worse = pair.order(pair.seller, HALF, 1_999 * WAD)
    with refused("margin: unpriced leg"):
        pair.batch([worse, better], ask)
    assert pair.batch([pair.order(pair.seller, HALF), better], ask).skipped == (None, None)
