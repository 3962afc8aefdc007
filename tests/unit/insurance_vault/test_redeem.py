"""redeem."""

import ape
import pytest

from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import COOLDOWN, HOUR, SHARES, WINDOW, ZERO_ADDRESS


@pytest.mark.parametrize("desk", [6, 18], indirect=True)
def test_redeem__everything__pays_everything(desk, vault, token, shares, depositor):
    desk.mature(depositor)
    assert desk.redeem(depositor) == 1_000 * desk.unit
    assert token.balanceOf(depositor) == 1_000 * desk.unit
    assert desk.books() == (0, 0, 0, 0)
    assert desk.request_of(depositor) == (0, 0, 0)


def test_redeem__any__emits_exactly_this(desk, vault, shares, depositor, newcomer):
    desk.mature(depositor)
    receipt = vault.redeem(5_999, newcomer, depositor, sender=depositor)
    assert emitted(receipt, vault) == [
        ("Transfer", {"sender": depositor, "receiver": ZERO_ADDRESS, "value": 5_999}),
        (
            "Withdraw",
            {"sender": depositor, "receiver": newcomer, "owner": depositor, "assets": 5, "shares": 5_999},
        ),
    ]


def test_redeem__part__leaves_the_rest_claimable(desk, vault, shares, depositor):
    desk.mature(depositor, 400_000)
    times = desk.request_of(depositor)[1:]
    assert desk.redeem(depositor, 150_000) == 150
    assert desk.request_of(depositor) == (250_000, *times)
    assert vault.maxRedeem(depositor) == 250_000
    assert desk.redeem(depositor) == 250
    assert vault.balanceOf(depositor) == shares - 400_000


def test_redeem__more_than_requested__reverts(desk, vault, shares, depositor):
    desk.mature(depositor, 400)
    for wanted in (401, shares, 2**256 - 1):
        with ape.reverts("vault: not redeemable"):
            desk.redeem(depositor, wanted)
    assert vault.balanceOf(depositor) == shares


def test_redeem__without_a_request__reverts(desk, shares, depositor):
    with ape.reverts("vault: not redeemable"):
        desk.redeem(depositor, 1)


def test_redeem__second_before_the_window__reverts(desk, vault, shares, depositor):
    desk.request(depositor)
    desk.wait(COOLDOWN - 1)
    with ape.reverts("vault: not redeemable"):
        desk.redeem(depositor, 1)
    desk.wait(1)
    assert desk.redeem(depositor, shares) == 1_000 * desk.unit


def test_redeem__last_second_of_the_window__pays(desk, shares, depositor):
    desk.request(depositor)
    desk.wait(COOLDOWN + WINDOW)
    assert desk.redeem(depositor, shares) == 1_000 * desk.unit


def test_redeem__second_after_the_window__reverts(desk, vault, shares, depositor):
    desk.request(depositor)
    desk.wait(COOLDOWN + WINDOW + 1)
    with ape.reverts("vault: not redeemable"):
        desk.redeem(depositor, 1)
    assert vault.maxRedeem(depositor) == 0


def test_redeem__while_the_gate_is_up__reverts(desk, vault, shares, depositor):
    desk.mature(depositor)
    desk.house.set_gate_until(desk.now + HOUR, sender=desk.owner)
    assert (vault.maxRedeem(depositor), vault.maxWithdraw(depositor)) == (0, 0)
    with ape.reverts("vault: not redeemable"):
        desk.redeem(depositor, 1)
    desk.house.set_gate_until(0, sender=desk.owner)
    assert desk.redeem(depositor) == 1_000 * desk.unit


def test_redeem__shortest_window__outlasts_the_gate(project, owner, desk, depositor):
    """A gate stands for an hour at most, once a day an account: whoever requested still gets out."""
    vault = owner.deploy(
        project.InsuranceVault, desk.token, desk.house, desk.governance, "V", "V", HOUR, 2 * HOUR
    )
    desk.token.mint(depositor, 100, sender=owner)
    desk.token.approve(vault, 100, sender=depositor)
    vault.deposit(100, depositor, sender=depositor)
    vault.request_redeem(100 * SHARES, sender=depositor)
    desk.house.set_gate_until(desk.now + 2 * HOUR, sender=owner)
    desk.wait(HOUR)
    with ape.reverts("vault: not redeemable"):
        vault.redeem(1, depositor, depositor, sender=depositor)
    desk.house.set_gate_until(0, sender=owner)
    desk.wait(HOUR)
    assert vault.redeem(100 * SHARES, depositor, depositor, sender=depositor).return_value == 100


def test_redeem__after_a_loss__pays_less(desk, shares, depositor):
    desk.mature(depositor)
    desk.cover(250 * desk.unit)
    assert desk.redeem(depositor) == 750 * desk.unit


def test_redeem__more_than_the_ledger__collects_the_credit_first(desk, vault, token, shares, depositor):
    desk.earn(500 * desk.unit)
    desk.mature(depositor)
    paid = vault.maxWithdraw(depositor)
    receipt = vault.redeem(shares, depositor, depositor, sender=depositor)
    assert token.balanceOf(depositor) == paid == 1_500 * desk.unit - 1
    assert desk.house.vault_credit() == 0
    assert desk.books() == (1, 1, 1, 0)
    assert [name for name, _ in emitted(receipt, vault)] == ["Transfer", "CreditCollected", "Withdraw"]


def test_redeem__within_the_ledger__leaves_the_credit(desk, vault, shares, depositor):
    desk.earn(500 * desk.unit)
    desk.mature(depositor, shares // 2)
    desk.redeem(depositor)
    assert desk.house.vault_credit() == 500 * desk.unit


def test_redeem__ledger_just_enough__leaves_the_credit(desk, vault, depositor):
    """(999 + 1) * 1,000 shares, the virtual ones among them, for 1,999 + 1 units: a unit costs 500."""
    desk.deposit(depositor, 999)
    desk.earn(1_000)
    desk.mature(depositor, 500_000)
    assert vault.maxWithdraw(depositor) == 1_000
    desk.redeem(depositor, 499_500)
    assert (vault.collateral_ledger(), desk.house.vault_credit()) == (0, 1_000)


def test_redeem__worth_nothing__burns_and_sends_nothing(desk, vault, token, shares, depositor):
    desk.mature(depositor)
    receipt = vault.redeem(999, depositor, depositor, sender=depositor)
    assert receipt.return_value == 0
    assert emitted(receipt, token) == []
    assert vault.balanceOf(depositor) == shares - 999


def test_redeem__nothing__changes_nothing(desk, vault, shares, depositor, stranger):
    before = desk.books()
    assert vault.redeem(0, stranger, depositor, sender=stranger).return_value == 0
    assert desk.books() == before


def test_redeem__spender__spends_the_allowance_in_shares(desk, vault, token, shares, depositor, spender):
    desk.mature(depositor)
    vault.approve(spender, 6_000, sender=depositor)
    receipt = vault.redeem(5_000, spender, depositor, sender=spender)
    assert receipt.return_value == token.balanceOf(spender) == 5
    assert vault.allowance(depositor, spender) == 1_000
    assert emitted(receipt, vault)[-1][1] == {
        "sender": spender,
        "receiver": spender,
        "owner": depositor,
        "assets": 5,
        "shares": 5_000,
    }


def test_redeem__spender_with_unlimited_allowance__keeps_it(desk, vault, shares, depositor, spender):
    desk.mature(depositor)
    vault.approve(spender, 2**256 - 1, sender=depositor)
    vault.redeem(5_000, spender, depositor, sender=spender)
    assert vault.allowance(depositor, spender) == 2**256 - 1


def test_redeem__stranger__reverts(desk, vault, shares, depositor, stranger):
    desk.mature(depositor)
    with ape.reverts("erc20: insufficient allowance"):
        vault.redeem(1, stranger, depositor, sender=stranger)
    assert vault.balanceOf(depositor) == shares


def test_redeem__allowance_for_less__reverts(desk, vault, shares, depositor, spender):
    desk.mature(depositor)
    vault.approve(spender, 4_999, sender=depositor)
    with ape.reverts("erc20: insufficient allowance"):
        vault.redeem(5_000, spender, depositor, sender=spender)


@pytest.mark.parametrize("to", ["nobody", "the vault"])
def test_redeem__to_nobody_or_to_the_vault__reverts(desk, vault, shares, depositor, to):
    desk.mature(depositor)
    receiver = ZERO_ADDRESS if to == "nobody" else vault.address
    with ape.reverts("vault: bad receiver"):
        vault.redeem(shares, receiver, depositor, sender=depositor)
    assert vault.balanceOf(depositor) == shares
