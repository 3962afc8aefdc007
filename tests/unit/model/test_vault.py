"""The vault's shares against fractions, its way out by the second, what it pays for."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.sandbox.orders import ZERO_ADDRESS
from tests.helpers.model.protocol import Protocol
from tests.helpers.model.vault import Vault
from tests.unit.model.scenario import START, USD, Scenario, refused

AMOUNTS = st.integers(0, 2**100)
DAY = 86_400


def vault(deposited: int = 100, credit: int = 0) -> Protocol:
    """A depositor's dollars, and what the ClearingHouse owes on top."""
    protocol = Scenario().protocol
    protocol.vault_deposit("depositor", deposited * USD, "depositor")
    protocol.state.vault_credit = protocol.state.ledger = credit * USD
    return protocol


def requested(shares: int) -> Protocol:
    """Past the cooldown."""
    protocol = vault()
    protocol.request_redeem("depositor", shares)
    protocol.now += protocol.state.vault.cooldown
    return protocol


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_conversions__any__are_the_fractions_rounded_as_named(
    ledger: int, credit: int, supply: int, amount: int
) -> None:
    tested = Vault(ledger=ledger, shares={"depositor": supply})
    price = Fraction(ledger + credit + 1, supply + 1_000)
    assert tested.assets_down(amount, credit) == floor(amount * price)
    assert tested.assets_up(amount, credit) == ceil(amount * price)
    assert tested.shares_down(amount, credit) == floor(amount / price)
    assert tested.shares_up(amount, credit) == ceil(amount / price)


@given(st.integers(1, 10**15), AMOUNTS, st.integers(0, 10**18), st.integers(1, 10**18))
def test_deposit_and_redeem__any__never_gain(ledger: int, credit: int, supply: int, assets: int) -> None:
    tested = Vault(ledger=ledger, shares={"other": supply})
    shares = tested.shares_down(assets, credit)
    if shares == 0:
        with refused("vault: zero shares"):
            tested.take_in("depositor", assets, shares)
        return
    tested.take_in("depositor", assets, shares)
    assert tested.assets_down(shares, credit) <= assets
    assert tested.shares_up(assets, credit) >= shares


def test_deposit_and_mint__by_hand__with_credit_as_assets() -> None:
    protocol = vault(100, credit=100)
    assert protocol.state.vault.shares == {"depositor": 100 * USD * 1_000}
    assert protocol.vault_total_assets() == 200 * USD
    # 1e11 + 1,000 shares for 2e8 + 1: a share is worth a little less than 2 thousandths.
    assert protocol.vault_convert_to_assets(10**9) == 1_999_999
    assert protocol.vault_convert_to_shares(2 * USD) == 1_000_000_004
    assert protocol.vault_deposit("late", 2 * USD, "heir") == 1_000_000_004
    assert protocol.vault_mint("late", 10**9, "heir") == 2_000_000
    assert protocol.state.vault.shares["heir"] == 2_000_000_004
    assert protocol.state.vault.ledger == 104 * USD


@pytest.mark.parametrize("receiver", [ZERO_ADDRESS, "insurance vault"])
def test_receiver__nobody_or_the_vault__refused(receiver: str) -> None:
    protocol = requested(1)
    for action in (
        protocol.vault_deposit,
        protocol.vault_mint,
        protocol.vault_redeem,
        protocol.vault_withdraw,
    ):
        with refused("vault: bad receiver"):
            action("depositor", 10**30, receiver)


def test_deposit__token_that_cannot_move__refused() -> None:
    protocol = requested(10**9)
    protocol.vault_token_works = False
    for action in (protocol.vault_deposit, protocol.vault_mint, protocol.vault_redeem):
        with refused("vault: transfer failed"):
            action("depositor", 10**6, "depositor")
    assert protocol.state.vault.requests["depositor"].shares == 10**9


def test_request_redeem__more_than_held_or_nothing__refused() -> None:
    protocol = vault()
    held = protocol.state.vault.shares["depositor"]
    with refused("vault: zero shares"):
        protocol.request_redeem("depositor", 0)
    with refused("vault: not enough shares"):
        protocol.request_redeem("depositor", held + 1)
    protocol.request_redeem("depositor", held - 1)
    with refused("vault: not enough shares"):
        protocol.request_redeem("depositor", 2)
    protocol.request_redeem("depositor", 1)
    with refused("vault: no request"):
        protocol.cancel_redeem("stranger")
    protocol.cancel_redeem("depositor")
    with refused("vault: no request"):
        protocol.cancel_redeem("depositor")


@pytest.mark.parametrize(
    ("seconds", "claimable", "locked"),
    [(0, 0, 7), (DAY - 1, 0, 7), (DAY, 7, 7), (3 * DAY, 7, 7), (3 * DAY + 1, 0, 0)],
)
def test_request__by_the_second(seconds: int, claimable: int, locked: int) -> None:
    protocol = vault()
    protocol.request_redeem("depositor", 7)
    protocol.now += seconds
    assert protocol.vault_max_redeem("depositor") == claimable
    assert protocol.state.vault.locked("depositor", protocol.now) == locked
    if locked == 0:
        with refused("vault: no request"):
            protocol.cancel_redeem("depositor")


def test_request__more__starts_the_cooldown_again_and_a_lapsed_one_does_not_count() -> None:
    protocol = vault()
    protocol.request_redeem("depositor", 7)
    protocol.now += DAY
    protocol.request_redeem("depositor", 5)
    assert protocol.vault_max_redeem("depositor") == 0
    protocol.now += DAY
    assert protocol.vault_max_redeem("depositor") == 12
    protocol.now += 2 * DAY + 1
    protocol.request_redeem("depositor", 3)
    assert protocol.state.vault.locked("depositor", protocol.now) == 3


def test_redeem__in_parts__burns_claimable_shares_only() -> None:
    protocol = requested(10**9)
    with refused("vault: not redeemable"):
        protocol.vault_redeem("depositor", 10**9 + 1, "heir")
    assert protocol.vault_max_withdraw("depositor") == 10**6
    with refused("vault: not redeemable"):
        protocol.vault_withdraw("depositor", 10**6 + 1, "heir")
    assert protocol.vault_redeem("depositor", 4 * 10**8, "heir") == 400_000
    assert protocol.vault_withdraw("depositor", 600_000, "heir") == 6 * 10**8
    assert protocol.vault_max_redeem("depositor") == 0
    assert protocol.state.vault.ledger == 99 * USD
    with refused("vault: not redeemable"):
        protocol.vault_redeem("depositor", 1, "heir")
    with refused("vault: no request"):
        protocol.cancel_redeem("depositor")


def test_redeem__while_locked__bears_losses() -> None:
    protocol = requested(10**9)
    for market_id in (0, 1):
        protocol.set_bucket(market_id, 50 * USD)
    protocol.state.vault.cover(1, 50 * USD, 0, protocol.now)
    assert protocol.vault_redeem("depositor", 10**9, "heir") == 500_000


def test_redeem__more_than_the_ledger__collects_the_credit_first() -> None:
    protocol = vault(100, credit=100)
    protocol.request_redeem("depositor", 9 * 10**10)
    protocol.now += DAY
    assets = protocol.vault_redeem("depositor", 9 * 10**10, "heir")
    assert assets > 100 * USD
    assert protocol.vault_credit() == protocol.collateral_ledger() == 0
    assert protocol.state.vault.ledger == 200 * USD - assets


def test_redeem__gate_on__waits() -> None:
    protocol = requested(10**9)
    account = protocol.state.accounts[protocol.open_account("bankrupt")]
    account.flag = account.gated_at = protocol.now
    assert protocol.vault_max_redeem("depositor") == protocol.vault_max_withdraw("depositor") == 0
    with refused("vault: not redeemable"):
        protocol.vault_redeem("depositor", 1, "depositor")
    account.flag = 0
    assert protocol.vault_max_redeem("depositor") == 10**9


def test_transfer__locked_shares__stay() -> None:
    protocol = vault()
    held = protocol.state.vault.shares["depositor"]
    protocol.request_redeem("depositor", 7)
    with refused("vault: shares are locked"):
        protocol.transfer_shares("depositor", "heir", held - 6)
    protocol.transfer_shares("depositor", "heir", held - 7)
    assert protocol.state.vault.shares == {"depositor": 7, "heir": held - 7}
    protocol.now += 3 * DAY + 1
    protocol.transfer_shares("depositor", "heir", 7)


def test_collect__anyone__moves_the_credit_into_the_ledger() -> None:
    protocol = vault(1, credit=5)
    protocol.vault_token_works = False
    with refused("vault: transfer failed"):
        protocol.vault_collect()
    protocol.vault_token_works = True
    assert protocol.vault_collect() == 5 * USD
    assert (protocol.state.vault.ledger, protocol.vault_credit(), protocol.state.ledger) == (6 * USD, 0, 0)
    assert protocol.vault_collect() == 0
    assert protocol.now == START


def test_deposit__most_of_it__one_more_is_refused() -> None:
    """Found by the fuzz: the chain ends deposits at 2**112 units of assets."""
    world = Scenario()
    most = 2**112
    with refused("vault: deposit too large"):
        world.protocol.vault_deposit("depositor", most + 1, "depositor")
    assert world.protocol.vault_deposit("depositor", most, "depositor") == most * 1_000
    with refused("vault: deposit too large"):
        world.protocol.vault_mint("depositor", 1, "depositor")
