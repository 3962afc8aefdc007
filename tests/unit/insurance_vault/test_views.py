"""What ERC-4626 says of limits and previews, and what the vault says while something moves."""

import pytest

from tests.unit.insurance_vault.vault_desk import COOLDOWN, MARKET, SHARES, WINDOW, ZERO_ADDRESS, VaultDesk


def test_total_assets__any__ledger_and_credit_but_no_donation(desk, vault, token, shares):
    desk.earn(30)
    token.mint(vault, 500, sender=desk.owner)
    assert (vault.collateral_ledger(), vault.totalAssets()) == (1_000 * desk.unit, 1_000 * desk.unit + 30)


def test_max_deposit__bad_receiver__is_zero(vault):
    for receiver in (ZERO_ADDRESS, vault.address):
        assert (vault.maxDeposit(receiver), vault.maxMint(receiver)) == (0, 0)


def test_max_mint__any__costs_max_deposit_at_most(desk, vault, shares, depositor):
    desk.earn(333 * desk.unit + 1)
    most = vault.maxMint(depositor)
    assert vault.previewMint(most) <= vault.maxDeposit(depositor) < vault.previewMint(most + 1)


def test_max_redeem__through_a_requests_life__tells_the_truth(desk, vault, shares, depositor, stranger):
    assert vault.maxRedeem(depositor) == vault.maxWithdraw(depositor) == 0
    desk.request(depositor, 400_000)
    for seconds, most in ((COOLDOWN - 1, 0), (1, 400_000), (WINDOW, 400_000), (1, 0)):
        desk.mine(seconds)
        assert vault.maxRedeem(depositor) == most
        assert vault.maxWithdraw(depositor) == most // SHARES
        assert desk.request_of(depositor)[0] == (400_000 if seconds != 1 or most else 0)
    assert vault.maxRedeem(stranger) == 0


def test_previews__no_request_and_gate_up__ignore_the_limits(desk, vault, shares):
    desk.house.set_gate_until(2**40, sender=desk.owner)
    assert vault.previewRedeem(shares) == 1_000 * desk.unit
    assert vault.previewWithdraw(1_000 * desk.unit) == shares
    assert vault.previewRedeem(10 * shares) == 10_000 * desk.unit


def test_previews__after_fees__round_against_the_caller(desk, vault, shares):
    """(1e12 + 1e3) shares stand for (1.5e9 + 1) units."""
    desk.earn(500 * desk.unit)
    supply, total = 10**12 + 10**3, 1_500 * 10**6 + 1
    assert vault.previewDeposit(7) == vault.convertToShares(7) == 7 * supply // total == 4_666
    assert vault.previewWithdraw(7) == -(-7 * supply // total) == 4_667
    assert vault.previewRedeem(4_667) == vault.convertToAssets(4_667) == 4_667 * total // supply == 7
    assert vault.previewMint(4_667) == -(-4_667 * total // supply) == 8


# -- while a hostile token calls back

PRICED = {
    "totalAssets": (),
    "convertToShares": (1,),
    "convertToAssets": (1,),
    "maxDeposit": (ZERO_ADDRESS,),
    "maxMint": (ZERO_ADDRESS,),
    "maxWithdraw": (ZERO_ADDRESS,),
    "maxRedeem": (ZERO_ADDRESS,),
    "previewDeposit": (1,),
    "previewMint": (1,),
    "previewWithdraw": (1,),
    "previewRedeem": (1,),
    "capacity": (MARKET, 0),
    "bucket": (MARKET,),
    "collateral_ledger": (),
    "redeem_request": (ZERO_ADDRESS,),
}


@pytest.fixture(scope="module")
def hostile(project, owner, depositor):
    """A vault over a token that calls back, with a claimable request of everything."""
    desk = VaultDesk(project, owner, token=owner.deploy(project.ReentrantToken, 6))
    desk.deposit(depositor, 1_000)
    desk.mature(depositor)
    return desk


@pytest.mark.parametrize("view", PRICED)
def test_view__in_the_middle_of_a_redemption__reverts(hostile, depositor, view):
    call = getattr(hostile.vault, view)
    hostile.token.arm(hostile.vault, call.encode_input(*PRICED[view]), sender=hostile.owner)
    assert hostile.redeem(depositor, 500_000) == 500
    assert (hostile.token.calls(), hostile.token.succeeded(), hostile.token.answer()) == (1, False, b"")
    call(*PRICED[view])


def test_clearing_house__in_the_middle_of_a_redemption__cannot_deleverage(hostile, depositor):
    """It would take a locked vault for an empty one and let the winners pay."""
    house = hostile.house
    hostile.token.arm(house, house.deleverage.encode_input(MARKET, 0, 0, 0), sender=hostile.owner)
    hostile.redeem(depositor, 500_000)
    assert (hostile.token.calls(), hostile.token.succeeded()) == (1, False)
    house.deleverage(MARKET, 0, 0, 0, sender=hostile.owner)
