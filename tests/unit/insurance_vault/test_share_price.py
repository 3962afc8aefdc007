"""The price of a share against exact rationals, over all that supply and assets can be (titanoboa)."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.ranges import many, skewed
from tests.unit.insurance_vault.boa_vault import deployer

MAX_ASSETS, MAX_SUPPLY = 2**112, 2**255
VIRTUAL = 1_000

supplies = skewed(0, MAX_SUPPLY)
# Credit comes on top of what deposits may bring.
totals = skewed(0, MAX_ASSETS + 2**116)


@pytest.fixture(scope="module")
def prices():
    return deployer("mocks/InsuranceHarness.vy").deploy()


@many
@given(supply=supplies, total=totals, part=st.integers(0, 2**64))
def test_assets__of_any_shares__bracket_the_exact_ones(prices, supply, total, part):
    shares = supply * part >> 64
    exact = Fraction(shares * (total + 1), supply + VIRTUAL)
    assert prices.assets_down(shares, supply, total) == math.floor(exact) <= total
    assert prices.assets_up(shares, supply, total) == math.ceil(exact)


@many
@given(supply=supplies, total=totals, part=st.integers(0, 2**64))
def test_shares__of_any_assets__bracket_the_exact_ones(prices, supply, total, part):
    assets = prices.deposit_limit(supply, total) * part >> 64
    exact = Fraction(assets * (supply + VIRTUAL), total + 1)
    assert prices.shares_down(assets, supply, total) == math.floor(exact)
    assert prices.shares_up(assets, supply, total) == math.ceil(exact)


@many
@given(supply=supplies, total=totals)
def test_limits__any_vault__are_the_largest_that_fit(prices, supply, total):
    """No supply overflows however many fees and losses there were, and no limit is stricter than needed."""
    most = prices.deposit_limit(supply, total)
    room = max(MAX_ASSETS - total, 0)
    fits = math.floor(Fraction((MAX_SUPPLY - supply) * (total + 1), supply + VIRTUAL))
    assert most == min(room, fits)
    assert supply + prices.shares_down(most, supply, total) <= MAX_SUPPLY

    shares = prices.mint_limit(supply, total)
    assert math.ceil(Fraction(shares * (total + 1), supply + VIRTUAL)) <= most
    assert math.ceil(Fraction((shares + 1) * (total + 1), supply + VIRTUAL)) > most
