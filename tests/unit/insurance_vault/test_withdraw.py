"""withdraw."""

import ape
import pytest

from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import COOLDOWN, HOUR, WINDOW, ZERO_ADDRESS


@pytest.mark.parametrize("desk", [6, 18], indirect=True)
def test_withdraw__everything__pays_everything(desk, vault, token, shares, depositor):
    desk.mature(depositor)
    receipt = vault.withdraw(1_000 * desk.unit, depositor, depositor, sender=depositor)
    assert receipt.return_value == shares
    assert token.balanceOf(depositor) == 1_000 * desk.unit
    assert desk.books() == (0, 0, 0, 0)


def test_withdraw__any__emits_exactly_this(desk, vault, shares, depositor, newcomer):
    desk.mature(depositor)
    receipt = vault.withdraw(5, newcomer, depositor, sender=depositor)
    assert emitted(receipt, vault) == [
        ("Transfer", {"sender": depositor, "receiver": ZERO_ADDRESS, "value": 5_000}),
        (
            "Withdraw",
            {"sender": depositor, "receiver": newcomer, "owner": depositor, "assets": 5, "shares": 5_000},
        ),
    ]


def test_withdraw__after_fees__rounds_the_shares_up(desk, vault, shares, depositor):
    """A unit is 666.66 shares."""
    desk.earn(500 * desk.unit)
    desk.mature(depositor)
    receipt = vault.withdraw(1, depositor, depositor, sender=depositor)
    assert receipt.return_value == -(-(10**12 + 10**3) // (1_500 * 10**6 + 1)) == 667
    assert desk.request_of(depositor)[0] == shares - 667


def test_withdraw__most__leaves_no_more_than_rounding(desk, vault, shares, depositor):
    desk.earn(333 * desk.unit + 7)
    desk.mature(depositor, 400_001)
    most = vault.maxWithdraw(depositor)
    with ape.reverts("vault: not redeemable"):
        vault.withdraw(most + 1, depositor, depositor, sender=depositor)
    vault.withdraw(most, depositor, depositor, sender=depositor)
    assert vault.convertToAssets(desk.request_of(depositor)[0]) == 0


def test_withdraw__nothing__changes_nothing(desk, vault, shares, depositor, stranger):
    before = desk.books()
    assert vault.withdraw(0, stranger, depositor, sender=stranger).return_value == 0
    assert desk.books() == before


@pytest.mark.parametrize("wait", [0, COOLDOWN - 1, COOLDOWN + WINDOW + 1])
def test_withdraw__outside_the_window__reverts(desk, vault, shares, depositor, wait):
    desk.request(depositor)
    if wait:
        desk.wait(wait)
    with ape.reverts("vault: not redeemable"):
        vault.withdraw(1, depositor, depositor, sender=depositor)
    assert vault.balanceOf(depositor) == shares


def test_withdraw__while_the_gate_is_up__reverts(desk, vault, shares, depositor):
    desk.mature(depositor)
    desk.house.set_gate_until(desk.now + HOUR, sender=desk.owner)
    with ape.reverts("vault: not redeemable"):
        vault.withdraw(1, depositor, depositor, sender=depositor)


@pytest.mark.parametrize("assets", [2**128, 2**256 - 1])
def test_withdraw__more_than_there_is__reverts(desk, vault, shares, depositor, assets):
    desk.mature(depositor)
    with ape.reverts("vault: not redeemable"):
        vault.withdraw(assets, depositor, depositor, sender=depositor)


def test_withdraw__more_than_the_ledger__collects_the_credit_first(desk, vault, token, shares, depositor):
    desk.earn(500 * desk.unit)
    desk.mature(depositor)
    vault.withdraw(1_200 * desk.unit, depositor, depositor, sender=depositor)
    assert token.balanceOf(depositor) == 1_200 * desk.unit
    assert desk.books()[:3] == (300 * desk.unit,) * 3
    assert desk.house.vault_credit() == 0


def test_withdraw__spender__spends_the_allowance_in_shares(desk, vault, shares, depositor, spender):
    desk.mature(depositor)
    vault.approve(spender, 5_000, sender=depositor)
    vault.withdraw(5, spender, depositor, sender=spender)
    assert vault.allowance(depositor, spender) == 0
    with ape.reverts("erc20: insufficient allowance"):
        vault.withdraw(1, spender, depositor, sender=spender)


@pytest.mark.parametrize("to", ["nobody", "the vault"])
def test_withdraw__to_nobody_or_to_the_vault__reverts(desk, vault, shares, depositor, to):
    desk.mature(depositor)
    receiver = ZERO_ADDRESS if to == "nobody" else vault.address
    with ape.reverts("vault: bad receiver"):
        vault.withdraw(1, receiver, depositor, sender=depositor)
    assert vault.balanceOf(depositor) == shares
