"""Raising the price of a share to round others' deposits away."""

import pytest

from tests.unit.insurance_vault.vault_desk import COOLDOWN, SHARES, VaultDesk


@pytest.mark.parametrize("decimals", [6, 18])
@pytest.mark.parametrize("tokens", [1, 10**6])
def test_inflation__first_depositor_donates__moves_no_price(
    project, owner, attacker, depositor, decimals, tokens
):
    desk = VaultDesk(project, owner, decimals)
    desk.deposit(attacker, 1)
    price = desk.vault.convertToAssets(10**18)
    desk.token.mint(attacker, tokens * desk.unit, sender=owner)
    desk.token.transfer(desk.vault, tokens * desk.unit, sender=attacker)

    assert desk.vault.convertToAssets(10**18) == price
    assert desk.deposit(depositor, 100) == 100 * SHARES
    desk.mature_all(attacker, depositor)
    assert (desk.redeem(attacker), desk.redeem(depositor)) == (1, 100)


@pytest.mark.parametrize("stake", [1, 50, 10_000])
@pytest.mark.parametrize("fees", [10**4, 10**7, 10**10])
@pytest.mark.parametrize("victims", [1, 3])
def test_inflation__first_depositor_pays_fees__loses_a_thousand_times_what_others_lose(
    desk, vault, attacker, newcomer, stake, fees, victims
):
    """Credit is the one thing that raises the price, and fees are the way to it. The victim's deposits are as
    unlucky as can be: a unit short of one share more."""
    desk.deposit(attacker, stake)
    desk.earn(fees)
    deposited = 0
    for _ in range(victims):
        share = vault.previewMint(1)
        amount = vault.previewMint(2 + 100_000 // share) - 1
        desk.deposit(newcomer, amount)
        deposited += amount
    desk.mature_all(newcomer, attacker)
    taken = deposited - desk.redeem(newcomer, vault.balanceOf(newcomer))
    lost = stake + fees - desk.redeem(attacker)

    assert lost >= 0
    # Each deposit is rounded by less than a share; the exits by a unit each.
    assert taken * SHARES <= victims * (lost + 2 * SHARES) * 1.01


def test_inflation__after_victims_deposit__donation_gives_nobody_anything(desk, vault, attacker, depositor):
    desk.deposit(attacker, 100)
    desk.deposit(depositor, 100)
    desk.token.mint(vault, 10**9, sender=desk.owner)
    desk.mature_all(attacker, depositor)
    assert (desk.redeem(attacker), desk.redeem(depositor)) == (100, 100)
    assert desk.books() == (0, 0, 10**9, 0)


def test_donation__empties_into_nothing__cover_cannot_spend_it(desk, vault, token, depositor):
    desk.deposit(depositor, 100)
    token.mint(vault, 10**9, sender=desk.owner)
    desk.cover(100)
    assert vault.capacity(1, 0) == 0
    assert desk.books() == (0, 0, 10**9, 100 * SHARES)


def test_late_depositor__right_before_fees__cannot_leave_before_the_cooldown(desk, vault, shares, attacker):
    """Buying in for one payment and out again is what the cooldown makes a position with risk."""
    bought = desk.deposit(attacker, 1_000 * desk.unit)
    desk.request(attacker)
    desk.earn(100 * desk.unit)
    assert vault.maxRedeem(attacker) == 0
    desk.cover(600 * desk.unit)
    desk.mine(COOLDOWN)
    assert desk.redeem(attacker, bought) == 750 * desk.unit
