"""raise_epoch: Exchange only, for an owner or live delegate."""

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.desk import USD
from tests.helpers.events import emitted

LAST_EPOCH = 2**24 - 1


@pytest.fixture
def exchange(desk):
    return anvil.impersonated(desk.exchange)


def test_raise_epoch__owner__raises_by_one_and_emits_exactly_this(desk, exchange, maker):
    account = desk.account(maker, 5)
    receipt = desk.clearing_house.raise_epoch(account, maker, sender=exchange)
    assert emitted(receipt, desk.clearing_house) == [("EpochRaised", {"account_id": account, "epoch": 1})]
    assert desk.clearing_house.account_word(account) == 5 * USD | 1 << 192
    desk.clearing_house.raise_epoch(account, maker, sender=exchange)
    assert desk.clearing_house.account_word(account) == 5 * USD | 2 << 192


def test_raise_epoch__live_delegate__may(desk, exchange, maker, delegate):
    account = desk.account(maker)
    desk.clearing_house.set_delegate(account, delegate, 2**64, sender=maker)
    desk.clearing_house.raise_epoch(account, delegate, sender=exchange)
    assert desk.clearing_house.account_word(account) == 1 << 192


def test_raise_epoch__sender_not_authorized__reverts(desk, exchange, maker, stranger):
    account = desk.account(maker)
    for sender in (stranger.address, "0x" + "00" * 20):
        with ape.reverts("account: not authorized"):
            desk.clearing_house.raise_epoch(account, sender, sender=exchange)
    with ape.reverts("account: not authorized"):
        desk.clearing_house.raise_epoch(account + 1, "0x" + "00" * 20, sender=exchange)


def test_raise_epoch__not_the_exchange__reverts(desk, maker, stranger, owner):
    account = desk.account(maker)
    for sender in (maker, stranger, owner):
        with ape.reverts("settle: not the exchange"):
            desk.clearing_house.raise_epoch(account, maker, sender=sender)
    assert desk.clearing_house.account_word(account) == 0


def test_raise_epoch__none_left__reverts_and_nothing_spills(desk, exchange, maker):
    """One more would carry into the bankruptcy flag's time."""
    account = desk.account(maker, 5)
    house = desk.clearing_house
    anvil.poke(house, 5 * USD, 5 * USD | (LAST_EPOCH - 1) << 192, key=account)
    house.raise_epoch(account, maker, sender=exchange)
    assert house.account_word(account) == 5 * USD | LAST_EPOCH << 192
    with ape.reverts("account: no epochs left"):
        house.raise_epoch(account, maker, sender=exchange)
    assert house.account_word(account) == 5 * USD | LAST_EPOCH << 192
