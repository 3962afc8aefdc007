"""fill_batch: makers that can no longer be filled are left out, with an event that says why."""

from dataclasses import astuple

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.events import named
from tests.helpers.reading import FLAT, events, holding, next_block_at, now, refused

EVERY = ["expired", "cancelled", "overfilled", "old epoch", "reduce only"]


@pytest.fixture(scope="module")
def good(desk, maker):
    """Accounts whose orders can be filled."""
    return [desk.account(maker, 50_000) for _ in range(3)]


@pytest.fixture
def bids(desk, good):
    return [desk.order(account_id, WAD) for account_id in good]


@pytest.fixture
def taking(desk, taker_account):
    return desk.order(taker_account, -8 * WAD, 0)


@pytest.fixture
def unfillable(desk, maker, maker_account, stranger):
    """A bid of the maker's that cannot be filled, for each reason."""

    def unfillable(why: str):
        if why == "expired":
            return desk.order(maker_account, WAD, expires_at=now() - 1)
        if why == "reduce only":
            return desk.order(maker_account, WAD, reduce_only=True)
        bid = desk.order(maker_account, WAD)
        if why == "cancelled":
            desk.exchange.cancel(astuple(bid), sender=maker)
        if why == "old epoch":
            desk.exchange.cancel_all(maker_account, sender=maker)
        if why == "overfilled":
            other = desk.account(stranger, 50_000)
            desk.fill(bid, desk.opposite(bid, other), 1 + WAD // 2)
            desk.close(maker_account, other)
        return bid

    return unfillable


def sizes_for(makers, bad):
    return [WAD // 2 if order is bad else WAD for order in makers]


@pytest.mark.parametrize("why", EVERY)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_fill_batch__unfillable_maker__is_skipped_and_the_others_filled(
    desk, bids, good, taking, taker_account, maker_account, unfillable, why, at
):
    bad = unfillable(why)
    filled, cash = desk.exchange.filled(desk.hash(bad)), desk.cash(maker_account)
    makers = [*bids[:at], bad, *bids[at:]]
    receipt = desk.fill_batch(makers, taking, sizes_for(makers, bad))
    assert named(receipt, "MakerSkipped") == [{"order_hash": desk.hash(bad), "reason": f"order: {why}"}]
    assert [f["maker_account"] for f in named(receipt, "Fill")] == good
    assert [holding(desk, a) for a in good] == [(WAD, PRICE, 10)] * 3
    assert holding(desk, taker_account)[0] == -3 * WAD
    assert desk.exchange.filled(desk.hash(taking)) == 3 * WAD
    assert holding(desk, maker_account) == FLAT
    assert desk.cash(maker_account) == cash
    assert desk.exchange.filled(desk.hash(bad)) == filled, "a skipped maker's order is as it was"


@pytest.mark.parametrize("why", EVERY)
def test_fill_batch__only_unfillable_makers__reverts(desk, taking, unfillable, why):
    bad = unfillable(why)
    with refused(desk, "fill: nothing filled"):
        desk.fill_batch([bad, bad], taking, [WAD // 2, WAD // 2])


def test_fill_batch__all_reasons_at_once__one_event_each(
    desk, bids, taking, maker, maker_account, taker_account, good
):
    bids[0] = desk.order(good[0], WAD, expires_at=0)
    desk.exchange.cancel(astuple(bids[1]), sender=maker)
    too_small = desk.order(good[2], WAD - 1)
    reducing = desk.order(good[2], WAD, reduce_only=True)
    desk.exchange.cancel_all(maker_account, sender=maker)
    old = desk.order(maker_account, WAD)
    receipt = desk.fill_batch([bids[0], reducing, bids[1], too_small, old, bids[2]], taking, [WAD] * 6)
    assert {bytes(e["order_hash"]): e["reason"] for e in named(receipt, "MakerSkipped")} == {
        desk.hash(bids[0]): "order: expired",
        desk.hash(bids[1]): "order: cancelled",
        desk.hash(too_small): "order: overfilled",
        desk.hash(reducing): "order: reduce only",
        desk.hash(old): "order: old epoch",
    }
    assert holding(desk, taker_account)[0] == -WAD


def test_fill_batch__skipped_only__emits_nothing_else_for_that_maker(desk, bids, taking, unfillable):
    receipt = desk.fill_batch([unfillable("reduce only"), bids[0]], taking)
    assert [name for name, _ in events(receipt)] == [
        "Fill",
        "PositionChanged",
        "PositionChanged",
        "FundingAccrued",
        "MakerSkipped",
    ]


@pytest.mark.parametrize("late", [0, 1])
def test_fill_batch__last_second_of_a_maker__is_inclusive(desk, bids, good, taking, late):
    last = now() + 100
    bids[0] = desk.order(good[0], WAD, expires_at=last)
    next_block_at(last + late)
    receipt = desk.fill_batch(bids, taking)
    assert now() == last + late
    assert len(named(receipt, "MakerSkipped")) == late
    assert len(named(receipt, "Fill")) == 3 - late


def test_fill_batch__skipped_order__can_be_filled_later(desk, bids, taking, maker_account, taker_account):
    """Skipping books nothing on it: once there is something to reduce, all of it counts."""
    reducing = desk.order(maker_account, WAD, reduce_only=True)
    desk.fill_batch([reducing, bids[0]], taking)
    desk.trade(taker_account, maker_account, WAD)
    desk.fill_batch([reducing], taking)
    assert desk.exchange.filled(desk.hash(reducing)) == WAD
    assert holding(desk, maker_account) == FLAT


def test_fill_batch__same_order_twice__counts_together(desk, bids, taking, good):
    desk.fill_batch([bids[0], bids[0]], taking, [WAD // 2, WAD // 2])
    assert holding(desk, good[0])[0] == desk.exchange.filled(desk.hash(bids[0])) == WAD


def test_fill_batch__same_order_twice_for_too_much__the_second_is_skipped(desk, bids, taking, good):
    receipt = desk.fill_batch([bids[0], bids[0], bids[1]], taking, [WAD // 2 + 1, WAD // 2, WAD])
    assert named(receipt, "MakerSkipped") == [
        {"order_hash": desk.hash(bids[0]), "reason": "order: overfilled"}
    ]
    assert holding(desk, good[0])[0] == desk.exchange.filled(desk.hash(bids[0])) == WAD // 2 + 1


def test_fill_batch__reduce_only_twice__is_checked_per_fill(
    desk, bids, taking, maker_account, taker_account, good, stranger
):
    """The second half finds nothing left to reduce."""
    other = desk.account(stranger, 50_000)
    desk.trade(other, maker_account, WAD)
    reducing = desk.order(maker_account, 3 * WAD, reduce_only=True)
    receipt = desk.fill_batch([reducing, reducing, reducing], taking, [WAD // 2, WAD, WAD // 2])
    assert [e["reason"] for e in named(receipt, "MakerSkipped")] == ["order: reduce only"]
    assert holding(desk, maker_account) == FLAT
    assert desk.exchange.filled(desk.hash(reducing)) == WAD
    assert desk.exchange.filled(desk.hash(taking)) == -holding(desk, taker_account)[0] == WAD


@pytest.mark.parametrize("why", ["expired", "cancelled", "old epoch"])
def test_fill_batch__taker_that_can_no_longer_be_filled__reverts(desk, bids, taker, taker_account, why):
    taking = desk.order(taker_account, -8 * WAD, 0, expires_at=now() - 1 if why == "expired" else 2**64)
    if why == "cancelled":
        desk.exchange.cancel(astuple(taking), sender=taker)
    if why == "old epoch":
        desk.exchange.cancel_all(taker_account, sender=taker)
    with refused(desk, f"order: {why}"):
        desk.fill_batch(bids, taking)


def test_fill_batch__taker_reduce_only_beyond_its_position__reverts_all(desk, bids, taker_account, stranger):
    other = desk.account(stranger, 50_000)
    desk.trade(taker_account, other, 2 * WAD)
    reducing = desk.order(taker_account, -8 * WAD, 0, reduce_only=True)
    with refused(desk, "order: reduce only"):
        desk.fill_batch(bids, reducing)
    desk.fill_batch(bids[:2], reducing)
    assert holding(desk, taker_account) == FLAT
