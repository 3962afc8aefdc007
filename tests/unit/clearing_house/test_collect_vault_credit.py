"""collect_vault_credit: the vault's way to its part of fees and penalties."""

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.books import assert_books
from tests.helpers.desk import USD, WAD
from tests.helpers.parameters import PLAIN


@pytest.fixture
def owed(desk, maker, taker, owner):
    """4 of fees, all the vault's."""
    desk.governance.set_vault_fee_share(WAD, sender=owner)
    market = desk.list_market(params=PLAIN.but(taker_fee=WAD // 1_000))
    desk.trade(desk.account(maker, 10_000), desk.account(taker, 10_000), market_id=market)
    return 4 * USD


def test_collect_vault_credit__vault__is_paid_in_tokens(desk, owed):
    house, vault = desk.clearing_house, desk.vault
    ledger = house.collateral_ledger()
    assert house.vault_credit() == owed
    receipt = house.collect_vault_credit(sender=anvil.impersonated(vault))
    assert receipt.return_value == owed
    assert desk.token.balanceOf(vault) == owed
    assert (house.vault_credit(), house.collateral_ledger()) == (0, ledger - owed)
    assert_books(desk)


def test_collect_vault_credit__any__emits_exactly_this(desk, owed):
    receipt = desk.clearing_house.collect_vault_credit(sender=anvil.impersonated(desk.vault))
    events = desk.events(receipt)
    assert events[0] == ("VaultCreditCollected", {"amount": owed})
    assert [name for name, _ in events] == ["VaultCreditCollected", "Transfer"]


def test_collect_vault_credit__nothing_owed__pays_nothing(desk):
    receipt = desk.clearing_house.collect_vault_credit(sender=anvil.impersonated(desk.vault))
    assert receipt.return_value == 0
    assert desk.token.balanceOf(desk.vault) == 0


def test_collect_vault_credit__share_of_fees_and_treasury__are_kept(desk, owed, maker, taker, owner):
    """The three fields of one word: what comes after is split as before."""
    desk.governance.set_vault_fee_share(WAD // 4, sender=owner)
    desk.trade(1, 2, market_id=2)
    house = desk.clearing_house
    treasury = house.treasury_credit()
    assert treasury == 3 * USD
    house.collect_vault_credit(sender=anvil.impersonated(desk.vault))
    assert (house.vault_credit(), house.treasury_credit()) == (0, treasury)
    desk.trade(1, 2, market_id=2)
    assert (house.vault_credit(), house.treasury_credit()) == (USD, treasury + 3 * USD)


def test_collect_vault_credit__anyone_else__reverts(desk, owed, owner, stranger, guardian):
    others = (owner, stranger, *map(anvil.impersonated, (desk.governance, desk.exchange, desk.waterfall)))
    for sender in others:
        with ape.reverts("vault: not the vault"):
            desk.clearing_house.collect_vault_credit(sender=sender)
    assert desk.clearing_house.vault_credit() == owed


def test_collect_vault_credit__through_the_vault__anyone(desk, owed, stranger):
    desk.vault.collect(sender=stranger)
    assert desk.vault.collateral_ledger() == desk.vault.totalAssets() == owed
    assert desk.clearing_house.vault_credit() == 0
