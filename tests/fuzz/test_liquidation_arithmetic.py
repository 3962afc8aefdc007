"""How much is liquidated, what it costs and what becomes of the liquidator, against exact rationals
(titanoboa).
"""

from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import boa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.fuzz.ranges import amounts, decimals, fill_prices, many, marks, sizes, skewed, tiers
from tests.helpers.model.arithmetic import LEVERAGES, MAX_PRICE, MAX_SIZE, PPM

ROOT = Path(__file__).resolve().parents[2]
MINIMUM_SHIFT, MAINTENANCE_SHIFT = 77, 5
MAX_TERMS = 2**24 - 1
minimums = skewed(1, 2**32 - 1)


@pytest.fixture(scope="module")
def waterfall() -> Any:
    boa.interpret.set_search_paths([str(ROOT)])
    return boa.load_partial(str(ROOT / "contracts" / "mocks" / "WaterfallHarness.vy")).deploy()


@st.composite
def markets(draw: st.DrawFn) -> tuple[int, int, int]:
    """Maintenance rate, target, penalty in ppm as Governance allows them at 1x."""
    rate = draw(skewed(1, PPM))
    target = draw(skewed(PPM, min(PPM * PPM // rate, MAX_TERMS)))
    return rate, target, draw(skewed(0, rate // 2))


def words(rate: int, target: int, penalty: int, minimum: int = 1, reward: int = 0) -> tuple[int, int]:
    return rate << MAINTENANCE_SHIFT | minimum << MINIMUM_SHIFT, target | penalty << 24 | reward << 44


def maintenance(size: int, price: int, rate: int, scale: int) -> int:
    return ceil(Fraction(ceil(Fraction(size * price, scale)) * rate, PPM))


@many
@given(d=decimals, size=skewed(0, MAX_SIZE), price=fill_prices, minimum=minimums)
@example(d=18, size=MAX_SIZE, price=MAX_PRICE, minimum=2**32 - 1)
@example(d=6, size=MAX_SIZE, price=MAX_PRICE, minimum=1)
def test_is_below_minimum__any__floored_notional_of_an_open_position(waterfall, d, size, price, minimum):
    scale = 10 ** (36 - d)
    params, _ = words(1, PPM, 0, minimum)
    below = size != 0 and floor(Fraction(size * price, scale)) < minimum * 10 ** (d - 2)
    assert waterfall.is_below_minimum(size, price, params, scale) == below


@many
@given(
    d=decimals,
    held=amounts,
    price=marks,
    market=markets(),
    minimum=minimums,
    data=st.data(),
)
def test_needed__any__is_the_rational_rounded_up(waterfall, d, held, price, market, minimum, data):
    """And the least: a unit of base less would not have healed the account, roundings aside (LIQ-4)."""
    scale = 10 ** (36 - d)
    rate, target, penalty = market
    own = maintenance(held, price, rate, scale)
    # Seven more legs, as large as they come.
    required = own + data.draw(skewed(0, 7 * (MAX_SIZE * MAX_PRICE // scale)))
    assume(required > 0)
    equity = data.draw(skewed(0, required - 1) | st.just(required - 1))
    params, terms = words(rate, target, penalty, minimum)
    healed = Fraction(target * rate, PPM * PPM) - Fraction(penalty, PPM)
    exact = (Fraction(target * required, PPM) - equity) * scale / (price * healed)
    size = ceil(exact)
    left = held - size
    if size >= held or floor(Fraction(left * price, scale)) < minimum * 10 ** (d - 2):
        size = held
    assert waterfall.needed(equity, required, held, price, params, terms, scale) == size
    assert 0 < size <= held


@many
@given(d=decimals, held=amounts, price=marks, market=markets(), equity=skewed(-(2**128), -1))
def test_needed__bankrupt__all(waterfall, d, held, price, market, equity):
    params, terms = words(*market)
    assert waterfall.needed(equity, 1, held, price, params, terms, 10 ** (36 - d)) == held


@pytest.mark.parametrize("d", [6, 18])
@pytest.mark.parametrize("rate", [1, PPM])
@pytest.mark.parametrize("target", [PPM, MAX_TERMS])
def test_needed__largest_of_eight_legs__does_not_overflow(waterfall, d, rate, target):
    """Eight positions as large as the fields at the highest price; targets beyond what Governance allows."""
    scale = 10 ** (36 - d)
    required = 8 * maintenance(MAX_SIZE, MAX_PRICE, rate, scale)
    params, terms = words(rate, target, rate // 2)
    for equity in (0, required - 1):
        assert waterfall.needed(equity, required, MAX_SIZE, MAX_PRICE, params, terms, scale) <= MAX_SIZE
    # And against the smallest leg.
    assert waterfall.needed(0, required, 1, 10**6, params, terms, scale) == 1


@many
@given(
    d=decimals,
    size=amounts,
    price=marks,
    penalty=skewed(0, PPM // 2),
    share=skewed(0, 2**128),
    data=st.data(),
)
def test_penalty__any__capped_and_split_to_the_unit(waterfall, d, size, price, penalty, share, data):
    scale = 10 ** (36 - d)
    reward = data.draw(skewed(0, penalty))
    _, terms = words(1, PPM, penalty, reward=reward)
    notional = Fraction(size * price, scale)
    full = ceil(Fraction(ceil(notional) * penalty, PPM))
    if data.draw(st.booleans()):
        share = max(0, full + data.draw(st.integers(-2, 2)))
    pays = min(full, share)
    gets = min(pays, floor(Fraction(floor(notional) * reward, PPM)))
    assert tuple(waterfall.penalty(size, price, terms, scale, share)) == (pays, gets)


@many
@given(size=sizes, entry=fill_prices, price=fill_prices, tier=tiers, new=tiers, data=st.data())
def test_traded__any_takeover__size_entry_and_tier(waterfall, size, entry, price, tier, new, data):
    change = data.draw(sizes | st.just(-size))
    assume(change != 0)
    after = size + change
    leverage = LEVERAGES[new]
    reduces = size * change < 0 and abs(change) <= abs(size)
    if not reduces and abs(after) > MAX_SIZE:
        with boa.reverts("fill: size overflow"):
            waterfall.traded(size, entry, tier, change, price, leverage, 7)
        return
    if after == 0:
        expected = (0, 0, 0)
    elif reduces:
        # Whatever the leverage says.
        leverage = data.draw(st.sampled_from([0, 7, 2**256 - 1, leverage]))
        expected = (after, entry, tier)
    elif size * change > 0:
        expected = (after, floor(Fraction(abs(size) * entry + abs(change) * price, abs(after))), new)
    else:
        expected = (after, price, new)
    assert tuple(waterfall.traded(size, entry, tier, change, price, leverage, 7)) == expected


@many
@given(
    size=st.sampled_from([0, 1, -1]),
    change=skewed(2, 2**94),
    leverage=skewed(0, 2**256 - 1) | st.integers(0, 300) | st.sampled_from(LEVERAGES),
    max_tier=tiers,
)
def test_traded__leverage__must_be_a_tier_of_the_market(waterfall, size, change, leverage, max_tier):
    if leverage in LEVERAGES[: max_tier + 1]:
        assert waterfall.traded(size, 5, 0, change, 7, leverage, max_tier)[2] == LEVERAGES.index(leverage)
    else:
        with boa.reverts("market: bad leverage"):
            waterfall.traded(size, 5, 0, change, 7, leverage, max_tier)
