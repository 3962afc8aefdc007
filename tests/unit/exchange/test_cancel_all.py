"""cancel_all."""

import pytest

from tests.helpers.anvil import poke
from tests.helpers.desk import WAD
from tests.helpers.reading import epoch, events, holding, next_block_at, now, refused

NOT_AUTHORIZED = "account: not authorized"


def test_cancel_all__owner__raises_the_epoch_by_one(desk, maker, maker_account, taker_account):
    desk.trade(maker_account, taker_account)
    before = (desk.cash(maker_account), holding(desk, maker_account), desk.lens.open_markets(maker_account))
    for expected in (1, 2, 3):
        desk.exchange.cancel_all(maker_account, sender=maker)
        assert epoch(desk, maker_account) == expected
    assert before == (
        desk.cash(maker_account),
        holding(desk, maker_account),
        desk.lens.open_markets(maker_account),
    )
    assert epoch(desk, taker_account) == 0


def test_cancel_all__owner__emits_exactly_this(desk, maker, maker_account):
    assert events(desk.exchange.cancel_all(maker_account, sender=maker)) == [
        ("EpochRaised", {"account_id": maker_account, "epoch": 1})
    ]


def test_cancel_all__orders_signed_before__are_dead_and_new_ones_live(
    desk, maker, maker_account, taker_account
):
    old = [desk.order(maker_account, WAD), desk.order(maker_account, -WAD)]
    desk.exchange.cancel_all(maker_account, sender=maker)
    for order in old:
        with refused(desk, "order: old epoch"):
            desk.fill(order, desk.opposite(order, taker_account))
        assert not desk.exchange.is_cancelled(desk.hash(order))
    new = desk.order(maker_account, WAD, epoch=1)
    desk.fill(new, desk.opposite(new, taker_account, epoch=0))
    assert holding(desk, maker_account)[0] == WAD


def test_cancel_all__live_delegate__raises_the_epoch(desk, maker, maker_account, delegate):
    last = now() + 1_000
    desk.clearing_house.set_delegate(maker_account, delegate, last, sender=maker)
    next_block_at(last)
    desk.exchange.cancel_all(maker_account, sender=delegate)
    assert epoch(desk, maker_account) == 1
    next_block_at(last + 1)
    with refused(desk, NOT_AUTHORIZED):
        desk.exchange.cancel_all(maker_account, sender=delegate)


@pytest.mark.parametrize("role", ["stranger", "taker", "owner"])
def test_cancel_all__not_the_accounts__reverts(desk, maker_account, role, request):
    with refused(desk, NOT_AUTHORIZED):
        desk.exchange.cancel_all(maker_account, sender=request.getfixturevalue(role))


@pytest.mark.parametrize("account_id", [0, 99, 2**32, 2**256 - 1])
def test_cancel_all__account_never_opened__reverts(desk, account_id, stranger):
    with refused(desk, NOT_AUTHORIZED):
        desk.exchange.cancel_all(account_id, sender=stranger)


def test_raise_epoch__not_through_exchange__reverts(desk, maker, maker_account):
    with refused(desk, "settle: not the exchange"):
        desk.clearing_house.raise_epoch(maker_account, maker, sender=maker)


def test_cancel_all__other_account_of_the_owner__keeps_its_epoch(desk, maker, maker_account):
    other = desk.account(maker)
    desk.exchange.cancel_all(maker_account, sender=maker)
    assert (epoch(desk, maker_account), epoch(desk, other)) == (1, 0)


def test_cancel_all__last_epoch__reverts(desk, maker, maker_account):
    """The epoch has 24 bits and never comes round to one that orders were signed for."""
    word = desk.clearing_house.account_word(maker_account)
    poke(desk.clearing_house, word, word | (2**24 - 2) << 192, maker_account)
    desk.exchange.cancel_all(maker_account, sender=maker)
    assert epoch(desk, maker_account) == 2**24 - 1
    with refused(desk, "account: no epochs left"):
        desk.exchange.cancel_all(maker_account, sender=maker)
