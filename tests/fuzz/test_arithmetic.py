"""Margin and funding against exact rationals, over all that the words can hold (titanoboa)."""

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.ranges import (
    HOUR,
    MAX_INDEX,
    MAX_PREMIUM,
    cash,
    decimals,
    fill_prices,
    indexes,
    many,
    marks,
    premiums,
    rates,
    sizes,
    skewed,
    tiers,
)
from tests.helpers.model.arithmetic import (
    LEVERAGES,
    MAX_SIZE,
    MIN_PRICE,
    WAD,
    wad_exp,
)
from tests.helpers.parameters import MarketParams


@st.composite
def packed(draw: st.DrawFn) -> tuple[MarketParams, int]:
    """Margin-relevant parameters and their word."""
    tier, maintenance = draw(tiers), draw(rates)
    cap_units = draw(skewed(1, MAX_SIZE // 10**15))
    lower = draw(skewed(0, 2**16 - 2))
    upper = draw(skewed(lower + 1, 2**16 - 1))
    part = cap_units * 10**11
    params = MarketParams(
        max_leverage=LEVERAGES[tier],
        maintenance_rate=maintenance * 10**12,
        open_interest_cap=cap_units * 10**15,
        open_interest_lower=lower * part,
        open_interest_upper=upper * part,
    )
    word = tier | 1 << 4 | maintenance << 5 | cap_units << 109 | lower << 160 | upper << 176
    return params, word


# -- margin


@many
@given(d=decimals, size=sizes, price=fill_prices, index=indexes)
def test_value__any_position__is_floored(harnesses, d, size, price, index):
    exact = Fraction(size * (price - index), 10 ** (36 - d))
    assert harnesses[d].value(size, price, index) == math.floor(exact)


@many
@given(d=decimals, size=sizes, market=packed(), mark=marks)
def test_maintenance__any_position__rounds_up_twice(harnesses, d, size, market, mark):
    params, word = market
    notional = math.ceil(Fraction(abs(size) * mark, 10 ** (36 - d)))
    expected = math.ceil(Fraction(notional * params.maintenance_rate, WAD))
    assert harnesses[d].maintenance(size, word, mark) == expected


@many
@given(d=decimals, size=sizes, tier=tiers, market=packed(), mark=marks, data=st.data())
def test_initial__any_open_interest__is_the_larger_rate_rounded_up_once(
    harnesses, d, size, tier, market, mark, data
):
    params, word = market
    lower, upper = params.open_interest_lower, params.open_interest_upper
    edges = [e for e in (lower - 1, lower, lower + 1, upper - 1, upper, upper + 1) if 0 <= e < 2**96]
    between = st.integers(min(lower, 2**96 - 1), min(upper, 2**96 - 1))
    open_interest = data.draw(st.sampled_from([0, *edges]) | between | skewed(0, 2**96 - 1))
    base = Fraction(1, params.max_leverage)
    above = Fraction(max(0, open_interest - lower), upper - lower)
    imf = min(Fraction(1), base + above * (1 - base))
    notional = math.ceil(Fraction(abs(size) * mark, 10 ** (36 - d)))
    expected = math.ceil(notional * max(Fraction(1, LEVERAGES[tier]), imf))
    assert harnesses[d].initial(size, tier, word, mark, open_interest) == expected


@many
@given(d=decimals, size=sizes, price=marks, entry_price=fill_prices)
def test_profit_up__any_position__rounds_up_and_is_never_negative(harnesses, d, size, price, entry_price):
    exact = Fraction(size * (price - entry_price), 10 ** (36 - d))
    assert harnesses[d].profit_up(size, price, entry_price) == max(0, math.ceil(exact))


@many
@given(cash=cash, value=skewed(-(2**128), 2**128), initial=skewed(0, 2**128), profit=skewed(0, 2**128))
def test_withdrawable__any__is_what_is_left_above_zero(harnesses, cash, value, initial, profit):
    assert harnesses[6].withdrawable(cash, value, initial, profit) == max(0, cash + value - initial - profit)


# -- funding

elapsed = skewed(1, 2**32 - 1) | st.sampled_from([1, HOUR - 1, HOUR, HOUR + 1, 48 * HOUR, 2**32 - 1])
taus = st.integers(1, 255).map(lambda hours: hours * HOUR)


@many
@given(index=indexes, premium=premiums, elapsed=elapsed, tau=taus, price=marks)
def test_accrue__any__is_the_integral_floored_and_clamped(harnesses, index, premium, elapsed, tau, price):
    charged = min(elapsed, HOUR)
    paid = Fraction(WAD - wad_exp(-(charged * WAD // tau)), WAD)
    grown = index + math.floor(Fraction(premium * price * tau, 8 * HOUR * 10**11) * paid)
    left = Fraction(wad_exp(-(elapsed * WAD // tau)), WAD)
    expected = (max(-MAX_INDEX, min(MAX_INDEX, grown)), math.trunc(premium * left))
    assert tuple(harnesses[6].accrue(index, premium, elapsed, tau, price)) == expected


@many
@given(elapsed=elapsed, tau=taus)
def test_accrue__decay__is_the_exponential(harnesses, elapsed, tau):
    """The integer exponential against the real one, to the unit of the largest premium."""
    _, left = harnesses[6].accrue(0, MAX_PREMIUM, elapsed, tau, MIN_PRICE)
    assert abs(left - MAX_PREMIUM * math.exp(-elapsed / tau)) < 1.01


@many
@given(
    premium=premiums,
    price=marks,
    fill_price=fill_prices,
    notional=skewed(0, 2**124),
    depth=st.builds(lambda tokens, d: tokens * 10**d, skewed(1, 2**36 - 1), decimals),
    cap_ppm=skewed(0, 2**19),
)
def test_sample__any__moves_the_premium_by_its_weight(
    harnesses, premium, price, fill_price, notional, depth, cap_ppm
):
    cap = cap_ppm * 10**5
    sampled = max(-cap, min(cap, math.trunc(Fraction((fill_price - price) * 10**11, price))))
    weight = Fraction(min(notional, depth), depth)
    expected = premium + math.trunc((sampled - premium) * weight)
    assert harnesses[6].sample(premium, price, fill_price, notional, depth, cap_ppm) == expected
    low, high = sorted((premium, sampled))
    assert low <= expected <= high
