"""Attacks through the token, the delegates and the ledger."""

from dataclasses import astuple

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.books import assert_books
from tests.helpers.desk import PRICE, USD, WAD, Desk
from tests.helpers.parameters import PLAIN

FOREVER = 2**64


def desk_on(project, owner, token_name, *arguments):
    """A deployment whose collateral is a hostile token."""
    token = owner.deploy(project.get_contract(token_name), *arguments)
    return Desk(project, owner, PLAIN, token=token)


def endowed(desk, trader, amount=1_000):
    account = desk.account(trader)
    desk.endow(account, amount * USD)
    return account


def prepare(desk, maker, taker):
    """Account 1 and 2 with a position each; account 3, funded, is the token's own, and it is 1's delegate.

    So without a lock every call below would succeed when the token makes it.
    """
    token, house = desk.token, desk.clearing_house
    long, short = endowed(desk, maker), endowed(desk, taker)
    desk.trade(long, short)
    token.arm(house, house.open_account.encode_input(), sender=maker)
    token.transfer(maker, 0, sender=maker)
    assert (house.account_count(), house.owner_of(3)) == (3, token)
    token.mint(maker, 50 * USD, sender=maker)
    token.approve(house, 50 * USD, sender=maker)
    house.deposit(3, 50 * USD, sender=maker)
    house.set_delegate(long, token, FOREVER, sender=maker)
    return long, short


def calls_back(desk, long, short, maker):
    """What the token calls from inside a transfer: target and calldata."""
    house = desk.clearing_house
    bid = desk.order(long, WAD // 10)
    ask = desk.opposite(bid, short)
    sign = desk.sign
    fill = (astuple(bid), sign(bid), astuple(ask), sign(ask), WAD // 10, 0, 0)
    return {
        "open_account": (house, house.open_account.encode_input()),
        "deposit": (house, house.deposit.encode_input(long, 0)),
        "withdraw": (house, house.withdraw.encode_input(3, 50 * USD, maker)),
        "set_delegate": (house, house.set_delegate.encode_input(3, maker, FOREVER)),
        "set_leverage": (house, house.set_leverage.encode_input(long, 1, 20, 0)),
        "accrue_funding": (house, house.accrue_funding.encode_input(1)),
        "fill": (desk.exchange, desk.exchange.fill.encode_input(*fill)),
        "cancel_all": (desk.exchange, desk.exchange.cancel_all.encode_input(3)),
        "account_values": (house, house.account_values.encode_input(3)),
        "total_cash": (house, house.total_cash.encode_input()),
        "account_word": (house, house.account_word.encode_input(3)),
        "is_liquidatable": (house, house.is_liquidatable.encode_input(3)),
        "position": (desk.lens, desk.lens.position.encode_input(long, 1)),
    }


@pytest.mark.parametrize("entry", ["withdraw", "deposit"])
def test_reentrant_token__no_function_or_view_can_be_entered(project, owner, maker, taker, entry):
    """A token calls back while it is paid in or out, when token and ledger disagree.

    Every function of ClearingHouse, views too, shares one lock; the same calls succeed outside of it.
    """
    desk = desk_on(project, owner, "ReentrantToken", 6)
    token, house = desk.token, desk.clearing_house
    long, short = prepare(desk, maker, taker)
    token.mint(maker, USD * 100, sender=maker)
    token.approve(house, USD * 100, sender=maker)
    for name, (target, data) in calls_back(desk, long, short, maker).items():
        made = token.calls()
        token.arm(target, data, sender=maker)
        if entry == "withdraw":
            house.withdraw(long, USD, maker, sender=maker)
        else:
            house.deposit(long, USD, sender=maker)
        assert (token.calls(), token.succeeded(), len(token.answer())) == (made + 1, False, 0), name

        token.arm(target, data, sender=maker)
        token.transfer(maker, 0, sender=maker)
        assert token.succeeded(), name
    assert_books(desk)


def test_reentrant_token__credit_swollen_inside_the_deposit(project, owner, maker):
    """A token sends the house more while it is being paid in, to be credited with it twice later.

    What arrives must be exactly the amount; anything else is refused.
    """
    desk = desk_on(project, owner, "ReentrantToken", 6)
    account = endowed(desk, maker)
    desk.token.arm(desk.token, desk.token.mint.encode_input(desk.clearing_house, 5), sender=maker)
    with ape.reverts("deposit: fee on transfer"):
        desk.endow(account, USD)
    assert_books(desk)


def test_fee_token__credit_for_more_than_arrived(project, owner, maker):
    """A token keeps 1 % of the deposit, and the depositor wants the whole as cash: refused, also when the fee
    is switched on later. It is not charged for leaving: the receiver bears that."""
    desk = desk_on(project, owner, "FeeToken", 6, 0)
    account = endowed(desk, maker)
    desk.token.set_fee(100, sender=owner)
    with ape.reverts("deposit: fee on transfer"):
        desk.endow(account, USD)
    desk.clearing_house.withdraw(account, 1_000 * USD, maker, sender=maker)
    assert desk.clearing_house.collateral_ledger() == desk.token.balanceOf(desk.clearing_house) == 0


def test_false_token__failure_taken_for_success(project, owner, maker, taker):
    """A token answers False: neither is the deposit credited nor the withdrawal debited."""
    desk = desk_on(project, owner, "FalseToken", 6, False)
    account = endowed(desk, maker)
    desk.trade(account, endowed(desk, taker))
    desk.token.set_failing(True, sender=owner)
    with ape.reverts("deposit: transfer failed"):
        desk.endow(account, USD)
    with ape.reverts("withdraw: transfer failed"):
        desk.clearing_house.withdraw(account, USD, maker, sender=maker)
    assert_books(desk)
    assert desk.cash(account) == -3_000 * USD


def test_no_return_token__works(project, owner, maker):
    """A token that answers nothing, as USDT, is not an attack: it must not lock money up."""
    desk = desk_on(project, owner, "NoReturnToken", 6)
    account = endowed(desk, maker)
    desk.clearing_house.withdraw(account, 400 * USD, maker, sender=maker)
    assert desk.token.balanceOf(maker) == 400 * USD
    assert_books(desk)


def test_blacklist_token__frozen_owner_takes_nobody_with_it(project, owner, maker, taker, stranger):
    """The token freezes a trader: it can still trade and be paid elsewhere, and others notice nothing."""
    desk = desk_on(project, owner, "BlacklistToken", 6)
    account, other = endowed(desk, maker), endowed(desk, taker)
    desk.token.set_blacklisted(maker, True, sender=owner)
    with ape.reverts("token: blacklisted"):
        desk.clearing_house.withdraw(account, USD, maker, sender=maker)
    desk.trade(account, other)
    desk.close(account, other)
    desk.clearing_house.withdraw(account, 1_000 * USD, stranger, sender=maker)
    desk.clearing_house.withdraw(other, 1_000 * USD, taker, sender=taker)
    assert desk.token.balanceOf(stranger) == 1_000 * USD


def test_donation__tokens_sent_to_the_house_are_nobodys(desk, maker, taker, owner):
    """Tokens arrive without a deposit: nobody can claim them, and no deposit is disturbed."""
    account = desk.account(maker, 100)
    desk.token.mint(desk.clearing_house, 500 * USD, sender=owner)
    with ape.reverts("withdraw: too much"):
        desk.clearing_house.withdraw(account, 100 * USD + 1, maker, sender=maker)
    desk.fund(account, 7 * USD)
    desk.governance.collect_treasury(taker, sender=owner)
    assert desk.cash(account) == desk.clearing_house.collateral_ledger() == 107 * USD
    assert desk.token.balanceOf(taker) == 0
    assert desk.token.balanceOf(desk.clearing_house) == 607 * USD


@pytest.mark.parametrize("decimals", [0, 5, 7, 8, 17, 19, 36, 255])
def test_token_decimals__amounts_misread_by_powers_of_ten(project, owner, decimals):
    """Everything is scaled for 6 or 18 decimals: another token cannot be the collateral."""
    token = owner.deploy(project.FeeToken, decimals, 0)
    router = owner.deploy(project.OracleRouter)
    with ape.reverts("collateral: 6 or 18 decimals"):
        owner.deploy(project.ClearingHouse, token, router, *[owner] * 4)


def test_delegate__takes_the_money(desk, maker, delegate):
    """A delegate may trade, so it tries to withdraw, to its principal too: only the owner may."""
    account = desk.account(maker, 100)
    desk.clearing_house.set_delegate(account, delegate, FOREVER, sender=maker)
    for receiver in (delegate, maker):
        with ape.reverts("account: not the owner"):
            desk.clearing_house.withdraw(account, 1, receiver, sender=delegate)


def test_delegate__signs_before_it_is_revoked_or_expires(desk, maker, taker, delegate):
    """An order signed while the delegate was live is filled afterwards: authority is checked at the fill."""
    account, other = desk.account(maker, 1_000), desk.account(taker, 1_000)
    desk.clearing_house.set_delegate(account, delegate, FOREVER, sender=maker)
    bid = desk.order(account, WAD // 10)
    ask = desk.opposite(bid, other)
    signed = (desk.sign(bid, delegate), desk.sign(ask))
    desk.fill(bid, ask, size=WAD // 20, signatures=signed)

    end = desk.wait(10) + 100
    desk.clearing_house.set_delegate(account, delegate, end, sender=maker)
    desk.wait(100)
    desk.fill(bid, ask, size=WAD // 100, signatures=signed)
    desk.wait(1)
    with ape.reverts("order: bad signature"):
        desk.fill(bid, ask, size=WAD // 100, signatures=signed)
    desk.clearing_house.set_delegate(account, delegate, 0, sender=maker)
    with ape.reverts("order: bad signature"):
        desk.fill(bid, ask, size=WAD // 100, signatures=signed)
    with ape.reverts("account: not authorized"):
        desk.clearing_house.set_leverage(account, 1, 20, 0, sender=delegate)


def test_unopened_account__traded_with_a_signature_of_nobody(desk, maker):
    """The next account id has the zero address as its owner, which a broken signature recovers to."""
    account = desk.account(maker, 1_000)
    bid = desk.order(account, WAD // 10)
    ask = desk.opposite(bid, account + 1)
    with ape.reverts("order: bad signature"):
        desk.fill(bid, ask, signatures=(desk.sign(bid), b"\0" * 65))


@pytest.mark.parametrize(("price", "edge"), [(1, 3_800), (2**88 - 1, 4_200), (3_799 * WAD, 3_800)])
def test_self_trade__writes_any_entry_price_and_hence_rank(desk, maker, price, edge):
    """One owner trades with itself at an absurd price to head the queue, or never to be in it.

    The band holds the entry within 5 % of the mark, however often it is tried.
    """
    first, second = desk.account(maker, 10_000), desk.account(maker, 10_000)
    with ape.reverts("fill: outside price band"):
        desk.trade(first, second, price=price)
    desk.trade(first, second, price=edge * WAD)
    with ape.reverts("fill: outside price band"):
        desk.trade(first, second, price=price)
    assert desk.slot(first).entry_price == edge * WAD


def test_epoch__overflow_revives_old_orders_or_flags_the_account(desk, maker, taker):
    """Raising the epoch 2**24 times would begin again at 0, or carry into the flag's time: it stops."""
    account, other = desk.account(maker, 1_000), desk.account(taker, 1_000)
    house = desk.clearing_house
    last = 1_000 * USD | (2**24 - 1) << 192
    anvil.poke(house, 1_000 * USD, last, key=account)
    with ape.reverts("account: no epochs left"):
        desk.exchange.cancel_all(account, sender=maker)
    assert house.account_word(account) == last
    bid = desk.order(account, WAD // 10, PRICE, epoch=0)
    with ape.reverts("order: old epoch"):
        desk.fill(bid, desk.opposite(bid, other))
    bid = desk.order(account, WAD // 10, PRICE, epoch=2**24 - 1)
    desk.fill(bid, desk.opposite(bid, other, epoch=0))
    assert house.account_word(account) >> 192 == 2**24 - 1
