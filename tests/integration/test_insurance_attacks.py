"""Attacks on the insurance vault: its shareholders against each other, the token against it, all against
its buckets."""

import pytest

from scripts.system import COOLDOWN, REDEEM_WINDOW
from tests.helpers.crash import (
    assert_sound,
    assets,
    deleverage_next,
    deposit,
    fall,
    flag,
    insure,
    liquidate,
    refused,
    told,
    wreck,
)
from tests.helpers.desk import USD, WAD

DAY = 86_400


@pytest.fixture(scope="module")
def rescuer(desk, bystanders, stranger):
    return desk.account(stranger, 50_000)


@pytest.fixture(scope="module")
def doomed(desk, rescuer, maker, taker):
    """Bankrupt by 150 at 3,900; still at 4,000."""
    return wreck(desk, maker, taker)


@pytest.fixture
def fallen(desk, doomed):
    fall(desk)
    return doomed


def request(desk, depositor, shares):
    return desk.vault.request_redeem(shares, sender=depositor)


# -- shareholders


def test_first_depositor__inflates_the_share(desk, doomed, stranger, delegate, keeper):
    """One unit in, then a donation and a collected credit: the next depositor's 100 is still worth 100.

    Donated tokens are nobody's. The virtual shares bear what a credit adds.
    """
    shares = deposit(desk, stranger, 1)
    desk.token.mint(desk.vault, 10**9 * USD, sender=desk.owner)
    assert assets(desk) == 1
    bought = deposit(desk, delegate, 100 * USD)
    assert desk.vault.convertToAssets(bought) == 100 * USD
    assert desk.vault.convertToAssets(shares) == 1


def test_exit_in_front_of_a_loss__without_a_request(desk, fallen, delegate):
    """Who has asked for nothing waits out the cooldown with everybody else, and bears the loss."""
    insure(desk, delegate, 300 * USD)
    shares = desk.vault.balanceOf(delegate)
    with refused(desk, "vault: not redeemable"):
        desk.vault.redeem(1, delegate, delegate, sender=delegate)
    request(desk, delegate, shares)
    with refused(desk, "vault: not redeemable"):
        desk.vault.redeem(1, delegate, delegate, sender=delegate)
    with refused(desk, "vault: shares are locked"):
        desk.vault.transfer(desk.owner, 1, sender=delegate)


def test_exit_in_front_of_a_loss__locked_shares_bear_it(desk, fallen, rescuer, delegate, keeper):
    """A request made before the crash takes half of it: 75 of the 150."""
    insure(desk, delegate, 300 * USD)
    half = deposit(desk, keeper, 300 * USD)
    request(desk, keeper, half)
    liquidate(desk, fallen.victim, rescuer)
    assert desk.vault.convertToAssets(half) == 225 * USD
    desk.mine(COOLDOWN)
    desk.vault.redeem(half, keeper, keeper, sender=keeper)
    assert desk.token.balanceOf(keeper) == 225 * USD
    assert assets(desk) == 225 * USD


def test_exit_in_front_of_a_loss__inside_the_window(desk, doomed, rescuer, delegate, keeper):
    """The known limit: who asked a cooldown ago leaves whole in front of a loss that the vault can pay.

    A loss that it cannot pay is no better for whoever stays: then the flag shuts the door.
    """
    insure(desk, delegate, 300 * USD)
    half = deposit(desk, keeper, 300 * USD)
    request(desk, keeper, half)
    desk.mine(COOLDOWN)
    fall(desk, 4_000 * WAD)
    fall(desk)
    desk.vault.redeem(half // 2, keeper, keeper, sender=keeper)
    assert desk.token.balanceOf(keeper) == 150 * USD
    # Now 450 are there; with 150 of them taken away by a bucket the debt of 150 is beyond the 149.
    desk.vault.set_bucket(0, 149 * USD, sender=desk.owner)
    flag(desk, doomed.victim)
    assert desk.vault.maxRedeem(keeper) == 0
    with refused(desk, "vault: not redeemable"):
        desk.vault.redeem(1, keeper, keeper, sender=keeper)
    deleverage_next(desk, doomed.victim, 256)
    # Resolved: the door is open in the same minute, at the price after the loss.
    assert desk.vault.maxRedeem(keeper) == half - half // 2
    assert desk.vault.convertToAssets(half - half // 2) == (450 - 149) * USD * 150 // 450


def test_request_for_nothing__kept_open_for_ever(desk, doomed, keeper):
    """A lapsed request counts as none: no standing right to leave at once."""
    insure(desk, keeper, 100 * USD)
    shares = desk.vault.balanceOf(keeper)
    request(desk, keeper, shares)
    desk.mine(COOLDOWN + REDEEM_WINDOW + 1)
    with refused(desk, "vault: not redeemable"):
        desk.vault.redeem(shares, keeper, keeper, sender=keeper)
    request(desk, keeper, shares)
    desk.mine(COOLDOWN - 1)
    assert desk.vault.maxRedeem(keeper) == 0
    # A unit more starts the wait of all again.
    desk.vault.cancel_redeem(sender=keeper)
    request(desk, keeper, shares - 1)
    desk.mine(COOLDOWN - 60)
    request(desk, keeper, 1)
    desk.mine(60)
    assert desk.vault.maxRedeem(keeper) == 0


def test_depositor_in_front_of_a_refund(desk, fallen, delegate, keeper):
    """`deleverage` takes all that may be needed and gives back the rest as credit: the share's price is what
    it paid.

    One of three base is closed: 25 of 75 are paid, 50 come back, as credit and into both buckets.
    """
    insure(desk, delegate, 75 * USD, cap=75 * USD)
    deleverage_next(desk, fallen.victim, 1)
    assert (assets(desk), desk.clearing_house.vault_credit()) == (50 * USD, 50 * USD)
    assert desk.vault.collateral_ledger() == 0
    assert [desk.vault.bucket(b)[1] for b in (0, 1)] == [50 * USD] * 2
    assert desk.lens.insurance_capacity(1) == 50 * USD


# -- the credit


@pytest.mark.parametrize("collected", [False, True])
def test_credit_drained_in_front_of_cover(desk, fallen, rescuer, delegate, keeper, collected):
    """Whoever turns the credit into tokens in front of a takeover changes where the money lies, not how
    much."""
    insure(desk, delegate, 75 * USD)
    deleverage_next(desk, fallen.victim, 1)
    insure(desk, delegate, 50 * USD)
    if collected:
        desk.vault.collect(sender=keeper)
    receipt = liquidate(desk, fallen.victim, rescuer)
    assert told(desk, receipt, "Liquidated")[0]["insurance_paid"] == 100 * USD
    assert (assets(desk), desk.cash(fallen.victim)) == (0, 0)
    assert_sound(desk)


def test_cover_and_refund__belong_to_the_clearing_house(desk, fallen, delegate, keeper):
    insure(desk, delegate, 200 * USD)
    for sender in (keeper, delegate, desk.owner):
        with refused(desk, "vault: not the clearing house"):
            desk.vault.cover(1, 1, 0, sender=sender)
        with refused(desk, "vault: not the clearing house"):
            desk.vault.refund(1, 1, sender=sender)
        with refused(desk, "vault: not the vault"):
            desk.clearing_house.collect_vault_credit(sender=sender)


# -- the buckets


def test_syb_1__twice_the_global_bucket_in_a_day(desk, fallen, delegate, keeper):
    """A bucket of 60: 60 at once, 60 more over 24 h, in as many calls as anyone likes."""
    insure(desk, delegate, 1_000 * USD, cap=10**12)
    desk.vault.set_bucket(0, 60 * USD, sender=desk.owner)
    # One base a call: 150 short, 60 there; the rest comes back.
    deleverage_next(desk, fallen.victim, 1)
    assert assets(desk) == 980 * USD
    desk.mine(DAY)
    fall(desk, 3_850 * WAD)
    # 2 base left: -100 - 100.
    assert desk.values(fallen.victim)[0] == -200 * USD
    assert desk.lens.insurance_capacity(1) == 60 * USD
    deleverage_next(desk, fallen.victim, 256)
    assert assets(desk) == 920 * USD
    assert desk.lens.insurance_capacity(1) == 0
    assert desk.cash(fallen.victim) == 0


def test_bucket__bounced_between_zero_and_a_cap(desk, fallen, delegate, owner):
    """Not even the owner fills a bucket by unsetting it."""
    insure(desk, delegate, 1_000 * USD, cap=10 * USD)
    deleverage_next(desk, fallen.victim, 256)
    assert desk.vault.bucket(1)[1] == 0
    for cap in (0, 10**15):
        desk.vault.set_bucket(1, cap, sender=owner)
    assert desk.vault.bucket(1)[1] <= 10**15 // DAY * 3


def test_market_without_a_bucket__is_not_covered(desk, fallen, rescuer, delegate):
    """Another market's bucket pays nothing here."""
    insure(desk, delegate, 1_000 * USD, markets=(2,))
    assert desk.lens.insurance_capacity(1) == 0
    with refused(desk, "liq: deleverage"):
        liquidate(desk, fallen.victim, rescuer)
    deleverage_next(desk, fallen.victim, 256)
    assert assets(desk) == 1_000 * USD
    assert [desk.cash(winner) for winner in fallen.winners] == [1_050 * USD] * 3


# -- gas


def test_gas_starvation_of_cover(desk, project, fallen, delegate, keeper):
    """Enough gas for the rest but not for `cover` would make a rich vault count as empty: the winners pay.

    The caller is left a 64th of what `cover` starves on: the first call that gets through was paid.
    """
    insure(desk, delegate, 75 * USD)
    starver = keeper.deploy(project.GasStarver)
    data = desk.clearing_house.deleverage_next.encode_input(fallen.victim, 1, 1)
    receipt = starver.starve(desk.clearing_house, data, 60_000, 2_000, sender=keeper, gas=16_777_216)
    # Many were starved before: 60,000 and 62,000 and so on are burnt.
    assert receipt.gas_used > 2_000_000
    assert assets(desk) == 50 * USD
    assert desk.cash(fallen.winners[0]) == 1_075 * USD
