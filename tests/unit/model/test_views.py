"""What the views say, also without prices."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.helpers.model.market import Funding
from tests.helpers.model.views import PositionView
from tests.unit.model.scenario import START, USD, WAD, refused, traded


def test_position__open_and_not__with_profit_and_roe() -> None:
    world, long, short = traded()
    world.set_price(1, 2_100 * WAD)
    assert world.protocol.position(long, 1) == PositionView(WAD, 2_000 * WAD, 10, 100 * USD)
    assert world.protocol.position(short, 1) == PositionView(-WAD, 2_000 * WAD, 10, -100 * USD)
    assert world.protocol.position(long, 2) == PositionView()
    assert world.protocol.roe(long, 1) == -world.protocol.roe(short, 1) == WAD // 2
    assert world.protocol.open_markets(long) == [1]
    assert world.protocol.position_count(1, True) == 1
    with refused("position: none"):
        world.protocol.roe(long, 2)


def test_prices__gone__views_that_need_them_are_refused() -> None:
    world, long, _ = traded()
    world.unprice(1)
    views: list[Callable[[], object]] = [
        lambda: world.protocol.mark_price(1),
        lambda: world.protocol.roe(long, 1),
        lambda: world.protocol.position(long, 1),
        lambda: world.protocol.adl_queue(1, True, 0, 1),
    ]
    for view in views:
        with refused("oracle: no valid price"):
            view()
    with refused("market: not listed"):
        world.protocol.mark_price(3)


def test_adl_queue__pages__and_find_hint_names_the_node_ahead() -> None:
    world, long, short = traded()
    later = world.trader("later", 1_000)
    world.trade(later, short, WAD // 2)
    assert world.protocol.adl_queue(1, True, 0, 9) == [long, later]
    assert world.protocol.adl_queue(1, True, 1, 9) == [later]
    assert world.protocol.adl_queue(1, True, 0, 1) == [long]
    assert world.protocol.find_hint(1, True, 10, 2_000 * WAD) == later | long << 32


@pytest.mark.parametrize(
    ("price", "liquidatable", "bankrupt"),
    # 1,000 of equity less the loss against a maintenance of 2 % of the notional.
    [
        (1_021 * WAD, False, False),
        (1_020 * WAD, True, False),
        (1_000 * WAD, True, False),
        (1_000 * WAD - 1, True, True),
    ],
)
def test_liquidatable_and_bankrupt__a_long_of_one(price: int, liquidatable: bool, bankrupt: bool) -> None:
    world, long, _ = traded()
    world.set_price(1, price)
    assert world.protocol.is_liquidatable(long) is liquidatable
    assert world.protocol.is_bankrupt(long) is bankrupt


def test_liquidatable__unpriced_leg__counts_favourably_and_needs_no_maintenance() -> None:
    world, long, short = traded()
    world.trade(long, short, 4 * WAD, market_id=2)
    world.set_price(1, 1_010 * WAD)
    world.unprice(2)
    # Long: 1,000 - 990 + 4 * 5 = 30 against 20.2; the dead market asks for nothing.
    assert world.protocol.waterfall_values(long) == (30 * USD, 20_200_000)
    # Short: 1,000 + 990 + 4 * 5.
    assert world.protocol.waterfall_values(short) == (2_010 * USD, 20_200_000)
    world.set_price(1, 1_000 * WAD)
    assert world.protocol.waterfall_values(long) == (20 * USD, 20 * USD)
    assert not world.protocol.is_liquidatable(long)
    world.set_price(1, 999 * WAD)
    assert world.protocol.is_liquidatable(long)


def test_unpriced_leg__funding__stays_as_stored() -> None:
    world, long, short = traded()
    market = world.protocol.state.markets[1]
    world.protocol.state.markets[1] = replace(market, funding=Funding(0, 10**10, START))
    world.protocol.now += 3600
    priced = world.protocol.waterfall_values(short)[0]
    world.oracle.quotes[1] = (2_000 * WAD, False, 0)
    assert world.protocol.waterfall_values(short)[0] < priced
    assert world.protocol.waterfall_values(short) == (1_000 * USD, 0)
    assert world.protocol.waterfall_values(long) == (1_000 * USD, 0)
