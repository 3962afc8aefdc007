"""The model's arithmetic against hand-worked numbers, fractions and Decimal."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.model import arithmetic
from tests.helpers.model.arithmetic import WAD

SCALE = 10**30
SIZES = st.integers(1, arithmetic.MAX_SIZE)
PRICES = st.integers(arithmetic.MIN_PRICE, arithmetic.MAX_PRICE)
SIGNED = st.integers(-(2**200), 2**200)


@pytest.mark.parametrize(
    ("numerator", "floored", "raised", "truncated"),
    [(7, 3, 4, 3), (-7, -4, -3, -3), (6, 3, 3, 3), (-6, -3, -3, -3), (0, 0, 0, 0)],
)
def test_divisions__by_two__round_as_named(numerator: int, floored: int, raised: int, truncated: int) -> None:
    assert arithmetic.floor_div(numerator, 2) == floored
    assert arithmetic.ceil_div(numerator, 2) == raised
    assert arithmetic.trunc_div(numerator, 2) == truncated


@given(SIGNED, st.integers(1, 2**200))
def test_divisions__any__equal_the_fraction_rounded(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert arithmetic.floor_div(numerator, denominator) == math.floor(exact)
    assert arithmetic.ceil_div(numerator, denominator) == math.ceil(exact)
    assert arithmetic.trunc_div(numerator, denominator) == math.trunc(exact)


@pytest.mark.parametrize(("decimals", "scale"), [(6, 10**30), (18, 10**18)])
def test_scale_of__decimals__turns_size_times_price_into_quote_units(decimals: int, scale: int) -> None:
    assert arithmetic.scale_of(decimals) == scale
    one_and_a_half_at_2000 = arithmetic.notional_up(3 * WAD // 2, 2_000 * WAD, scale)
    assert one_and_a_half_at_2000 == 3_000 * 10**decimals


def test_notional__fraction_of_a_unit__rounds_as_named() -> None:
    # 1e-18 base at 2,000 is 2e-15 dollars, far below the unit of 1e-6.
    assert arithmetic.notional_up(-1, 2_000 * WAD, SCALE) == 1
    assert arithmetic.notional_down(-1, 2_000 * WAD, SCALE) == 0


def test_value__long_and_short_of_the_same_size__sum_to_minus_the_rounding() -> None:
    # 1 base at 1 less a funding index of a third: 0.6666667 dollars for the long, floored both ways.
    index = WAD // 3
    assert arithmetic.value(WAD, WAD, index, SCALE) == 666_666
    assert arithmetic.value(-WAD, WAD, index, SCALE) == -666_667


@pytest.mark.parametrize(
    ("open_interest", "leverage", "dollars"),
    [
        # 1.5 at 2,000: a notional of 3,000; below the lower bound only the leverage counts.
        (5_000, 10, 300),
        (5_000, 20, 150),
        # Half-way: 1/20 + 0.5 * 19/20 = 0.525.
        (7_500, 10, 1_575),
        (7_500, 1, 3_000),
        # At and beyond the upper bound everything is 1x.
        (10_000, 20, 3_000),
        (12_000, 20, 3_000),
    ],
)
def test_initial_requirement__by_hand(open_interest: int, leverage: int, dollars: int) -> None:
    required = arithmetic.initial_requirement(
        3 * WAD // 2,
        2_000 * WAD,
        leverage,
        open_interest=open_interest * WAD,
        lower=5_000 * WAD,
        upper=10_000 * WAD,
        max_leverage=20,
        scale=SCALE,
    )
    assert required == dollars * 10**6


@given(
    SIZES,
    PRICES,
    st.sampled_from(arithmetic.LEVERAGES),
    st.sampled_from(arithmetic.LEVERAGES),
    st.integers(0, 2**62),
    st.integers(0, 2**62),
    st.integers(1, 2**62),
)
def test_initial_requirement__any__is_the_design_formula_rounded_up_once(
    size: int,
    price: int,
    leverage: int,
    max_leverage: int,
    open_interest: int,
    lower: int,
    width: int,
) -> None:
    base = Fraction(1, max_leverage)
    crowding = max(Fraction(0), Fraction(open_interest - lower, width))
    fraction = max(Fraction(1, leverage), min(Fraction(1), base + crowding * (1 - base)))
    notional = math.ceil(Fraction(size * price, SCALE))
    assert arithmetic.initial_requirement(
        size,
        price,
        leverage,
        open_interest=open_interest,
        lower=lower,
        upper=lower + width,
        max_leverage=max_leverage,
        scale=SCALE,
    ) == math.ceil(notional * fraction)


@given(SIZES, PRICES, st.integers(0, 10**6))
def test_maintenance_requirement__any__is_the_rounded_up_fraction(size: int, price: int, ppm: int) -> None:
    notional = math.ceil(Fraction(size * price, SCALE))
    required = arithmetic.maintenance_requirement(-size, price, ppm, SCALE)
    assert required == math.ceil(Fraction(notional * ppm, 10**6))


@pytest.mark.parametrize(
    ("is_long", "entry", "price", "percent"),
    [(True, 100, 110, 50), (True, 100, 90, -50), (False, 100, 90, 50), (False, 100, 250, -750)],
)
def test_roe__five_times_leverage__by_hand(is_long: bool, entry: int, price: int, percent: int) -> None:
    assert arithmetic.roe(is_long, 5, entry * WAD, price * WAD) == percent * WAD // 100


@given(st.booleans(), st.sampled_from(arithmetic.LEVERAGES), PRICES, PRICES)
def test_roe__any__is_the_floored_fraction(is_long: bool, leverage: int, entry: int, price: int) -> None:
    gain = Fraction(price - entry, entry) * (1 if is_long else -1)
    assert arithmetic.roe(is_long, leverage, entry, price) == math.floor(leverage * gain * WAD)


def test_average_entry__two_thirds_at_100_one_third_at_101__floors() -> None:
    entry = arithmetic.average_entry(-2 * WAD, 100 * WAD, WAD, 101 * WAD)
    assert entry == 100_333_333_333_333_333_333


@given(SIZES, PRICES, SIZES, PRICES)
def test_average_entry__any__lies_between_and_loses_less_than_one(
    size: int, entry: int, added: int, price: int
) -> None:
    average = arithmetic.average_entry(size, entry, added, price)
    exact = Fraction(size * entry + added * price, size + added)
    assert 0 <= exact - average < 1
    assert min(entry, price) <= average <= max(entry, price)


@pytest.mark.parametrize(
    ("size", "pnl", "locked"),
    # A third of a dollar of profit or loss per base.
    [(WAD, 333_333, 333_334), (-WAD, -333_334, 0)],
)
def test_pnl__a_third__floors_for_the_view_and_rounds_up_for_the_lock(
    size: int, pnl: int, locked: int
) -> None:
    price = 100 * WAD + WAD // 3 + 1
    # (price - 100) * 1e18 / 1e30 is 333,333.33..4 quote units.
    assert arithmetic.unrealized_pnl(size, 100 * WAD, price, SCALE) == pnl
    assert arithmetic.positive_pnl(size, 100 * WAD, price, SCALE) == locked


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**12), st.data())
def test_equity_share__any__never_lowers_equity_over_maintenance(
    equity: int, maintenance: int, data: st.DataObject
) -> None:
    after = data.draw(st.integers(0, maintenance))
    share = arithmetic.equity_share(equity, maintenance, after)
    exact = Fraction(equity * (maintenance - after), maintenance)
    assert 0 <= exact - share < 1
    assert (equity - share) * maintenance >= equity * after


def test_equity_share__no_maintenance__releases_everything() -> None:
    assert arithmetic.equity_share(12, 0, 0) == 12


@pytest.mark.parametrize(
    ("size", "stale_move_ppm", "price"),
    [(1, 100_000, 220), (-1, 100_000, 180), (1, 10**6, 400), (-1, 10**6, 0), (-1, 2 * 10**6, 0)],
)
def test_favourable_price__last_at_200__moves_for_the_account(
    size: int, stale_move_ppm: int, price: int
) -> None:
    assert arithmetic.favourable_price(size, 200, stale_move_ppm) == price


@given(st.integers(-42 * WAD, 0))
def test_wad_exp__up_to_zero__is_within_one_unit_of_the_exact_exponential(x: int) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = (Decimal(x) / WAD).exp() * WAD
        # One unit of 1e-18: the result is floored to it, and the approximation is finer.
        assert abs(Decimal(arithmetic.wad_exp(x)) - exact) < 1


@given(st.integers(0, 100 * WAD))
def test_wad_exp__above_zero__is_within_1e_17_relative_of_the_exact_exponential(x: int) -> None:
    with localcontext() as context:
        context.prec = 80
        exact = (Decimal(x) / WAD).exp() * WAD
        assert abs(Decimal(arithmetic.wad_exp(x)) / exact - 1) < Decimal("1e-17")


@pytest.mark.parametrize(
    ("x", "result"),
    [
        (0, WAD),
        (-1, WAD - 1),
        (WAD, 2_718_281_828_459_045_235),
        (-WAD, 367_879_441_171_442_321),
        # The last argument whose exponential is not rounded to nothing, and the next.
        (-41_446_531_673_892_822_312, 1),
        (-41_446_531_673_892_822_313, 0),
        (-(2**255), 0),
    ],
)
def test_wad_exp__known_points(x: int, result: int) -> None:
    assert arithmetic.wad_exp(x) == result


def test_wad_exp__too_large__is_refused() -> None:
    with pytest.raises(OverflowError, match="math: wad_exp overflow"):
        arithmetic.wad_exp(135_305_999_368_893_231_589)
