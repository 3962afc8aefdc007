"""mint."""

import ape
import pytest

from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import SHARES, ZERO_ADDRESS


@pytest.mark.parametrize("desk", [6, 18], indirect=True)
def test_mint__empty_vault__costs_a_thousandth_a_share(desk, vault, depositor):
    amount = 1_000 * desk.unit
    desk.fund(depositor, amount)
    assert vault.mint(amount * SHARES, depositor, sender=depositor).return_value == amount
    assert desk.books() == (amount, amount, amount, amount * SHARES)


@pytest.mark.parametrize(("wanted", "cost"), [(1, 1), (999, 1), (1_000, 1), (1_001, 2)])
def test_mint__part_of_a_unit__costs_a_whole_one(desk, vault, depositor, wanted, cost):
    desk.fund(depositor, 10)
    assert vault.mint(wanted, depositor, sender=depositor).return_value == cost
    assert vault.balanceOf(depositor) == wanted


def test_mint__after_fees__costs_more_rounded_up(desk, vault, shares, newcomer):
    desk.earn(500 * desk.unit)
    desk.fund(newcomer, 200)
    cost = vault.mint(100_000, newcomer, sender=newcomer).return_value
    assert cost == -(-100_000 * (1_500 * 10**6 + 1) // (10**12 + 10**3)) == 150


def test_mint__any__emits_exactly_this(desk, vault, depositor, newcomer):
    desk.fund(depositor, 2)
    receipt = vault.mint(1_500, newcomer, sender=depositor)
    assert emitted(receipt, vault) == [
        ("Transfer", {"sender": ZERO_ADDRESS, "receiver": newcomer, "value": 1_500}),
        ("Deposit", {"sender": depositor, "owner": newcomer, "assets": 2, "shares": 1_500}),
    ]


def test_mint__nothing__changes_nothing(desk, vault, shares, newcomer):
    before = desk.books()
    assert vault.mint(0, newcomer, sender=newcomer).return_value == 0
    assert desk.books() == before


@pytest.mark.parametrize("to", ["nobody", "the vault"])
def test_mint__to_nobody_or_to_the_vault__reverts(desk, vault, depositor, to):
    desk.fund(depositor, 100)
    receiver = ZERO_ADDRESS if to == "nobody" else vault.address
    with ape.reverts("vault: bad receiver"):
        vault.mint(100, receiver, sender=depositor)
    assert desk.books() == (0, 0, 0, 0)


def test_mint__up_to_the_limit_and_no_further(desk, vault, depositor):
    most = vault.maxMint(depositor)
    assert most == 2**112 * SHARES
    desk.fund(depositor, 2**112 + 1)
    for wanted in (most + 1, 2**256 - 1):
        with ape.reverts("vault: deposit too large"):
            vault.mint(wanted, depositor, sender=depositor)
    vault.mint(most, depositor, sender=depositor)
    assert vault.maxMint(depositor) == 0
    with ape.reverts("vault: deposit too large"):
        vault.mint(1, depositor, sender=depositor)


def test_mint__without_allowance__reverts(desk, vault, depositor):
    with ape.reverts("erc20: insufficient allowance"):
        vault.mint(100, depositor, sender=depositor)
    assert desk.books() == (0, 0, 0, 0)
