"""deposit."""

import ape
import pytest

from tests.helpers.desk import USD, WAD
from tests.helpers.events import emitted

GAP = 3 * 3_600


def books(desk):
    """Ledger, total cash and tokens held."""
    house = desk.clearing_house
    return house.collateral_ledger(), house.total_cash(), desk.token.balanceOf(house)


def test_deposit__own_account__credits_cash_and_ledger(desk, maker):
    account = desk.account(maker)
    desk.fund(account, 100 * USD)
    desk.fund(account, 23 * USD + 1)

    assert desk.cash(account) == 123 * USD + 1
    assert books(desk) == (123 * USD + 1,) * 3


def test_deposit__any__emits_exactly_this(desk, maker):
    account = desk.account(maker, 100)
    receipt = desk.fund(account, 7)
    assert emitted(receipt, desk.clearing_house) == [
        ("Deposited", {"account_id": 1, "sender": maker.address, "amount": 7, "cash": 100 * USD + 7})
    ]


def test_deposit__strangers_account__payer_gains_nothing(desk, maker, stranger):
    account = desk.account(maker)
    desk.token.drip(stranger, 5 * USD, sender=stranger)
    desk.token.approve(desk.clearing_house, 5 * USD, sender=stranger)

    receipt = desk.clearing_house.deposit(account, 5 * USD, sender=stranger)

    assert emitted(receipt, desk.clearing_house)[0][1]["sender"] == stranger
    assert desk.cash(account) == 5 * USD
    with ape.reverts("account: not the owner"):
        desk.clearing_house.withdraw(account, 1, stranger, sender=stranger)


@pytest.mark.parametrize("account_id", [0, 2, 2**32 + 1, 2**256 - 1])
def test_deposit__unknown_account__reverts(desk, maker, account_id):
    desk.account(maker, 1)
    desk.token.drip(maker, 5, sender=maker)
    desk.token.approve(desk.clearing_house, 5, sender=maker)
    with ape.reverts("account: unknown"):
        desk.clearing_house.deposit(account_id, 5, sender=maker)
    assert books(desk) == (USD,) * 3


def test_deposit__nothing__changes_nothing(desk, maker):
    account = desk.account(maker, 1)
    receipt = desk.clearing_house.deposit(account, 0, sender=maker)
    assert emitted(receipt, desk.clearing_house)[0][1]["cash"] == USD
    assert books(desk) == (USD,) * 3


def test_deposit__without_allowance__reverts(desk, maker):
    account = desk.account(maker)
    desk.token.drip(maker, 5, sender=maker)
    with ape.reverts("erc20: insufficient allowance"):
        desk.clearing_house.deposit(account, 5, sender=maker)
    assert books(desk) == (0, 0, 0)


def test_deposit__no_valid_price__still_rescues_a_position(desk, maker, taker):
    account, other = desk.account(maker, 1_000), desk.account(taker, 1_000)
    desk.trade(account, other)
    desk.mine(GAP)
    assert not desk.router.peek(1).valid

    desk.fund(account, 500 * USD)

    # 1,000 - 4,000 paid + 500
    assert desk.cash(account) == -2_500 * USD


def test_deposit__epoch_and_markets_in_the_same_word__are_kept(desk, maker, taker):
    account, other = desk.account(maker, 1_000), desk.account(taker, 1_000)
    desk.trade(account, other, WAD)
    desk.exchange.cancel_all(account, sender=maker)
    desk.fund(account, 9)

    # cash -3,000 USD + 9 units, market 1 in the first byte, epoch 1
    cash = -3_000 * USD + 9
    assert desk.clearing_house.account_word(account) == cash % 2**128 | 1 << 128 | 1 << 192


def test_deposit__cash_leaves_int128__reverts(desk, maker):
    account = desk.account(maker)
    desk.endow(account, 2**127 - 1)
    assert desk.cash(account) == 2**127 - 1
    with ape.reverts("account: cash overflow"):
        desk.endow(account, 1)
    assert books(desk)[0] == 2**127 - 1


def test_deposit__above_int256__reverts(desk, maker):
    account = desk.account(maker)
    with ape.reverts():
        desk.endow(account, 2**255)
    assert books(desk)[0] == 0
