"""capacity and bucket."""

import pytest

from tests.unit.insurance_vault.vault_desk import DAY, MARKET

OTHER = 2


@pytest.fixture
def limits(desk, shares):
    """The vault has 1,000 tokens; in units it is the buckets that are small."""
    desk.set_bucket(0, 800)
    desk.set_bucket(MARKET, 600)
    desk.set_bucket(OTHER, 900)


def test_capacity__any__is_the_least_of_three(vault, limits):
    assert vault.capacity(MARKET, 0) == 600
    assert vault.capacity(OTHER, 0) == 800


def test_capacity__market_zero__is_the_global_bucket_alone(vault, limits):
    assert vault.capacity(0, 0) == 800


@pytest.mark.parametrize("market_id", [3, 65, 2**256 - 1])
def test_capacity__no_bucket__is_nothing(vault, limits, market_id):
    assert vault.capacity(market_id, 10**9) == 0
    assert vault.bucket(market_id) == (0, 0)


def test_capacity__small_vault__is_what_it_has_with_the_credit_named(desk, vault, depositor):
    desk.deposit(depositor, 50)
    desk.earn(30)
    assert [vault.capacity(MARKET, credit) for credit in (0, 30, 2**116 - 1)] == [50, 80, 10**9 * desk.unit]


def test_capacity__empty_vault__is_the_credit(vault):
    assert [vault.capacity(MARKET, credit) for credit in (0, 7)] == [0, 7]


def test_capacity__donation__adds_nothing(desk, vault, token):
    token.mint(vault, 500, sender=desk.owner)
    assert vault.capacity(MARKET, 0) == 0


def test_capacity__any__is_what_cover_pays(desk, vault, limits):
    desk.wait(DAY)
    desk.cover(vault.capacity(OTHER, 0), market_id=OTHER)
    assert vault.capacity(0, 0) == vault.capacity(MARKET, 0) == 0


def test_capacity__clearing_house_locked__still_answers(desk, vault, limits):
    """The house asks in the middle of a liquidation; the vault does not ask back."""
    desk.wait(DAY)
    desk.house.deleverage(MARKET, 600, 0, 600, sender=desk.owner)
    assert vault.capacity(MARKET, 0) == 600


def test_capacity__gate_up__is_unchanged(desk, vault, limits):
    desk.house.set_gate_until(2**40, sender=desk.owner)
    assert vault.capacity(MARKET, 0) == 600
