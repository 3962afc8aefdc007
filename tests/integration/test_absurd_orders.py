"""Well-signed orders with absurd fields, on either side, through either entry."""

import re
from dataclasses import replace

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.matching import ENTRIES, SIDES, signatures, submit
from tests.helpers.parameters import FEES
from tests.helpers.reading import epoch, holding, now, refused

PARAMS = FEES
# Made before the first test: Ape starts over when a wider fixture comes after a narrower one.
pytestmark = pytest.mark.usefixtures("maker_account", "taker_account")

HUGE = 2**256 - 1


@pytest.fixture
def absurd(desk, maker_account, taker_account):
    """A pair whose side under attack has these fields."""

    def absurd(side: str, **changes):
        bid, ask = desk.order(maker_account, WAD), desk.order(taker_account, -WAD)
        return (replace(bid, **changes), ask) if side == "maker" else (bid, replace(ask, **changes))

    return absurd


@ENTRIES
@SIDES
@pytest.mark.parametrize("leverage", [0, 4, 256 + 10, 2**128 + 10, 2**255, HUGE])
def test_absurd_leverage(desk, absurd, entry, side, leverage):
    """No leverage is cut down to a tier."""
    orders = absurd(side, leverage=leverage)
    with refused(desk, "market: bad leverage"):
        submit(desk, entry, *orders, signatures(desk, *orders))


@ENTRIES
@SIDES
@pytest.mark.parametrize("signed_for", [1, 2**24, 2**64, HUGE])
def test_absurd_epoch(desk, absurd, entry, side, signed_for):
    """An epoch is compared whole: none comes round to the account's."""
    orders = absurd(side, epoch=signed_for)
    skipped = entry == "fill_batch" and side == "maker"
    with refused(desk, "fill: nothing filled" if skipped else "order: old epoch"):
        submit(desk, entry, *orders, signatures(desk, *orders))


def test_order_signed_ahead_for_a_later_epoch(desk, absurd, maker, maker_account):
    """It waits for its epoch, lives in it, and dies with it."""
    orders = absurd("maker", epoch=1)
    with refused(desk, "order: old epoch"):
        desk.fill(*orders)
    desk.exchange.cancel_all(maker_account, sender=maker)
    desk.fill(*orders, WAD // 2)
    desk.exchange.cancel_all(maker_account, sender=maker)
    assert epoch(desk, maker_account) == 2
    with refused(desk, "order: old epoch"):
        desk.fill(*orders, WAD // 2)


@ENTRIES
@pytest.mark.parametrize("account_id", [0, 3, 2**32, 2**32 + 1, 2**128 + 1, 2**255 + 1, HUGE])
def test_account_that_does_not_exist(desk, taker_account, entry, account_id, maker):
    """Also one whose low 32 bits are the signer's account: positions are keyed by them."""
    desk.traders[account_id] = maker
    bid = desk.order(account_id, WAD)
    ask = desk.opposite(bid, taker_account)
    with refused(desk, "order: bad signature"):
        submit(desk, entry, bid, ask, signatures(desk, bid, ask))


@ENTRIES
@pytest.mark.parametrize("market_id", [0, 2, 65, 2**32 + 1, 2**200, 2**224 + 1, HUGE])
def test_market_that_does_not_exist(desk, absurd, entry, market_id):
    """Also one that is market 1 once it is shifted into a position's key."""
    bid, ask = (replace(order, market_id=market_id) for order in absurd("maker"))
    with refused(desk, "market: not listed"):
        submit(desk, entry, bid, ask, signatures(desk, bid, ask))


@ENTRIES
@pytest.mark.parametrize("sign", [1, -1], ids=["maker_buys", "maker_sells"])
def test_order_of_the_largest_size(desk, maker_account, taker_account, entry, sign):
    """It can be filled in ordinary parts, its amount never reaches the cancelled bit, and all is too much."""
    bid = desk.order(maker_account, sign * (2**255 - 1))
    ask = desk.opposite(bid, taker_account)
    submit(desk, entry, bid, ask, signatures(desk, bid, ask), WAD)
    assert holding(desk, maker_account)[0] == sign * WAD
    with refused(desk, "fill: size overflow"):
        submit(desk, entry, bid, ask, signatures(desk, bid, ask), 2**255 - 1 - WAD)
    assert desk.exchange.filled(desk.hash(bid)) == desk.exchange.filled(desk.hash(ask)) == WAD
    assert not desk.exchange.is_cancelled(desk.hash(bid))


@ENTRIES
@SIDES
def test_order_of_the_smallest_size(desk, maker_account, taker_account, entry, side):
    """-2**255 has no positive counterpart; it is filled in ordinary parts like any other, and never whole."""
    odd = desk.order(maker_account if side == "maker" else taker_account, -(2**255))
    other = desk.order(taker_account if side == "maker" else maker_account, 2**255 - 1)
    orders = (odd, other) if side == "maker" else (other, odd)
    submit(desk, entry, *orders, signatures(desk, *orders), WAD)
    assert holding(desk, odd.account_id)[0] == -WAD
    with refused(desk, "fill: size overflow"):
        submit(desk, entry, *orders, signatures(desk, *orders), 2**255 - 1 - WAD)
    assert desk.exchange.filled(desk.hash(odd)) == WAD
    assert not desk.exchange.is_cancelled(desk.hash(odd))


@ENTRIES
@pytest.mark.parametrize("size", [2**255, 2**256 - 1])
def test_the_whole_of_the_smallest_size(desk, maker_account, taker_account, entry, size):
    """Filling 2**255 would set the cancelled bit: nothing on the other side can be as large."""
    odd = desk.order(maker_account, -(2**255))
    orders = odd, desk.order(taker_account, 2**255 - 1)
    with refused(desk, re.compile("order: overfilled|fill: (nothing filled|size overflow)")):
        submit(desk, entry, *orders, signatures(desk, *orders), size)
    assert not desk.exchange.is_cancelled(desk.hash(odd))


@ENTRIES
@pytest.mark.parametrize("price", [0, 1, PRICE // 2, 2**88 - 1, 2**88, 2**255, HUGE])
@pytest.mark.parametrize("sign", [1, -1], ids=["maker_buys", "maker_sells"])
def test_absurd_price_of_the_maker(desk, maker_account, taker_account, entry, price, sign):
    """Two friends agree on any limit; the fill is held to the mark's band."""
    bid = desk.order(maker_account, sign * WAD, price)
    ask = desk.opposite(bid, taker_account)
    with refused(desk, re.compile("fill: (price out of range|outside price band)")):
        submit(desk, entry, bid, ask, signatures(desk, bid, ask))


@ENTRIES
@SIDES
def test_order_that_never_expires(desk, absurd, maker_account, entry, side):
    """The largest expiry and salt do not overflow anything."""
    orders = absurd(side, expires_at=HUGE, salt=HUGE)
    submit(desk, entry, *orders, signatures(desk, *orders))
    assert holding(desk, maker_account)[0] == WAD


@ENTRIES
def test_expired_when_it_was_signatures(desk, absurd, entry):
    """The clock is the chain's, and there is no grace."""
    orders = absurd("taker", expires_at=now() - 1)
    with refused(desk, "order: expired"):
        submit(desk, entry, *orders, signatures(desk, *orders))
