"""What a hostile filler or canceller can try with well-signed orders."""

from dataclasses import astuple, replace

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.events import named
from tests.helpers.matching import ENTRIES, SIDES, signatures, submit
from tests.helpers.parameters import FEES
from tests.helpers.reading import FLAT, holding, refused

PARAMS = FEES
# Made before the first test: Ape starts over when a wider fixture comes after a narrower one.
pytestmark = pytest.mark.usefixtures("maker_account", "taker_account")

HUGE = 2**256 - 1


@pytest.fixture
def pair(desk, maker_account, taker_account):
    bid = desk.order(maker_account, WAD)
    return bid, desk.opposite(bid, taker_account)


@ENTRIES
def test_naming_the_other_as_maker(desk, maker_account, taker_account, entry, filler):
    """The filler chooses who pays whose price: each trades within its own limit either way."""
    bid = desk.order(maker_account, 2 * WAD, PRICE + 9)
    ask = desk.order(taker_account, -2 * WAD, PRICE - 9)
    for first, second in ((bid, ask), (ask, bid)):
        receipt = submit(desk, entry, first, second, signatures(desk, first, second), WAD, filler)
        price = named(receipt, "Fill")[0]["price"]
        assert price == first.limit_price
        assert ask.limit_price <= price <= bid.limit_price


@ENTRIES
def test_orders_that_do_not_cross_in_either_role(desk, maker_account, taker_account, entry):
    """A bid below the ask is no trade, whoever is called the maker."""
    bid, ask = desk.order(maker_account, WAD, PRICE - 1), desk.order(taker_account, -WAD, PRICE)
    for first, second in ((bid, ask), (ask, bid)):
        with refused(desk, "order: price"):
            submit(desk, entry, first, second, signatures(desk, first, second))


@ENTRIES
def test_post_only_order_made_to_take(desk, maker_account, taker_account, entry):
    """Exchanging the roles does not make a post-only order pay the taker's fee."""
    bid = desk.order(maker_account, WAD, post_only=True)
    ask = desk.opposite(bid, taker_account)
    with refused(desk, "order: taker is post only"):
        submit(desk, entry, ask, bid, signatures(desk, ask, bid))


@ENTRIES
@pytest.mark.parametrize("size", [0, WAD + 1, 2**128, 2**255, 2**255 + WAD, HUGE])
def test_filler_with_the_wrong_size(desk, pair, entry, size):
    """Nothing at all, more than is left, and sizes that would wrap or reach the cancelled bit."""
    orders = pair
    reasons = ("order: overfilled", "fill: nothing filled") if size else ("fill: zero size",) * 2
    with refused(desk, reasons[entry == "fill_batch"]):
        submit(desk, entry, *orders, signatures(desk, *orders), size)


def test_filler_cutting_an_order_into_crumbs(desk, pair, maker_account, taker_account, filler):
    """Thirty fills instead of one: rounding costs each side at most two units a fill."""
    bid, ask = pair
    part = WAD // 31
    both = signatures(desk, bid, ask)
    for _ in range(30):
        desk.fill(bid, ask, part, filler, both)
    size = 30 * part
    for account_id, sign, rate in ((maker_account, 1, 200), (taker_account, -1, 500)):
        whole = sign * size * PRICE // 10**30 + size * PRICE * rate // 10**36
        cost = 100_000 * 10**6 - desk.cash(account_id)
        assert -30 <= cost - whole <= 60
    assert holding(desk, maker_account) == (size, PRICE, 10)


def test_crumb_in_front_of_a_whole_fill(desk, pair, maker_account, taker_account, stranger, filler):
    """A stranger fills a crumb to make the filler's whole fill fail: what is left can be filled at once."""
    bid, ask = pair
    both = signatures(desk, bid, ask)
    crumb = WAD // 100
    desk.fill(bid, ask, crumb, stranger, both)
    with refused(desk, "order: overfilled"):
        desk.fill(bid, ask, WAD, filler, both)
    desk.fill(bid, ask, WAD - crumb, filler, both)
    assert holding(desk, maker_account)[0] == WAD


@ENTRIES
@SIDES
def test_reduce_only_filled_to_flip(desk, maker_account, taker_account, entry, side):
    """An order to close one coin, signed for two, is not filled beyond the one."""
    desk.trade(maker_account, taker_account)
    ask = desk.order(maker_account, -2 * WAD, reduce_only=side == "maker")
    bid = desk.opposite(ask, taker_account, reduce_only=side == "taker")
    skipped = entry == "fill_batch" and side == "maker"
    with refused(desk, "fill: nothing filled" if skipped else "order: reduce only"):
        submit(desk, entry, ask, bid, signatures(desk, ask, bid), WAD + 1)
    submit(desk, entry, ask, bid, signatures(desk, ask, bid), WAD)
    assert holding(desk, maker_account) == holding(desk, taker_account) == FLAT


@ENTRIES
def test_reduce_only_after_the_position_is_gone(desk, maker_account, taker_account, entry, stranger):
    """What is left of it does not open a position on the other side."""
    desk.trade(maker_account, taker_account)
    ask = desk.order(maker_account, -2 * WAD, reduce_only=True)
    bid = desk.opposite(ask, desk.account(stranger, 10_000))
    desk.close(maker_account, taker_account)
    with refused(desk, "fill: nothing filled" if entry == "fill_batch" else "order: reduce only"):
        submit(desk, entry, ask, bid, signatures(desk, ask, bid), 1)


def test_cancel_of_a_strangers_order(desk, pair, stranger, maker, taker_account):
    """Neither a stranger nor the counterparty cancels it, nor does its copy for one's own account."""
    bid, ask = pair
    own = desk.account(stranger)
    with refused(desk, "account: not authorized"):
        desk.exchange.cancel(astuple(bid), sender=stranger)
    with refused(desk, "account: not authorized"):
        desk.exchange.cancel(astuple(ask), sender=maker)
    desk.exchange.cancel(astuple(replace(bid, account_id=own)), sender=stranger)
    assert not desk.exchange.is_cancelled(desk.hash(bid))
    desk.fill(bid, ask)


@ENTRIES
@SIDES
def test_filling_what_is_left_of_a_cancelled_order(desk, pair, maker, taker, maker_account, entry, side):
    """Cancelled after a part was filled: the rest is gone, the part stays."""
    orders = pair
    submit(desk, entry, *orders, signatures(desk, *orders), WAD // 4)
    order, owner = (orders[0], maker) if side == "maker" else (orders[1], taker)
    desk.exchange.cancel(astuple(order), sender=owner)
    skipped = entry == "fill_batch" and side == "maker"
    with refused(desk, "fill: nothing filled" if skipped else "order: cancelled"):
        submit(desk, entry, *orders, signatures(desk, *orders), 1)
    assert desk.exchange.filled(desk.hash(order)) == holding(desk, maker_account)[0] == WAD // 4


@pytest.mark.parametrize("role", ["stranger", "taker", "filler", "owner"])
def test_cancel_all_of_a_strangers_orders(desk, maker_account, role, request):
    """Nobody but the account's owner and its delegates raises its epoch."""
    with refused(desk, "account: not authorized"):
        desk.exchange.cancel_all(maker_account, sender=request.getfixturevalue(role))


def test_settling_without_exchange(desk, maker_account, taker_account, stranger, maker):
    """ClearingHouse believes signers by name, so it listens to Exchange alone."""
    sides = [(a, int(maker.address, 16), 0, 10, 0, 0, bytes(32)) for a in (maker_account, taker_account)]
    for sender in (stranger, maker, desk.owner):
        with refused(desk, "settle: not the exchange"):
            desk.clearing_house.settle(1, sides[1], sides[0], False, WAD, PRICE, sender=sender)
        with refused(desk, "settle: not the exchange"):
            desk.clearing_house.settle_batch(1, sides[1], False, [(sides[0], WAD, PRICE)], sender=sender)
        with refused(desk, "settle: not the exchange"):
            desk.clearing_house.raise_epoch(maker_account, maker, sender=sender)
