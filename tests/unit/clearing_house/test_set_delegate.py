"""set_delegate, is_authorized and delegate_expiry."""

import ape
from ape import chain

from tests.helpers.events import emitted

ZERO_ADDRESS = "0x" + "00" * 20
FOREVER = 2**256 - 1


def test_set_delegate__owner__delegate_is_authorized(desk, maker, delegate):
    account = desk.account(maker)
    assert not desk.clearing_house.is_authorized(account, delegate)
    desk.clearing_house.set_delegate(account, delegate, FOREVER, sender=maker)
    assert desk.clearing_house.is_authorized(account, delegate)
    assert desk.clearing_house.delegate_expiry(account, delegate) == FOREVER


def test_set_delegate__owner__emits_exactly_this(desk, maker, delegate):
    account = desk.account(maker)
    receipt = desk.clearing_house.set_delegate(account, delegate, 77, sender=maker)
    assert emitted(receipt, desk.clearing_house) == [
        ("DelegateSet", {"account_id": account, "delegate": delegate.address, "expires_at": 77})
    ]


def test_set_delegate__zero__revokes(desk, maker, delegate):
    account = desk.account(maker)
    desk.clearing_house.set_delegate(account, delegate, FOREVER, sender=maker)
    desk.clearing_house.set_delegate(account, delegate, 0, sender=maker)
    assert not desk.clearing_house.is_authorized(account, delegate)
    assert desk.clearing_house.delegate_expiry(account, delegate) == 0


def test_set_delegate__expiry__is_the_last_second(desk, maker, delegate):
    account = desk.account(maker)
    end = int(chain.blocks.head.timestamp) + 100
    desk.clearing_house.set_delegate(account, delegate, end, sender=maker)
    desk.mine(end - int(chain.blocks.head.timestamp))
    assert desk.clearing_house.is_authorized(account, delegate)
    desk.mine(1)
    assert not desk.clearing_house.is_authorized(account, delegate)


def test_set_delegate__several__each_has_its_own_expiry(desk, maker, delegate, filler):
    account = desk.account(maker)
    desk.clearing_house.set_delegate(account, delegate, FOREVER, sender=maker)
    desk.clearing_house.set_delegate(account, filler, 5, sender=maker)
    assert desk.clearing_house.is_authorized(account, delegate)
    assert not desk.clearing_house.is_authorized(account, filler)


def test_set_delegate__one_account__not_the_owners_others(desk, maker, delegate):
    first, second = desk.account(maker), desk.account(maker)
    desk.clearing_house.set_delegate(first, delegate, FOREVER, sender=maker)
    assert not desk.clearing_house.is_authorized(second, delegate)


def test_set_delegate__stranger__reverts(desk, maker, stranger):
    account = desk.account(maker)
    with ape.reverts("account: not the owner"):
        desk.clearing_house.set_delegate(account, stranger, FOREVER, sender=stranger)
    assert not desk.clearing_house.is_authorized(account, stranger)


def test_set_delegate__delegate__names_no_others(desk, maker, delegate, stranger):
    account = desk.account(maker)
    desk.clearing_house.set_delegate(account, delegate, FOREVER, sender=maker)
    with ape.reverts("account: not the owner"):
        desk.clearing_house.set_delegate(account, stranger, FOREVER, sender=delegate)
    with ape.reverts("account: not the owner"):
        desk.clearing_house.set_delegate(account, delegate, 2**255, sender=delegate)


def test_set_delegate__zero_address__reverts(desk, maker):
    account = desk.account(maker)
    with ape.reverts("delegate: zero address"):
        desk.clearing_house.set_delegate(account, ZERO_ADDRESS, FOREVER, sender=maker)
    assert desk.clearing_house.delegate_expiry(account, ZERO_ADDRESS) == 0


def test_set_delegate__unknown_account__reverts(desk, maker, delegate):
    with ape.reverts("account: unknown"):
        desk.clearing_house.set_delegate(1, delegate, FOREVER, sender=maker)


def test_is_authorized__owner_strangers_and_nobody(desk, maker, stranger):
    account = desk.account(maker)
    assert desk.clearing_house.is_authorized(account, maker)
    assert not desk.clearing_house.is_authorized(account, stranger)
    assert not desk.clearing_house.is_authorized(account, ZERO_ADDRESS)
    # Its owner reads as the zero address: which a bad signature recovers to.
    assert not desk.clearing_house.is_authorized(account + 1, ZERO_ADDRESS)
