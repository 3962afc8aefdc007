"""Every formula of the trading core against exact rationals, over all that its words can hold (titanoboa)."""

import math
from dataclasses import astuple
from fractions import Fraction
from pathlib import Path
from typing import Any

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.model.arithmetic import LEVERAGES, MAX_CREDIT, MAX_PRICE, MAX_SIZE, MIN_PRICE, PPM, WAD, wad_exp
from tests.helpers.parameters import MarketParams
from tests.helpers.slots import PositionSlot

ROOT = Path(__file__).resolve().parents[2]
MAX_INDEX = 2**87 - 1
MAX_PREMIUM = 2**39 - 1
MAX_CASH, MIN_CASH = 2**127 - 1, -(2**127)
HOUR = 3_600
DECIMALS = (6, 18)

# Calls take a millisecond: ten times the profile's examples.
many = settings(max_examples=10 * settings.default.max_examples)


def skewed(low: int, high: int) -> st.SearchStrategy[int]:
    """Evenly, by magnitude and at the ends."""
    ends = [low, min(low + 1, high), max(high - 1, low), high, *(n for n in (-1, 0, 1) if low <= n <= high)]
    sizes = st.integers(0, max(abs(low), abs(high)).bit_length()).map(lambda bits: 2**bits)
    signed = st.builds(lambda n, s: min(max(n * s, low), high), sizes, st.sampled_from([1, -1]))
    return st.sampled_from(ends) | st.integers(low, high) | signed


sizes = skewed(-MAX_SIZE, MAX_SIZE)
amounts = skewed(1, MAX_SIZE)
marks = skewed(MIN_PRICE, MAX_PRICE)
fill_prices = skewed(1, MAX_PRICE)
indexes = skewed(-MAX_INDEX, MAX_INDEX)
cash = skewed(MIN_CASH, MAX_CASH)
tiers = st.integers(0, 7)
decimals = st.sampled_from(DECIMALS)
rates = skewed(1, PPM)


def trunc(value: Fraction) -> int:
    return math.trunc(value)


@pytest.fixture(scope="module")
def harnesses() -> dict[int, Any]:
    """By decimals of the collateral."""
    boa.interpret.set_search_paths([str(ROOT)])
    token = boa.load_partial(str(ROOT / "contracts" / "FaucetToken.vy"))
    harness = boa.load_partial(str(ROOT / "contracts" / "mocks" / "ArithmeticHarness.vy"))
    return {d: harness.deploy(token.deploy("Test USD", "tUSD", d)) for d in DECIMALS}


@pytest.fixture(scope="module")
def words() -> Any:
    boa.interpret.set_search_paths([str(ROOT)])
    return boa.load(str(ROOT / "contracts" / "mocks" / "WordsHarness.vy"))


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
def test_initial__any_open_interest__is_the_larger_rate_rounded_up_once(harnesses, d, size, tier, market, mark, data):
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

premiums = skewed(-MAX_PREMIUM, MAX_PREMIUM)
elapsed = skewed(1, 2**32 - 1) | st.sampled_from([1, HOUR - 1, HOUR, HOUR + 1, 48 * HOUR, 2**32 - 1])
taus = st.integers(1, 255).map(lambda hours: hours * HOUR)


@many
@given(index=indexes, premium=premiums, elapsed=elapsed, tau=taus, price=marks)
def test_accrue__any__is_the_integral_floored_and_clamped(harnesses, index, premium, elapsed, tau, price):
    charged = min(elapsed, HOUR)
    paid = Fraction(WAD - wad_exp(-(charged * WAD // tau)), WAD)
    grown = index + math.floor(Fraction(premium * price * tau, 8 * HOUR * 10**11) * paid)
    left = Fraction(wad_exp(-(elapsed * WAD // tau)), WAD)
    expected = (max(-MAX_INDEX, min(MAX_INDEX, grown)), trunc(premium * left))
    assert tuple(harnesses[6].accrue(index, premium, elapsed, tau, price)) == expected


@many
@given(elapsed=elapsed, tau=taus)
def test_accrue__decay__is_the_exponential(harnesses, elapsed, tau):
    """The integer exponential against the real one: one unit of premium per 2**39, as much as a double shows."""
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
def test_sample__any__moves_the_premium_by_its_weight(harnesses, premium, price, fill_price, notional, depth, cap_ppm):
    cap = cap_ppm * 10**5
    sampled = max(-cap, min(cap, trunc(Fraction((fill_price - price) * 10**11, price))))
    weight = Fraction(min(notional, depth), depth)
    expected = premium + trunc((sampled - premium) * weight)
    assert harnesses[6].sample(premium, price, fill_price, notional, depth, cap_ppm) == expected
    low, high = sorted((premium, sampled))
    assert low <= expected <= high


# -- a fill


@many
@given(
    d=decimals,
    held=sizes,
    entry_price=fill_prices,
    size=amounts,
    buys=st.booleans(),
    price=fill_prices,
    tiers=st.tuples(tiers, tiers),
    fee_ppm=skewed(0, 2**16 - 1),
    mark=marks,
    index=indexes,
    others=st.tuples(skewed(-(2**120), 2**120), skewed(0, 2**120), skewed(0, 2**119), skewed(0, 2**120), st.booleans()),
    data=st.data(),
)
def test_trade__any_fill__cash_fee_size_and_entry_are_exact(
    harnesses, d, held, entry_price, size, buys, price, tiers, fee_ppm, mark, index, others, data
):
    scale = 10 ** (36 - d)
    maintenance_ppm = data.draw(rates)
    if held != 0 and data.draw(st.booleans()):
        # Against the position, often exactly all of it.
        buys = held < 0
        size = data.draw(st.integers(1, abs(held)) | st.just(abs(held)))
    change = size if buys else -size
    after = held + change
    reduces = held * change < 0 and size <= abs(held)
    if abs(after) > MAX_SIZE:
        return

    def notional(n: int, at: int) -> int:
        return math.ceil(Fraction(abs(n) * at, scale))

    def maintenance(n: int) -> int:
        return math.ceil(Fraction(notional(n, mark) * maintenance_ppm, PPM))

    # Around what makes the fee's limit bite.
    worth = math.floor(Fraction(held * (mark - index), scale))
    start = data.draw(st.integers(-1_000, 1_000).map(lambda more: more - worth - others[0]) | cash)
    start = max(MIN_CASH, min(MAX_CASH, start))
    fee = math.ceil(Fraction(notional(size, price) * fee_ppm, PPM))
    if reduces:
        fee = min(fee, limit_of_fee(start + worth + others[0], others, maintenance, held, after, (price - mark) * -change, scale))
    entry = entry_price
    if not reduces:
        entry = price
        if held * change > 0:
            entry = math.floor(Fraction(abs(held) * entry_price + size * price, abs(after)))
    paid = math.floor(Fraction(size * (price - index), scale))
    word = 7 | 1 << 4 | maintenance_ppm << 5
    found = harnesses[d].trade(
        start, held, entry_price, tiers[0], others, size, buys, price, LEVERAGES[tiers[1]], fee_ppm, word, mark, index
    )
    tier = tiers[0] if reduces else tiers[1]
    assert tuple(found) == (start - (paid if buys else -paid) - fee, after, entry, tier, fee)


def limit_of_fee(
    equity: int, others: tuple[int, ...], maintenance: Any, held: int, after: int, better: int, scale: int
) -> int:
    """The account's share of its equity, a unit less for a part; with an unpriced leg what the price is better."""
    if others[4]:
        return max(0, math.floor(Fraction(better, scale)))
    total = others[2] + maintenance(held)
    share = math.floor(Fraction(equity * (maintenance(held) - maintenance(after)), total))
    return max(0, share if after == 0 else share - 1)


# -- words


@many
@given(
    index=indexes,
    open_interest=skewed(0, 2**96 - 1),
    premium=premiums,
    touched=skewed(0, 2**32 - 1),
)
def test_store__any_market__reads_back(harnesses, index, open_interest, premium, touched):
    params = 1 << 4
    word, market = harnesses[6].store_market(1, params, index, open_interest, premium, touched)
    fields = ((index, 88), (open_interest, 96), (premium, 40), (touched, 32))
    expected = shift = 0
    for number, bits in fields:
        expected |= number % 2**bits << shift
        shift += bits
    assert word == expected
    assert tuple(market) == (params, index, open_interest, premium, touched, 0)


@many
@given(word=st.integers(0, 2**256 - 1), cash=cash | st.sampled_from([MAX_CASH + 1, MIN_CASH - 1, 2**255 - 1, -(2**255)]))
def test_with_cash__any_word__changes_nothing_else(harnesses, word, cash):
    if not MIN_CASH <= cash <= MAX_CASH:
        with boa.reverts("account: cash overflow"):
            harnesses[6].with_cash(word, cash)
        return
    assert tuple(harnesses[6].with_cash(word, cash)) == (word >> 128 << 128 | cash % 2**128, cash)


@many
@given(
    markets=st.lists(st.integers(1, 64), unique=True, max_size=8),
    rest=st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 2**64 - 1)),
    market_id=st.integers(1, 64),
)
def test_with_market__any_list__opens_last_and_closes_without_a_hole(harnesses, markets, rest, market_id):
    def word(ids: list[int]) -> int:
        return rest[0] | sum(m << (128 + 8 * i) for i, m in enumerate(ids)) | rest[1] << 192

    harness = harnesses[6]
    if market_id in markets:
        assert harness.without_market(word(markets), market_id) == word([m for m in markets if m != market_id])
    elif len(markets) == 8:
        with boa.reverts("account: too many markets"):
            harness.with_market(word(markets), market_id)
    else:
        opened = word([*markets, market_id])
        assert harness.with_market(word(markets), market_id) == opened
        assert harness.without_market(opened, market_id) == word(markets)


@many
@given(vault=skewed(0, MAX_CREDIT), treasury=skewed(0, MAX_CREDIT), share=skewed(0, PPM), fees=skewed(0, 2**128))
def test_credit_fees__any__splits_to_the_unit(harnesses, vault, treasury, share, fees):
    part = math.ceil(Fraction(fees * share, PPM))
    expected = (vault + part, treasury + fees - part, share)
    if max(expected[:2]) > MAX_CREDIT:
        with boa.reverts("ledger: credit overflow"):
            harnesses[6].credit_fees(vault, treasury, share, fees)
        return
    assert tuple(harnesses[6].credit_fees(vault, treasury, share, fees)) == expected
