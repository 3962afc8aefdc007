"""A vault that has lost everything: supply without assets."""

import ape
import pytest

from tests.unit.insurance_vault.vault_desk import CAP, DAY, SHARES

MAX_SUPPLY = 2**255


@pytest.fixture
def lost(desk, shares):
    """The depositor's 1,000 tokens are gone."""
    desk.cover(1_000 * desk.unit)
    assert desk.books() == (0, 0, 0, shares)


@pytest.fixture
def wiped_out(desk, depositor):
    """The largest vault that the buckets can empty, again and again."""

    def wiped_out():
        amount = min(CAP * desk.unit // 1_000, desk.vault.maxDeposit(depositor))
        desk.deposit(depositor, amount)
        desk.mine(DAY)
        desk.cover(desk.vault.totalAssets())

    return wiped_out


@pytest.mark.parametrize("desk", [6, 18], indirect=True)
@pytest.mark.parametrize("amount", [1, 12_345, 10**9])
def test_total_loss__next_deposit__is_not_diluted(desk, vault, lost, depositor, newcomer, amount):
    assert vault.maxDeposit(newcomer) >= amount
    desk.deposit(newcomer, amount)
    assert vault.convertToAssets(vault.balanceOf(newcomer)) == amount
    assert vault.convertToAssets(vault.balanceOf(depositor)) == 0
    desk.mature(newcomer)
    assert desk.redeem(newcomer) == amount
    assert vault.totalAssets() == 0


def test_total_loss__fees_afterwards__are_the_new_depositors(desk, vault, lost, depositor, newcomer):
    desk.deposit(newcomer, 1_000)
    desk.earn(500)
    assert vault.convertToAssets(vault.balanceOf(newcomer)) == 1_499
    assert vault.convertToAssets(vault.balanceOf(depositor)) == 1


def test_total_loss__fees_before_any_deposit__are_the_old_depositors(desk, vault, lost, depositor, newcomer):
    desk.earn(500)
    assert vault.convertToAssets(vault.balanceOf(depositor)) == 500
    desk.deposit(newcomer, 1_000)
    assert vault.convertToAssets(vault.balanceOf(depositor)) == 500
    assert vault.convertToAssets(vault.balanceOf(newcomer)) == 999


def test_total_loss__old_shares__are_redeemed_for_nothing(desk, vault, lost, depositor):
    desk.mature(depositor)
    assert desk.redeem(depositor) == 0
    assert desk.books() == (0, 0, 0, 0)


def test_total_loss__mint__costs_a_unit_for_any_part_of_it(desk, vault, lost, shares, newcomer):
    desk.fund(newcomer, 3)
    assert vault.mint(shares + SHARES, newcomer, sender=newcomer).return_value == 1
    assert vault.mint(1, newcomer, sender=newcomer).return_value == 1


@pytest.mark.parametrize(("desk", "losses"), [(6, 5), (18, 2)], indirect=["desk"])
def test_total_loss__as_often_as_said__a_million_tokens_can_be_made_up_for(
    desk, vault, wiped_out, newcomer, losses
):
    for _ in range(losses):
        wiped_out()
    assert vault.maxDeposit(newcomer) >= 10**6 * desk.unit
    desk.deposit(newcomer, 10**6 * desk.unit)
    assert vault.convertToAssets(vault.balanceOf(newcomer)) == 10**6 * desk.unit


@pytest.mark.parametrize(("desk", "losses"), [(6, 6), (18, 3)], indirect=["desk"])
def test_total_loss__once_more__deposits_end_and_redemptions_do_not(
    desk, vault, wiped_out, depositor, newcomer, losses
):
    for _ in range(losses):
        wiped_out()
    most = vault.maxDeposit(newcomer)
    assert most < desk.unit
    desk.fund(newcomer, 10 * desk.unit)
    with ape.reverts("vault: deposit too large"):
        vault.deposit(most + 1, newcomer, sender=newcomer)
    with ape.reverts("vault: deposit too large"):
        vault.mint(vault.maxMint(newcomer) + 1, newcomer, sender=newcomer)
    vault.deposit(most, newcomer, sender=newcomer)
    assert vault.totalSupply() <= MAX_SUPPLY

    # Fees make the price, and everybody leaves with their part of it.
    desk.earn(100 * desk.unit)
    desk.mature_all(newcomer, depositor)
    due = [vault.convertToAssets(vault.balanceOf(who)) for who in (newcomer, depositor)]
    assert [desk.redeem(newcomer), desk.redeem(depositor)] == due
    assert 0 <= 100 * desk.unit + most - sum(due) <= 3
    assert vault.maxDeposit(newcomer) >= 10**6 * desk.unit
