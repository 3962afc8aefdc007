"""filled and is_cancelled."""

from dataclasses import astuple

import pytest

from tests.helpers.desk import WAD
from tests.helpers.reading import refused


@pytest.fixture
def bid(desk, maker_account):
    return desk.order(maker_account, 3 * WAD)


def test_filled__unknown_hash__is_zero_and_not_cancelled(desk):
    for order_hash in (bytes(32), b"\xff" * 32, b"\x80" + bytes(31)):
        assert desk.exchange.filled(order_hash) == 0
        assert not desk.exchange.is_cancelled(order_hash)


def test_filled__partial_fills__add_up_on_both_orders(desk, bid, taker_account):
    asks = [desk.opposite(bid, taker_account, size=-2 * WAD) for _ in range(2)]
    desk.fill(bid, asks[0], WAD)
    desk.fill(bid, asks[0], WAD // 2 + 1)
    desk.fill(bid, asks[1], WAD)
    assert desk.exchange.filled(desk.hash(bid)) == 2 * WAD + WAD // 2 + 1
    assert desk.exchange.filled(desk.hash(asks[0])) == WAD + WAD // 2 + 1
    assert desk.exchange.filled(desk.hash(asks[1])) == WAD


def test_filled__last_unit__can_be_filled_and_no_more(desk, bid, taker_account):
    ask = desk.opposite(bid, taker_account, size=-9 * WAD)
    desk.fill(bid, ask, 3 * WAD - 1)
    with refused(desk, "order: overfilled"):
        desk.fill(bid, ask, 2)
    desk.fill(bid, ask, 1)
    assert desk.exchange.filled(desk.hash(bid)) == 3 * WAD
    with refused(desk, "order: overfilled"):
        desk.fill(bid, ask, 1)


def test_filled__order_made_then_taken__counts_both(desk, bid, taker_account):
    """The amount belongs to the order, whichever side of the match it stood on."""
    ask = desk.opposite(bid, taker_account, size=-9 * WAD)
    desk.fill(bid, ask, 2 * WAD)
    desk.fill(ask, bid, WAD)
    assert desk.exchange.filled(desk.hash(bid)) == desk.exchange.filled(desk.hash(ask)) == 3 * WAD
    for first, second in ((bid, ask), (ask, bid)):
        with refused(desk, "order: overfilled"):
            desk.fill(first, second, 1)


def test_filled__refused_fill__counts_nothing(desk, bid, taker_account):
    ask = desk.opposite(bid, taker_account, leverage=7)
    with refused(desk, "market: bad leverage"):
        desk.fill(bid, ask, hints=(0, 0))
    assert desk.exchange.filled(desk.hash(bid)) == desk.exchange.filled(desk.hash(ask)) == 0


def test_filled__cancelled_order__keeps_what_was_filled(desk, bid, maker, taker_account):
    desk.fill(bid, desk.opposite(bid, taker_account), WAD)
    desk.exchange.cancel(astuple(bid), sender=maker)
    assert desk.exchange.filled(desk.hash(bid)) == WAD
    assert desk.exchange.is_cancelled(desk.hash(bid))


def test_is_cancelled__epoch_raised__is_false(desk, bid, maker, maker_account):
    """`cancel_all` shows in the account's epoch and not in every order."""
    desk.exchange.cancel_all(maker_account, sender=maker)
    assert not desk.exchange.is_cancelled(desk.hash(bid))


def test_is_cancelled__fully_filled__is_false(desk, bid, taker_account):
    desk.fill(bid, desk.opposite(bid, taker_account))
    assert not desk.exchange.is_cancelled(desk.hash(bid))
