"""cancel."""

from dataclasses import astuple, replace

import pytest

from scripts.sandbox.orders import ZERO_ADDRESS
from tests.helpers.desk import WAD
from tests.helpers.reading import events, next_block_at, now, refused

NOT_AUTHORIZED = "account: not authorized"


@pytest.fixture
def bid(desk, maker_account):
    return desk.order(maker_account, WAD)


def test_cancel__owner__cancels(desk, bid, maker):
    desk.exchange.cancel(astuple(bid), sender=maker)
    assert desk.exchange.is_cancelled(desk.hash(bid))


def test_cancel__owner__emits_exactly_this(desk, bid, maker, maker_account):
    assert events(desk.exchange.cancel(astuple(bid), sender=maker)) == [
        ("OrderCancelled", {"account_id": maker_account, "order_hash": desk.hash(bid)})
    ]


@pytest.mark.parametrize("role", ["stranger", "taker", "filler", "owner"])
def test_cancel__not_the_accounts__reverts(desk, bid, role, request):
    sender = request.getfixturevalue(role)
    with refused(desk, NOT_AUTHORIZED):
        desk.exchange.cancel(astuple(replace(bid, filler=sender.address)), sender=sender)


def test_cancel__live_delegate__cancels_until_the_last_second(desk, bid, maker, maker_account, delegate):
    last = now() + 1_000
    desk.clearing_house.set_delegate(maker_account, delegate, last, sender=maker)
    next_block_at(last)
    desk.exchange.cancel(astuple(bid), sender=delegate)
    assert now() == last
    assert desk.exchange.is_cancelled(desk.hash(bid))


def test_cancel__delegate_one_second_too_late__reverts(desk, bid, maker, maker_account, delegate):
    last = now() + 1_000
    desk.clearing_house.set_delegate(maker_account, delegate, last, sender=maker)
    next_block_at(last + 1)
    with refused(desk, NOT_AUTHORIZED):
        desk.exchange.cancel(astuple(bid), sender=delegate)


def test_cancel__revoked_delegate__reverts(desk, bid, maker, maker_account, delegate):
    desk.clearing_house.set_delegate(maker_account, delegate, 2**256 - 1, sender=maker)
    desk.clearing_house.set_delegate(maker_account, delegate, 0, sender=maker)
    with refused(desk, NOT_AUTHORIZED):
        desk.exchange.cancel(astuple(bid), sender=delegate)


def test_cancel__delegate_of_another_account__reverts(desk, bid, taker, taker_account, delegate):
    desk.clearing_house.set_delegate(taker_account, delegate, 2**256 - 1, sender=taker)
    with refused(desk, NOT_AUTHORIZED):
        desk.exchange.cancel(astuple(bid), sender=delegate)


@pytest.mark.parametrize("account_id", [0, 99, 2**32, 2**256 - 1])
def test_cancel__account_never_opened__reverts(desk, bid, account_id, stranger):
    with refused(desk, NOT_AUTHORIZED):
        desk.exchange.cancel(astuple(replace(bid, account_id=account_id)), sender=stranger)


def test_cancel__twice__stays_cancelled_and_stores_nothing_new(desk, bid, maker):
    first = desk.exchange.cancel(astuple(bid), sender=maker)
    with_filled = desk.exchange.filled(desk.hash(bid))
    second = desk.exchange.cancel(astuple(bid), sender=maker)
    assert events(second) == events(first)
    assert desk.exchange.is_cancelled(desk.hash(bid))
    assert desk.exchange.filled(desk.hash(bid)) == with_filled == 0


def test_cancel__one_order__leaves_its_twin_with_another_salt(desk, bid, maker, taker_account):
    twin = replace(bid, salt=bid.salt ^ 1)
    desk.exchange.cancel(astuple(bid), sender=maker)
    assert not desk.exchange.is_cancelled(desk.hash(twin))
    with refused(desk, "order: cancelled"):
        desk.fill(bid, desk.opposite(bid, taker_account))
    desk.fill(twin, desk.opposite(twin, taker_account))
    assert desk.exchange.filled(desk.hash(twin)) == WAD


def test_cancel__taker_order__cannot_be_filled(desk, bid, taker, taker_account):
    ask = desk.opposite(bid, taker_account)
    desk.exchange.cancel(astuple(ask), sender=taker)
    with refused(desk, "order: cancelled"):
        desk.fill(bid, ask)


@pytest.mark.parametrize(
    "change",
    [
        {"size": -(2**255)},
        {"size": 0},
        {"market_id": 2**256 - 1},
        {"expires_at": 0},
        {"epoch": 2**256 - 1},
        {"filler": "0x" + "11" * 20},
    ],
    ids=["smallest_size", "zero_size", "no_such_market", "expired", "epoch", "filler"],
)
def test_cancel__order_that_nobody_could_fill__is_cancelled_all_the_same(desk, bid, maker, change):
    odd = replace(bid, **{"filler": ZERO_ADDRESS, **change})
    desk.exchange.cancel(astuple(odd), sender=maker)
    assert desk.exchange.is_cancelled(desk.hash(odd))


def test_cancel__market_without_a_price__is_allowed(desk, bid, maker):
    next_block_at(now() + 10_000_000)
    desk.exchange.cancel(astuple(bid), sender=maker)
    assert desk.exchange.is_cancelled(desk.hash(bid))
