"""refund."""

import ape
import pytest

from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import MARKET

CAP = 1_000


@pytest.fixture
def used(desk, vault, shares):
    """400 of 1,000 were paid from both buckets, in tokens. Refilling takes 87 s a unit."""
    desk.set_bucket(0, CAP)
    desk.set_bucket(MARKET, CAP)
    desk.cover(400)


def test_refund__within_the_cap__fills_both_buckets(desk, vault, used):
    desk.wait(1)
    desk.house.refund(MARKET, 150, sender=desk.owner)
    assert (vault.bucket(MARKET), vault.bucket(0)) == ((CAP, 750), (CAP, 750))


def test_refund__any__moves_no_token_and_keeps_the_total(desk, vault, token, used):
    total, ledger = vault.totalAssets(), vault.collateral_ledger()
    receipt = desk.house.refund(MARKET, 150, sender=desk.owner)
    assert emitted(receipt, token) == []
    assert vault.collateral_ledger() == ledger
    assert vault.totalAssets() == total + 150
    vault.collect(sender=desk.owner)
    assert vault.collateral_ledger() == ledger + 150


def test_refund__any__emits_exactly_this(desk, vault, used):
    receipt = desk.house.refund(MARKET, 150, sender=desk.owner)
    assert emitted(receipt, vault) == [("Refunded", {"market_id": MARKET, "amount": 150})]


@pytest.mark.parametrize("amount", [401, 2**95, 2**200])
def test_refund__more_than_was_taken__fills_to_the_cap(desk, vault, used, amount):
    desk.house.refund(MARKET, amount, sender=desk.owner)
    assert (vault.bucket(MARKET), vault.bucket(0)) == ((CAP, CAP), (CAP, CAP))


def test_refund__after_cover_in_one_transaction__leaves_what_was_needed(desk, vault, used):
    """As deleveraging does: 500 fetched, 200 not needed after all."""
    desk.earn(100)
    total = vault.totalAssets()
    desk.wait(1)
    desk.house.deleverage(MARKET, 500, 100, 200, sender=desk.owner)
    assert vault.totalAssets() == total - 300
    assert desk.house.vault_credit() == 200
    assert (vault.bucket(MARKET)[1], vault.bucket(0)[1]) == (300, 300)


def test_refund__bucket_without_a_cap__stays_empty(desk, vault, used):
    desk.set_bucket(MARKET, 0)
    desk.house.refund(MARKET, 150, sender=desk.owner)
    assert vault.bucket(MARKET) == (0, 0)
    assert vault.bucket(0)[1] == 750


@pytest.mark.parametrize("market_id", [0, 65])
def test_refund__no_such_market__reverts(desk, vault, used, market_id):
    with ape.reverts("vault: bad market"):
        desk.house.refund(market_id, 1, sender=desk.owner)


@pytest.mark.parametrize("role", ["owner", "depositor", "stranger"])
def test_refund__not_the_clearing_house__reverts(desk, vault, used, request, role):
    before = vault.bucket(0)
    with ape.reverts("vault: not the clearing house"):
        vault.refund(MARKET, 1, sender=request.getfixturevalue(role))
    assert vault.bucket(0) == before
