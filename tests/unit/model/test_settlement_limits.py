"""What a settlement refuses, and what a thin account is still allowed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.model.arithmetic import equity_share, notional_down
from tests.unit.model.scenario import NO_FEES, PARAMS, USD, WAD, Scenario, refused

HALF = WAD // 2


def thin_long(dollars_left: int) -> tuple[Scenario, int, int]:
    """A 20x long of 1 whose account is worth this much (in units) at the mark, and a deep account."""
    world = Scenario()
    deep, thin = world.trader("deep", 10_000), world.trader("thin", 101)
    world.trade(thin, deep, WAD, leverage=20)
    # 100 dollars are left after the fee; the mark takes the rest.
    world.set_price(1, 1_900 * WAD + dollars_left * 10**12)
    assert world.protocol.account_values(thin).equity == dollars_left
    return world, thin, deep


def test_fee_cap__thin_account_closes_whole__fee_is_its_equity_and_it_ends_at_zero() -> None:
    world, thin, deep = thin_long(300_000)
    # Uncapped: 950,150.
    assert world.trade(thin, deep, -WAD).taker_fee == 300_000
    assert (world.account(thin).cash, world.account(thin).positions) == (0, {})


def test_fee_cap__thin_account_closes_half__one_unit_less_than_half_its_equity() -> None:
    world, thin, deep = thin_long(300_000)
    assert world.trade(thin, deep, -HALF).taker_fee == 149_999
    assert world.protocol.account_values(thin).equity == 150_001


def test_fee_cap__bankrupt_account__no_fee_and_only_a_price_that_makes_it_whole() -> None:
    world, thin, deep = thin_long(-300_000)
    with refused("margin: insufficient"):
        world.trade(thin, deep, -WAD)
    # 0.3 dollars above the mark, and the fee takes nothing.
    better = 1_900 * WAD
    assert world.trade(thin, deep, -WAD, better).taker_fee == 0
    assert world.account(thin).cash == 0


def test_reduction__of_a_bankrupt_account__that_leaves_it_bankrupt_refused() -> None:
    world, thin, deep = thin_long(-300_000)
    # Half sold 0.4 dollars above the mark: -0.1 on half the position is less bad than -0.3 on the whole.
    better = world.protocol.mark_price(1) + 4 * WAD // 10
    with refused("margin: insufficient"):
        world.trade(thin, deep, -HALF, better)
    world.trade(thin, deep, -HALF, better + WAD)


def test_fee_cap__flip__pays_the_whole_fee() -> None:
    world, thin, deep = thin_long(300_000)
    world.protocol.deposit("thin", thin, 1_000 * USD)
    fill = world.trade(thin, deep, -2 * WAD)
    assert fill.taker_fee == 1_900_300
    # The deep account's short of 1 becomes a long of 1: no reduction either.
    assert fill.maker_fee == 760_120


def test_reduction__worse_than_the_mark_from_a_thin_account__refused() -> None:
    world, thin, deep = thin_long(60 * USD)
    # At 20x: 11 % sold 5 % below the mark would carry 11 dollars to a friend.
    with refused("margin: insufficient"):
        world.trade(thin, deep, -11 * WAD // 100, 1_863 * WAD)
    world.trade(thin, deep, -11 * WAD // 100)


def test_reduction__down_to_the_initial_requirement__may_lose_margin() -> None:
    world, thin, deep = thin_long(60 * USD)
    world.protocol.deposit("thin", thin, 60 * USD)
    # 119 is above the initial requirement of 87 that is left, though equity falls faster than size.
    world.trade(thin, deep, -11 * WAD // 100, 1_863 * WAD)


@given(st.integers(10**16, WAD), st.integers(0, 99 * USD))
def test_close__any_part_at_the_mark__never_refused_and_never_lowers_the_ratio(size: int, left: int) -> None:
    world, thin, deep = thin_long(left)
    before = world.protocol.account_values(thin)
    market, mark = world.protocol.state.markets[1], world.protocol.mark_price(1)
    rest = market.maintenance(WAD - size, mark)
    too_small = notional_down(WAD - size, mark, market.scale) < PARAMS.min_notional
    # A part that releases less than a unit of equity cannot pay the settlement's rounding: see below.
    if too_small or equity_share(left, before.maintenance_requirement, rest) < 1:
        size = WAD
    world.trade(thin, deep, -size)
    after = world.protocol.account_values(thin)
    assert after.equity >= 0
    ratio_before = before.equity * after.maintenance_requirement
    assert after.equity * before.maintenance_requirement >= ratio_before


def test_close__part_that_releases_less_than_a_unit__may_fail_by_rounding_but_the_whole_closes() -> None:
    world, thin, deep = thin_long(1)
    # 1,900.000001 becomes 19.000000 in cash and 1,881.000000 in value: the unit lost is all there was.
    with refused("margin: insufficient"):
        world.trade(thin, deep, -WAD // 100)
    world.trade(thin, deep, -WAD)
    assert world.account(thin).cash == 0


def test_margin__exactly_the_initial_requirement_after_the_fee__opens() -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 201), world.trader("seller", 1_000)
    assert world.trade(buyer, seller, WAD).taker_fee == USD
    poorer = world.trader("poorer", 201)
    world.account(poorer).cash -= 1
    with refused("margin: insufficient"):
        world.trade(poorer, seller, WAD)


def test_margin__crowded_market__requires_more_than_the_leverage() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    whale, other = world.trader("whale", 10**8), world.trader("other", 10**8)
    world.trade(whale, other, 7_499 * WAD, leverage=1)
    buyer = world.trader("buyer", 1_049)
    # At an open interest of 7,500 the requirement is 0.525 of 2,000.
    with refused("margin: insufficient"):
        world.trade(buyer, other, WAD)
    world.protocol.deposit("buyer", buyer, USD)
    world.trade(buyer, other, WAD)
    assert world.protocol.account_values(buyer).initial_requirement == 1_050 * USD


@pytest.mark.parametrize("price", [2_101 * WAD, 1_899 * WAD])
def test_band__beyond_five_percent__refused(price: int) -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 9_000), world.trader("seller", 9_000)
    with refused("fill: outside price band"):
        world.trade(buyer, seller, WAD, price)
    edge = 2_100 * WAD if price > 2_000 * WAD else 1_900 * WAD
    world.trade(buyer, seller, WAD, edge)
    with refused("fill: outside price band"):
        world.trade(buyer, seller, WAD, edge + (1 if edge > 2_000 * WAD else -1))


@pytest.mark.parametrize("price", [0, 2**88])
def test_price__that_no_entry_can_hold__refused(price: int) -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 9_000), world.trader("seller", 9_000)
    with refused("fill: price out of range"):
        world.trade(buyer, seller, WAD, price)


@pytest.mark.parametrize("leverage", [0, 4, 50, 100])
def test_leverage__no_tier_or_above_the_maximum__refused_unless_reducing(leverage: int) -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 9_000), world.trader("seller", 9_000)
    world.trade(buyer, seller, WAD)
    with refused("market: bad leverage"):
        world.trade(buyer, seller, WAD, leverage=leverage)
    world.trade(seller, buyer, HALF, leverage=leverage)
    assert world.account(buyer).positions[1].leverage == 10


def test_below_minimum__left_over__refused_but_closing_is_not() -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 9_000), world.trader("seller", 9_000)
    world.trade(buyer, seller, WAD)
    # 0.005 at 2,000 is the minimum of 10 dollars.
    dust = 4_999_999_999_999_999
    with refused("fill: below minimum"):
        world.trade(seller, buyer, WAD - dust)
    world.trade(seller, buyer, WAD - dust - 1)
    world.trade(seller, buyer, dust + 1)
    assert world.account(buyer).positions == {}


def test_unpriced_leg__only_reductions_at_the_mark_or_better__with_a_fee_from_the_improvement() -> None:
    world = Scenario()
    holder, deep = world.trader("holder", 1_000), world.trader("deep", 9_000)
    world.trade(holder, deep, WAD)
    world.trade(holder, world.trader("third", 9_000), WAD, market_id=2)
    world.unprice(2)
    with refused("margin: unpriced leg"):
        world.trade(holder, deep, HALF)
    with refused("margin: unpriced leg"):
        world.trade(holder, deep, -HALF, 2_000 * WAD - 1)
    with refused("margin: unpriced leg"):
        world.trade(holder, deep, -2 * WAD)
    assert world.trade(holder, deep, -WAD // 4).taker_fee == 0
    # 0.8 dollars better on a quarter: 0.2 of the fee of 0.2501.
    assert world.trade(holder, deep, -WAD // 4, 2_000 * WAD + 8 * WAD // 10).taker_fee == 200_000
    # With room enough the whole fee: 500 ppm of 502.5.
    assert world.trade(holder, deep, -WAD // 4, 2_010 * WAD).taker_fee == 251_250
    with refused("oracle: no valid price"):
        world.trade(holder, deep, -WAD, market_id=2)
