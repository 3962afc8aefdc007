"""The share of each leg against fractions and by hand."""

import math
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.model.bankruptcy import Leg, Standing, share, whole_share
from tests.unit.model.scenario import NO_FEES, PARAMS, USD, WAD, Scenario, refused, traded
from tests.unit.model.trouble import TROUBLED, Trouble

LEGS = st.lists(
    st.builds(Leg, st.just(0) | st.integers(0, 10**12), st.integers(1, 10**9)), min_size=1, max_size=8
)
SEEDS = st.integers(0, 2**32 - 1)
DEBTS = st.integers(1, 9) | st.integers(1, 10**13)


def bankrupt(debt: int, legs: list[Leg]) -> Standing:
    return Standing(-debt, sum(leg.maintenance for leg in legs), dict(enumerate(legs)))


@given(DEBTS, LEGS)
def test_shortfall__any_legs__is_the_design_fraction_rounded_up(debt: int, legs: list[Leg]) -> None:
    seen = bankrupt(debt, legs)
    for i, leg in enumerate(legs):
        if seen.losses >= debt:
            exact = Fraction(debt * leg.loss, seen.losses)
        else:
            exact = leg.loss + Fraction((debt - seen.losses) * leg.maintenance, seen.maintenance)
        assert seen.shortfall(i) == math.ceil(exact)


@given(DEBTS, LEGS)
def test_shortfall__all_legs__cover_the_debt_and_none_exceeds_it(debt: int, legs: list[Leg]) -> None:
    parts = [bankrupt(debt, legs).shortfall(i) for i in range(len(legs))]
    assert all(0 <= part <= debt for part in parts)
    # Each leg is rounded up by less than one unit.
    assert debt <= sum(parts) < debt + len(legs)


@given(DEBTS, LEGS, st.randoms(use_true_random=False))
def test_shortfall__legs_paid_one_after_the_other__leaves_nothing(
    debt: int, legs: list[Leg], rng: Random
) -> None:
    rest = rng.sample(legs, len(legs))
    while rest and debt > 0:
        debt -= bankrupt(debt, rest).shortfall(0)
        rest.pop(0)
    assert debt == 0


@pytest.mark.parametrize(
    ("equity", "legs", "shortfalls"),
    [
        # Losses of 300 and 100 explain the 100: three quarters, one quarter.
        (-100, [Leg(300, 7), Leg(100, 7)], [75, 25]),
        # Losses that explain one unit more than all of it.
        (-99, [Leg(100, 1), Leg(0, 9)], [99, 0]),
        # A winner carries nothing, however much maintenance it has.
        (-100, [Leg(200, 1), Leg(0, 99)], [100, 0]),
        # 60 are explained by losses, the other 40 go 1 : 3 by maintenance.
        (-100, [Leg(60, 10), Leg(0, 30)], [70, 30]),
        # A single leg carries everything, also what no loss explains.
        (-100, [Leg(0, 5)], [100]),
        # Thirds are rounded up.
        (-100, [Leg(1, 1), Leg(1, 1), Leg(1, 1)], [34, 34, 34]),
    ],
)
def test_shortfall__by_hand(equity: int, legs: list[Leg], shortfalls: list[int]) -> None:
    seen = bankrupt(-equity, legs)
    assert [seen.shortfall(i) for i in range(len(legs))] == shortfalls


def test_shortfall__solvent__nothing() -> None:
    assert Standing(0, 9, {1: Leg(5, 9)}).shortfall(1) == 0
    assert whole_share(-1, 5, 5, 9, 9) == -1


@given(SEEDS, st.integers(-(10**9), 10**10))
def test_share__part_of_a_leg_in_a_book__is_the_fraction_rounded_down(seed: int, equity: int) -> None:
    book = Trouble(seed, equity)
    state, account = book.protocol.state, book.account(TROUBLED)
    for market_id in book.priced_legs():
        market, mark = state.markets[market_id], book.protocol.mark(market_id)
        size = account.size(market_id)
        part = book.rng.randint(1, abs(size))
        taken = share(state, account, book.protocol.mark, market_id, part)
        if equity < 0:
            exact = Fraction(-book.protocol.shortfall(TROUBLED, market_id) * part, abs(size))
        else:
            _, total = book.protocol.waterfall_values(TROUBLED)
            left = market.maintenance(abs(size) - part, mark.price)
            exact = Fraction(equity * (market.maintenance(size, mark.price) - left), total)
        assert taken == math.floor(exact)


@given(SEEDS, st.integers(-(10**9), 10**10))
def test_bankruptcy_quote__part_of_a_leg__is_the_price_at_which_its_share_is_gone(
    seed: int, equity: int
) -> None:
    book = Trouble(seed, equity)
    state, account = book.protocol.state, book.account(TROUBLED)
    for market_id in book.priced_legs():
        size, mark = account.size(market_id), book.protocol.mark(market_id)
        part = book.rng.randint(1, abs(size))
        carried = share(state, account, book.protocol.mark, market_id, part)
        sold = part if size > 0 else -part
        exact = Fraction(sold * mark.price, state.markets[market_id].scale) - carried
        quote = book.protocol.bankruptcy_quote(TROUBLED, market_id, part)
        # The difference of two floored values, and one truncated funding term: less than one unit each.
        assert abs(quote - exact) < 2


@pytest.mark.parametrize(
    ("price", "quote", "shortfall"),
    [
        # 200 of margin on a long of 1 from 2,000: it is gone at 1,800.
        (1_900, 1_800, 0),
        (1_800, 1_800, 0),
        (1_700, 1_800, 100),
    ],
)
def test_bankruptcy_quote__single_long__is_where_its_margin_ends(
    price: int, quote: int, shortfall: int
) -> None:
    world, long, _ = traded()
    world.account(long).cash -= 800 * USD
    world.set_price(1, price * WAD)
    assert world.protocol.bankruptcy_quote(long, 1, WAD) == quote * USD
    assert world.protocol.bankruptcy_quote(long, 1, WAD // 2) == quote * USD // 2
    assert world.protocol.shortfall(long, 1) == shortfall * USD


def test_bankruptcy_quote__short_with_funding__pays_and_counts_what_was_paid() -> None:
    world, _, short = traded()
    world.account(short).cash -= 800 * USD
    market = world.protocol.state.markets[1]
    # Longs have paid 10 a base since listing: to the short's cash, in the end.
    world.protocol.state.markets[1] = replace(market, funding=replace(market.funding, index=10 * WAD))
    # 200 of margin and 10 received: gone at 2,210.
    assert world.protocol.bankruptcy_quote(short, 1, WAD) == -2_210 * USD
    world.set_price(1, 2_400 * WAD)
    assert world.protocol.shortfall(short, 1) == 190 * USD


def test_bankruptcy_quote__refusals() -> None:
    world, long, _ = traded()
    for size in (0, WAD + 1):
        with refused("position: too small"):
            world.protocol.bankruptcy_quote(long, 1, size)
    with refused("position: none"):
        world.protocol.bankruptcy_quote(long, 2, 1)
    with refused("position: none"):
        world.protocol.bankruptcy_quote(99, 1, 1)
    assert world.protocol.shortfall(long, 2) == world.protocol.shortfall(99, 1) == 0
    world.unprice(1)
    with refused("oracle: no valid price"):
        world.protocol.bankruptcy_quote(long, 1, 1)
    with refused("oracle: no valid price"):
        world.protocol.shortfall(long, 1)


def test_shortfall__other_leg_unpriced__counts_in_favour_and_carries_nothing() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    long, short = world.trader("long", 1_000), world.trader("short", 5_000)
    world.trade(long, short, WAD)
    world.trade(long, short, 4 * WAD, market_id=2)
    world.set_price(1, 900 * WAD)
    world.unprice(2)
    # 1,000 - 1,100 + 10 % of 200 in its favour.
    assert world.protocol.standing(long) == Standing(-80 * USD, 18 * USD, {1: Leg(1_100 * USD, 18 * USD)})
    assert world.protocol.shortfall(long, 1) == 80 * USD
    with refused("oracle: no valid price"):
        world.protocol.shortfall(long, 2)
