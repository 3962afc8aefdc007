"""collect."""

import ape

from tests.helpers.events import emitted


def test_collect__anyone__turns_credit_into_tokens(desk, vault, shares, depositor, stranger):
    desk.earn(500)
    total, worth = vault.totalAssets(), vault.convertToAssets(shares)
    assert vault.collect(sender=stranger).return_value == 500
    assert desk.house.vault_credit() == 0
    assert vault.collateral_ledger() == 1_000 * desk.unit + 500
    assert (vault.totalAssets(), vault.convertToAssets(shares)) == (total, worth)


def test_collect__any__emits_exactly_this(desk, vault, shares, stranger):
    desk.earn(500)
    receipt = vault.collect(sender=stranger)
    assert emitted(receipt, vault) == [
        ("CreditCollected", {"amount": 500, "collateral_ledger": 1_000 * desk.unit + 500})
    ]


def test_collect__no_credit__changes_nothing(desk, vault, shares, stranger):
    before = desk.books()
    assert vault.collect(sender=stranger).return_value == 0
    assert desk.books() == before


def test_collect__donation_on_the_way__is_not_counted(desk, vault, token, shares, stranger):
    """What the vault held before is no part of what arrives."""
    desk.token.mint(vault, 77, sender=desk.owner)
    desk.earn(500)
    vault.collect(sender=stranger)
    assert vault.collateral_ledger() == 1_000 * desk.unit + 500
    assert token.balanceOf(vault) == vault.collateral_ledger() + 77


def test_collect__house_without_tokens__reverts(desk, vault, shares, stranger):
    desk.house.set_vault_credit(500, sender=desk.owner)
    with ape.reverts("erc20: transfer amount exceeds balance"):
        vault.collect(sender=stranger)
    assert vault.collateral_ledger() == 1_000 * desk.unit


def test_collect_vault_credit__stranger__the_stub_refuses_as_the_house_does(desk, shares, stranger):
    desk.earn(500)
    with ape.reverts("vault: not the vault"):
        desk.house.collect_vault_credit(sender=stranger)
