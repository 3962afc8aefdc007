"""Every rounding helper against exact rationals, over all that the protocol can hold (titanoboa)."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
MAX_SIZE = 2**95 - 1
MIN_PRICE, MAX_PRICE = 10**6, 2**88 - 1
MAX_INDEX = 2**87 - 1
MAX_UINT, MAX_INT, MIN_INT = 2**256 - 1, 2**255 - 1, -(2**255)
LEVERAGES = [1, 2, 3, 5, 10, 20, 50, 100]

# Calls take a millisecond: twenty times the profile's examples.
many = settings(max_examples=20 * settings.default.max_examples)

# 18 and 6 collateral decimals.
scales = st.sampled_from([10**18, 10**30])
prices = st.integers(MIN_PRICE, MAX_PRICE) | st.sampled_from([MIN_PRICE, 10**18, MAX_PRICE])
sizes = st.integers(0, MAX_SIZE) | st.sampled_from([0, 1, 10**15, 10**18, MAX_SIZE])
signed_sizes = st.builds(lambda size, sign: size * sign, sizes, st.sampled_from([1, -1]))
indexes = st.integers(-MAX_INDEX, MAX_INDEX) | st.sampled_from([-MAX_INDEX, -1, 0, 1, MAX_INDEX])


@st.composite
def near_multiples(draw: st.DrawFn, low: int, high: int) -> tuple[int, int]:
    """A numerator within one of a multiple of the denominator, where rounding goes wrong if it does."""
    denominator = draw(st.integers(1, high))
    quotient = draw(st.integers(-((-low) // denominator), high // denominator))
    numerator = quotient * denominator + draw(st.sampled_from([-1, 0, 1]))
    return min(max(numerator, low), high), denominator


unsigned = near_multiples(0, MAX_UINT) | st.tuples(st.integers(0, MAX_UINT), st.integers(1, MAX_UINT))
signed = (
    near_multiples(MIN_INT, MAX_INT)
    | st.tuples(st.integers(MIN_INT, MAX_INT), st.integers(1, MAX_INT))
    | st.tuples(st.sampled_from([MIN_INT, MIN_INT + 1, -1, 0, 1, MAX_INT]), st.sampled_from([1, 2, MAX_INT]))
)


@pytest.fixture(scope="module")
def words() -> Any:
    boa.interpret.set_search_paths([str(ROOT)])
    return boa.load(str(ROOT / "contracts" / "mocks" / "WordsHarness.vy"))


@many
@given(pair=unsigned)
def test_div_up__any__is_the_ceiling(words, pair):
    assert words.div_up(*pair) == math.ceil(Fraction(*pair))


@many
@given(pair=signed)
def test_floor_div__any__is_the_floor(words, pair):
    assert words.floor_div(*pair) == math.floor(Fraction(*pair))


@many
@given(pair=signed)
def test_trunc_div__any__is_toward_zero(words, pair):
    assert words.trunc_div(*pair) == math.trunc(Fraction(*pair))


@many
@given(size=sizes, price=prices, scale=scales)
def test_notional__any__brackets_the_exact_one(words, size, price, scale):
    exact = Fraction(size * price, scale)
    assert words.notional_up(size, price, scale) == math.ceil(exact)
    assert words.notional_down(size, price, scale) == math.floor(exact)


@many
@given(size=signed_sizes, price=prices, index=indexes, scale=scales)
def test_floor_div__of_a_position__is_its_value(words, size, price, index, scale):
    unit_price = price - index
    exact = Fraction(size * unit_price, scale)
    long, short = (words.floor_div(side * unit_price, scale) for side in (size, -size))
    assert long == math.floor(exact)
    assert long + short == (0 if exact.denominator == 1 else -1)


def test_leverage_of__every_tier__is_the_table(words):
    assert [words.leverage_of(tier) for tier in range(8)] == LEVERAGES


def test_tier_of__every_leverage__inverts_the_table(words):
    for leverage in range(300):
        assert words.tier_of(leverage) == (LEVERAGES.index(leverage) if leverage in LEVERAGES else 8)


@given(leverage=st.integers(101, MAX_UINT) | st.sampled_from([2**8 + 1, 2**64 + 1, MAX_UINT]))
def test_tier_of__too_large__is_no_tier(words, leverage):
    assert words.tier_of(leverage) == 8
