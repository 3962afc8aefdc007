"""Funding: hand-worked charges and samples, and the exact integral with a stated bound."""

from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.model.market import MAX_INDEX, PREMIUM_ONE, Funding, Market, ppm_of
from tests.unit.model.scenario import PARAMS, USD, WAD

HOUR = 3600
SCALE = 10**30
TENTH_OF_A_PERCENT = PREMIUM_ONE // 1000


def test_accrued__an_hour_at_a_tenth_of_a_percent__charges_the_integral() -> None:
    touched = Funding(premium=TENTH_OF_A_PERCENT).accrued(HOUR, 2_000 * WAD, 8 * HOUR)
    # 0.001 * 2,000 * (1 - exp(-1/8)) = 0.2350061948308..., and the premium decays by exp(-1/8).
    assert touched.index // 10**8 == 2_350_061_948
    assert touched.premium == 88_249_690
    assert touched.touched == HOUR


def test_accrued__a_day_without_a_touch__charges_one_hour_and_decays_a_day() -> None:
    start = Funding(premium=TENTH_OF_A_PERCENT)
    day = start.accrued(24 * HOUR, 2_000 * WAD, 8 * HOUR)
    assert day.index == start.accrued(HOUR, 2_000 * WAD, 8 * HOUR).index
    # 1e8 * exp(-3) = 4,978,706.8
    assert day.premium == 4_978_706
    assert day.touched == 24 * HOUR


def test_accrued__negative_premium__floors_the_index_and_truncates_the_premium() -> None:
    touched = Funding(premium=-1).accrued(HOUR, 10**6, HOUR)
    assert (touched.index, touched.premium) == (-1, 0)


def test_accrued__no_time_passed__changes_nothing() -> None:
    start = Funding(5, TENTH_OF_A_PERCENT, HOUR)
    assert start.accrued(HOUR, 2_000 * WAD, 8 * HOUR) == start


def test_accrued__index_at_its_limit__stays_there() -> None:
    start = Funding(MAX_INDEX - 1, TENTH_OF_A_PERCENT)
    assert start.accrued(HOUR, 2_000 * WAD, 8 * HOUR).index == MAX_INDEX
    start = Funding(1 - MAX_INDEX, -TENTH_OF_A_PERCENT)
    assert start.accrued(HOUR, 2_000 * WAD, 8 * HOUR).index == -MAX_INDEX


def test_accrue__without_a_valid_price__not_even_the_clock() -> None:
    market = Market(PARAMS, SCALE, funding=Funding(1, TENTH_OF_A_PERCENT, 0))
    assert market.accrue(HOUR, 2_000 * WAD, False) == market


@given(
    st.integers(-(10**11), 10**11),
    st.integers(10**6, 10**24),
    st.integers(1, 255),
    st.integers(1, 30 * HOUR),
)
def test_accrued__any__is_the_exact_integral_within_the_bound(
    premium: int, price: int, hours: int, elapsed: int
) -> None:
    tau = hours * HOUR
    touched = Funding(premium=premium).accrued(elapsed, price, tau)
    with localcontext() as context:
        context.prec = 80
        charged = Decimal(min(elapsed, HOUR))
        rate = Decimal(premium) * price * tau / (8 * HOUR) / PREMIUM_ONE
        index = rate * (1 - (-charged / tau).exp())
        # Two units of the exponential (its own and its truncated argument's), one of the floor.
        assert abs(touched.index - index) <= abs(rate) * 2 / WAD + 1
        decayed = premium * (-Decimal(elapsed) / tau).exp()
        assert abs(touched.premium - decayed) <= abs(Decimal(premium)) * 2 / WAD + 1


@given(
    st.integers(-(10**9), 10**9),
    st.integers(10**18, 10**24),
    st.lists(st.integers(1, HOUR), min_size=1, max_size=12),
)
def test_accrued__in_steps_at_one_mark__charges_what_one_hour_would(
    premium: int, price: int, steps: list[int]
) -> None:
    """Cadence changes what is paid only by the mark's move, and by one unit of rounding per touch."""
    elapsed = min(sum(steps), HOUR)
    now, stepped = 0, Funding(premium=premium)
    for step in steps:
        now = min(now + step, elapsed)
        stepped = stepped.accrued(now, price, 8 * HOUR)
    at_once = Funding(premium=premium).accrued(elapsed, price, 8 * HOUR)
    # A truncated unit of premium is worth at most price / 1e11 of index for every later touch.
    bound = len(steps) * (price // PREMIUM_ONE + 2 * abs(premium) * price // (PREMIUM_ONE * WAD) + 2)
    assert abs(stepped.index - at_once.index) <= bound
    assert abs(stepped.premium - at_once.premium) <= 2 * len(steps)


@pytest.mark.parametrize(
    ("start", "fill_price", "size", "premium"),
    [
        # Half a percent above; 100 * 2,000 is a fifth of the depth of a million.
        (0, 2_010, 100, 100_000_000),
        (0, 1_990, 100, -100_000_000),
        # Beyond the cap of one percent.
        (0, 2_090, 100, 200_000_000),
        # A fill at the depth or beyond replaces the premium.
        (777, 2_010, 500, 500_000_000),
        (777, 2_010, 5_000, 500_000_000),
        # A fill at the mark pulls toward zero.
        (100_000_000, 2_000, 250, 50_000_000),
    ],
)
def test_sample__by_hand(start: int, fill_price: int, size: int, premium: int) -> None:
    market = Market(PARAMS, SCALE, funding=Funding(premium=start))
    moved = market.sample(size * WAD, fill_price * WAD, 2_000 * WAD)
    assert moved.funding == Funding(premium=premium)


@given(
    st.integers(-(10**9), 10**9),
    st.integers(10**6, 2**88 - 1),
    st.integers(10**6, 2**88 - 1),
    st.integers(1, 10**24),
)
def test_sample__any__stays_between_the_old_premium_and_the_cap(
    premium: int, mark: int, fill_price: int, size: int
) -> None:
    market = Market(PARAMS, SCALE, funding=Funding(premium=premium))
    moved = market.sample(size, fill_price, mark).funding.premium
    assert abs(moved) <= PARAMS.premium_cap == 10**9
    up = fill_price * PREMIUM_ONE - mark * PREMIUM_ONE >= premium * mark
    assert moved >= premium if up else moved <= premium


def test_market__requirements__use_its_parameters_and_open_interest() -> None:
    market = Market(PARAMS, SCALE, open_interest=7_500 * WAD)
    assert market.initial(-3 * WAD // 2, 2_000 * WAD, 10) == 1_575 * USD
    assert market.maintenance(-3 * WAD // 2, 2_000 * WAD) == 60 * USD


def test_ppm_of__finer_than_parts_per_million__is_refused() -> None:
    assert ppm_of(500 * 10**12) == 500
    with pytest.raises(ValueError, match="parts per million"):
        ppm_of(500 * 10**12 + 1)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"max_leverage": 25}, "tier"),
        ({"open_interest_upper": 5_000 * WAD}, "bounds"),
        ({"funding_depth": 0}, "positive"),
        ({"price_band": 1}, "parts per million"),
        ({"funding_cap": 1}, "parts per million"),
    ],
)
def test_params__that_no_market_can_have__are_refused(change: dict[str, int], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(PARAMS, **change)
