"""fill: orders that do not fit each other, or that can no longer be filled."""

from dataclasses import astuple

import pytest

from scripts.sandbox.orders import ZERO_ADDRESS
from tests.helpers.desk import PRICE, WAD
from tests.helpers.reading import holding, next_block_at, now, refused

SIDES = pytest.mark.parametrize("side", ["maker", "taker"])


@pytest.fixture
def pair(desk, maker_account, taker_account):
    """A bid and an ask that fit, with changes for one of them."""

    def pair(side: str = "", **changes):
        bid = desk.order(maker_account, 2 * WAD, **(changes if side == "maker" else {}))
        neutral = {"expires_at": 2**64, "epoch": 0, "filler": ZERO_ADDRESS}
        return bid, desk.opposite(bid, taker_account, **neutral | (changes if side == "taker" else {}))

    return pair


def test_fill__other_market__reverts(desk, pair, maker_account, taker_account):
    bid, _ = pair()
    with refused(desk, "order: other market"):
        desk.fill(bid, desk.order(taker_account, -2 * WAD, market_id=2))


@pytest.mark.parametrize("sign", [1, -1])
def test_fill__same_side__reverts(desk, maker_account, taker_account, sign):
    with refused(desk, "order: same side"):
        desk.fill(desk.order(maker_account, sign * WAD), desk.order(taker_account, sign * WAD))


@pytest.mark.parametrize("post_only", [(False, True), (True, True)], ids=["taker", "both"])
def test_fill__post_only_taker__reverts(desk, maker_account, taker_account, post_only):
    bid = desk.order(maker_account, WAD, post_only=post_only[0])
    with refused(desk, "order: taker is post only"):
        desk.fill(bid, desk.opposite(bid, taker_account, post_only=post_only[1]))


def test_fill__post_only_maker__fills(desk, maker_account, taker_account):
    bid = desk.order(maker_account, WAD, post_only=True)
    desk.fill(bid, desk.opposite(bid, taker_account))
    assert holding(desk, maker_account)[0] == WAD


@SIDES
@pytest.mark.parametrize("role", ["maker", "taker", "stranger", "owner"])
def test_fill__not_the_filler_named__reverts(desk, pair, side, role, filler, request):
    orders = pair(side, filler=filler.address)
    with refused(desk, "order: not the filler"):
        desk.fill(*orders, sender=request.getfixturevalue(role))


@SIDES
def test_fill__filler_named__fills(desk, pair, side, filler, maker_account):
    desk.fill(*pair(side, filler=filler.address), sender=filler)
    assert holding(desk, maker_account)[0] == 2 * WAD


def test_fill__two_fillers_named__nobody_can_fill(desk, maker_account, taker_account, filler, stranger):
    bid = desk.order(maker_account, WAD, filler=filler.address)
    ask = desk.opposite(bid, taker_account, filler=stranger.address)
    for sender in (filler, stranger):
        with refused(desk, "order: not the filler"):
            desk.fill(bid, ask, sender=sender)


@SIDES
def test_fill__last_second__fills(desk, pair, side, maker_account):
    last = now() + 100
    orders = pair(side, expires_at=last)
    next_block_at(last)
    desk.fill(*orders)
    assert now() == last
    assert holding(desk, maker_account)[0] == 2 * WAD


@SIDES
def test_fill__one_second_too_late__reverts(desk, pair, side):
    last = now() + 100
    orders = pair(side, expires_at=last)
    next_block_at(last + 1)
    with refused(desk, "order: expired"):
        desk.fill(*orders)


@SIDES
def test_fill__expires_at_zero__reverts(desk, pair, side):
    with refused(desk, "order: expired"):
        desk.fill(*pair(side, expires_at=0))


@SIDES
def test_fill__cancelled__reverts(desk, pair, side, maker, taker):
    bid, ask = pair()
    order, sender = (bid, maker) if side == "maker" else (ask, taker)
    desk.exchange.cancel(astuple(order), sender=sender)
    with refused(desk, "order: cancelled"):
        desk.fill(bid, ask)


@SIDES
@pytest.mark.parametrize(("raised", "signed"), [(0, 1), (2, 1), (2, 0), (1, 2**24 + 1)])
def test_fill__other_epoch__reverts(desk, pair, side, raised, signed, maker, taker, request):
    sender, account_id = (maker, 1) if side == "maker" else (taker, 2)
    orders = pair(side, epoch=signed)
    for _ in range(raised):
        desk.exchange.cancel_all(account_id, sender=sender)
    with refused(desk, "order: old epoch"):
        desk.fill(*orders)


@SIDES
def test_fill__epoch_of_the_account__fills(desk, pair, side, maker_account, maker, taker):
    sender, account_id = (maker, 1) if side == "maker" else (taker, 2)
    for _ in range(3):
        desk.exchange.cancel_all(account_id, sender=sender)
    desk.fill(*pair(side, epoch=3))
    assert holding(desk, maker_account)[0] == 2 * WAD


@pytest.mark.parametrize(("makers", "takers"), [(2, 1), (1, 2)])
@pytest.mark.parametrize("sign", [1, -1])
def test_fill__more_than_the_smaller_order__reverts(desk, maker_account, taker_account, makers, takers, sign):
    bid = desk.order(maker_account, sign * makers * WAD)
    ask = desk.opposite(bid, taker_account, size=-sign * takers * WAD)
    for size in (WAD + 1, 2 * WAD, 2**255, 2**256 - 1):
        with refused(desk, "order: overfilled"):
            desk.fill(bid, ask, size)
    desk.fill(bid, ask, WAD)
    assert holding(desk, maker_account)[0] == sign * WAD


def test_fill__same_account__reverts(desk, maker_account):
    bid = desk.order(maker_account, WAD)
    with refused(desk, "fill: same account"):
        desk.fill(bid, desk.opposite(bid, maker_account))


def test_fill__two_accounts_of_one_owner__fill(desk, maker, maker_account):
    """Isolated margin is a second account; moving a position between one's own is a trade like any other."""
    other = desk.account(maker, 1_000)
    desk.trade(maker_account, other)
    assert holding(desk, maker_account)[0] == -holding(desk, other)[0] == WAD


@SIDES
@pytest.mark.parametrize("held", [0, 1, -1], ids=["flat", "same_side", "too_small"])
def test_fill__reduce_only_that_would_not_reduce__reverts(desk, maker_account, taker_account, side, held):
    sign = 1 if side == "maker" else -1
    account_id = maker_account if side == "maker" else taker_account
    if held:
        stranger_account = desk.account(desk.owner, 100_000)
        order = desk.order(account_id, held * sign * WAD)
        desk.fill(order, desk.opposite(order, stranger_account))
    bid = desk.order(maker_account, 2 * WAD, reduce_only=side == "maker")
    ask = desk.opposite(bid, taker_account, reduce_only=side == "taker")
    with refused(desk, "order: reduce only"):
        desk.fill(bid, ask, WAD + 1)


@SIDES
def test_fill__reduce_only__closes_part_and_then_the_rest_and_no_more(
    desk, maker_account, taker_account, side
):
    desk.trade(maker_account, taker_account, WAD)
    ask = desk.order(maker_account, -5 * WAD, reduce_only=side == "maker")
    bid = desk.opposite(ask, taker_account, reduce_only=side == "taker")
    desk.fill(ask, bid, WAD // 2)
    assert holding(desk, maker_account) == (WAD // 2, PRICE, 10)
    with refused(desk, "order: reduce only"):
        desk.fill(ask, bid, WAD // 2 + 1)
    desk.fill(ask, bid, WAD // 2)
    assert holding(desk, maker_account)[0] == holding(desk, taker_account)[0] == 0
    with refused(desk, "order: reduce only"):
        desk.fill(ask, bid, WAD)
