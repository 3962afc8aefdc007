"""deposit."""

import ape
import pytest

from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import SHARES, ZERO_ADDRESS

MAX_ASSETS = 2**112


@pytest.mark.parametrize("desk", [6, 18], indirect=True)
def test_deposit__empty_vault__a_thousand_shares_a_unit(desk, vault, token, depositor):
    amount = 1_000 * desk.unit
    assert desk.deposit(depositor, amount) == amount * SHARES
    assert desk.books() == (amount, amount, amount, amount * SHARES)
    assert vault.balanceOf(depositor) == amount * SHARES
    assert token.balanceOf(depositor) == 0


def test_deposit__any__emits_exactly_this(desk, vault, depositor, newcomer):
    desk.fund(depositor, 7)
    receipt = vault.deposit(7, newcomer, sender=depositor)
    assert emitted(receipt, vault) == [
        ("Transfer", {"sender": ZERO_ADDRESS, "receiver": newcomer, "value": 7 * SHARES}),
        ("Deposit", {"sender": depositor, "owner": newcomer, "assets": 7, "shares": 7 * SHARES}),
    ]


def test_deposit__after_fees__buys_fewer_shares_rounded_down(desk, shares, newcomer):
    """1,000 tokens became 1,500: (1e12 + 1e3) shares for (1.5e9 + 1) units."""
    desk.earn(500 * desk.unit)
    assert desk.deposit(newcomer, 100) == 100 * (10**12 + 10**3) // (1_500 * 10**6 + 1) == 66_666


def test_deposit__after_a_loss__buys_more_shares(desk, shares, newcomer):
    desk.cover(500 * desk.unit)
    assert desk.deposit(newcomer, 100) == 100 * (10**12 + 10**3) // (500 * 10**6 + 1) == 199_999


def test_deposit__for_another__payer_gains_nothing(desk, vault, depositor, newcomer):
    desk.fund(depositor, 100)
    vault.deposit(100, newcomer, sender=depositor)
    assert (vault.balanceOf(depositor), vault.balanceOf(newcomer)) == (0, 100 * SHARES)


def test_deposit__nothing__changes_nothing(desk, vault, shares, newcomer):
    before = desk.books()
    assert vault.deposit(0, newcomer, sender=newcomer).return_value == 0
    assert desk.books() == before


def test_deposit__worth_no_share__reverts(desk, vault, newcomer):
    """Fees from before the first deposit are the virtual shares': a share costs 1.001 units."""
    desk.earn(1_000)
    desk.fund(newcomer, 2)
    with ape.reverts("vault: zero shares"):
        vault.deposit(1, newcomer, sender=newcomer)
    assert vault.deposit(2, newcomer, sender=newcomer).return_value == 1


@pytest.mark.parametrize("to", ["nobody", "the vault"])
def test_deposit__to_nobody_or_to_the_vault__reverts(desk, vault, depositor, to):
    desk.fund(depositor, 100)
    receiver = ZERO_ADDRESS if to == "nobody" else vault.address
    with ape.reverts("vault: bad receiver"):
        vault.deposit(100, receiver, sender=depositor)
    assert desk.books() == (0, 0, 0, 0)


def test_deposit__without_allowance__reverts(desk, vault, token, depositor):
    token.mint(depositor, 100, sender=desk.owner)
    with ape.reverts("erc20: insufficient allowance"):
        vault.deposit(100, depositor, sender=depositor)
    assert desk.books() == (0, 0, 0, 0)


def test_deposit__up_to_the_limit_and_no_further(desk, vault, depositor):
    assert vault.maxDeposit(depositor) == MAX_ASSETS
    desk.fund(depositor, MAX_ASSETS + 1)
    with ape.reverts("vault: deposit too large"):
        vault.deposit(MAX_ASSETS + 1, depositor, sender=depositor)
    vault.deposit(MAX_ASSETS, depositor, sender=depositor)
    assert vault.maxDeposit(depositor) == 0
    with ape.reverts("vault: deposit too large"):
        vault.deposit(1, depositor, sender=depositor)


def test_deposit__largest_integer__reverts(desk, vault, depositor):
    with ape.reverts("vault: deposit too large"):
        vault.deposit(2**256 - 1, depositor, sender=depositor)


def test_deposit__while_the_gate_is_up__is_taken(desk, depositor):
    desk.house.set_gate_until(2**40, sender=desk.owner)
    assert desk.deposit(depositor, 10) == 10 * SHARES
