"""set_bucket."""

import ape
import pytest

from tests.helpers.anvil import impersonated
from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import DAY

MARKET = 7
MAX_CAP = 2**95 - 1


def test_set_bucket__first_cap__starts_full(desk, vault):
    assert vault.bucket(MARKET) == (0, 0)
    desk.set_bucket(MARKET, 500)
    assert vault.bucket(MARKET) == (500, 500)


@pytest.mark.parametrize("cap", [500, 0])
def test_set_bucket__owner__emits_exactly_this(desk, vault, cap):
    desk.set_bucket(MARKET, 300)
    receipt = desk.set_bucket(MARKET, cap)
    assert emitted(receipt, vault) == [("BucketSet", {"market_id": MARKET, "old_cap": 300, "new_cap": cap})]


@pytest.mark.parametrize("role", ["depositor", "stranger"])
def test_set_bucket__not_the_owner__reverts(desk, vault, request, role):
    desk.set_bucket(MARKET, 300)
    with ape.reverts("vault: not the owner"):
        vault.set_bucket(MARKET, 1, sender=request.getfixturevalue(role))
    assert vault.bucket(MARKET) == (300, 300)


def test_set_bucket__clearing_house_and_governance__are_not_the_owner(desk, vault):
    for contract in (desk.house, desk.governance):
        with ape.reverts("vault: not the owner"):
            vault.set_bucket(MARKET, 1, sender=impersonated(contract))


def test_set_bucket__new_owner_of_governance__is_the_owner(desk, vault, newcomer):
    desk.governance.transfer_ownership(newcomer, sender=desk.owner)
    with ape.reverts("vault: not the owner"):
        vault.set_bucket(MARKET, 1, sender=newcomer)
    desk.governance.accept_ownership(sender=newcomer)
    vault.set_bucket(MARKET, 1, sender=newcomer)
    with ape.reverts("vault: not the owner"):
        vault.set_bucket(MARKET, 2, sender=desk.owner)


def test_set_bucket__raised__keeps_the_level_and_refills_faster(desk, vault, shares):
    desk.set_bucket(MARKET, DAY)
    desk.cover(DAY, market_id=MARKET)
    desk.wait(100)
    desk.set_bucket(MARKET, 10 * DAY)
    assert vault.bucket(MARKET) == (10 * DAY, 100)
    desk.mine(50)
    assert vault.bucket(MARKET) == (10 * DAY, 600)


def test_set_bucket__lowered__cuts_the_level(desk, vault, shares):
    desk.set_bucket(MARKET, 10 * DAY)
    desk.wait(1)
    desk.set_bucket(MARKET, DAY)
    assert vault.bucket(MARKET) == (DAY, DAY)


def test_set_bucket__lowered_above_the_level__keeps_it(desk, vault, shares):
    desk.set_bucket(MARKET, 10 * DAY)
    desk.cover(9 * DAY + 10, market_id=MARKET)
    desk.wait(1)
    desk.set_bucket(MARKET, 2 * DAY)
    assert vault.bucket(MARKET) == (2 * DAY, DAY)


@pytest.mark.parametrize("pause", [1, 2 * DAY])
def test_set_bucket__taken_away_and_set_again__is_not_full(desk, vault, pause):
    desk.set_bucket(MARKET, DAY)
    desk.set_bucket(MARKET, 0)
    assert vault.bucket(MARKET) == (0, 0)
    desk.wait(pause)
    desk.set_bucket(MARKET, DAY)
    assert vault.bucket(MARKET) == (DAY, 0)
    desk.mine(60)
    assert vault.bucket(MARKET) == (DAY, 60)


def test_set_bucket__zero_at_first__is_no_first_cap(desk, vault):
    desk.set_bucket(MARKET, 0)
    desk.set_bucket(MARKET, 500)
    assert vault.bucket(MARKET) == (500, 500)


def test_set_bucket__largest__refills_exactly(desk, vault, depositor):
    desk.set_bucket(0, MAX_CAP)
    desk.set_bucket(MARKET, MAX_CAP)
    assert vault.bucket(MARKET) == (MAX_CAP, MAX_CAP)
    desk.deposit(depositor, MAX_CAP)
    # The global bucket had a smaller cap.
    desk.wait(DAY)
    desk.cover(MAX_CAP, market_id=MARKET)
    desk.mine(DAY - 1)
    assert vault.bucket(MARKET)[1] == MAX_CAP * (DAY - 1) // DAY
    desk.mine(2**35)
    assert vault.bucket(MARKET)[1] == MAX_CAP


def test_set_bucket__too_large__reverts(desk, vault):
    for cap in (MAX_CAP + 1, 2**256 - 1):
        with ape.reverts("vault: bucket too large"):
            desk.set_bucket(MARKET, cap)
    assert vault.bucket(MARKET) == (0, 0)


@pytest.mark.parametrize("market_id", [65, 2**256 - 1])
def test_set_bucket__no_such_market__reverts(desk, vault, market_id):
    with ape.reverts("vault: bad market"):
        desk.set_bucket(market_id, 1)
    assert vault.bucket(market_id) == (0, 0)


def test_set_bucket__last_market__is_taken(desk, vault):
    desk.set_bucket(64, 5)
    assert vault.bucket(64) == (5, 5)
