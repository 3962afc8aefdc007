"""Passed over, parked, linked again."""

from dataclasses import replace

from tests.helpers.model.accounts import Position
from tests.helpers.model.deleveraging import MAX_VISITS, PassedOver
from tests.unit.model.crashes import FIRST, LONG, SECOND, THIRD, crash, insure
from tests.unit.model.scenario import NO_FEES, PARAMS, USD, WAD, Scenario, refused


def test_deleverage_next__thin_counterparty__is_passed_over_and_parked() -> None:
    world = crash()
    world.account(FIRST).cash -= 1_240 * USD
    # 60 of equity cannot pay 100.
    receipt = world.protocol.deleverage_next(LONG, 1, 2)
    assert receipt.passed_over == (PassedOver(LONG, 1, FIRST, 0, -40 * USD),)
    assert [(v.counterparty, v.rank) for v in receipt.counterparties] == [(SECOND, 1)]
    protocol = world.protocol
    assert protocol.is_parked(FIRST, 1)
    assert protocol.adl_queue(1, False, 0, 9) == [THIRD]
    assert protocol.position_count(1, False) == 2
    assert world.account(FIRST).positions[1] == Position(-WAD, 2_000 * WAD, 20)


def test_deleverage_next__exactly_enough__is_closed_at_zero() -> None:
    world = crash()
    world.account(FIRST).cash -= 1_200 * USD
    receipt = world.protocol.deleverage_next(LONG, 1, 1)
    assert receipt.counterparties[0].cash == 0
    world = crash()
    world.account(FIRST).cash -= 1_200 * USD + 1
    (passed,) = world.protocol.deleverage_next(LONG, 1, 1).passed_over
    assert passed.equity == -1


def test_deleverage_next__only_thin_ones__parks_them_and_closes_nothing() -> None:
    world = crash()
    insure(world, 150)
    for counterparty in (FIRST, SECOND, THIRD):
        world.account(counterparty).cash -= 1_299 * USD
    protocol = world.protocol
    assets = protocol.vault_total_assets()
    receipt = protocol.deleverage_next(LONG, 1, 9)
    assert (receipt.closed, receipt.insurance_paid, receipt.haircut) == (0, 0, 0)
    assert len(receipt.passed_over) == 3
    assert protocol.vault_total_assets() == assets
    assert protocol.bucket(1) == (150 * USD, 150 * USD)
    with refused("adl: no counterparties"):
        protocol.deleverage_next(LONG, 1, 9)
    with refused("adl: not top ranked"):
        protocol.deleverage(LONG, 1, [FIRST])


def test_deleverage_next__counterparty_with_an_unpriced_leg__counts_at_its_last_price() -> None:
    world = crash()
    world.trade(FIRST, SECOND, WAD, price=50 * WAD, market_id=2)
    world.unprice(2)
    world.account(FIRST).cash -= 1_200 * USD
    receipt = world.protocol.deleverage_next(LONG, 1, 1)
    # No favour: exactly nothing is left.
    assert receipt.counterparties[0].counterparty == FIRST
    assert world.protocol.waterfall_values(FIRST)[0] == 5 * USD


def test_relink__recovered__stands_where_it_belongs() -> None:
    world = crash()
    protocol = world.protocol
    world.account(FIRST).cash -= 1_300 * USD
    protocol.deleverage_next(LONG, 1, 1)
    # Equity 0.
    with refused("relink: no equity"):
        protocol.relink(FIRST, 1, 0)
    protocol.deposit("anyone", FIRST, 1)
    world.unprice(1)
    protocol.relink(FIRST, 1, 0)
    assert not protocol.is_parked(FIRST, 1)
    with refused("queue: not parked"):
        protocol.relink(FIRST, 1, 0)
    for market_id in (2, 9):
        with refused("position: none"):
            protocol.relink(FIRST, market_id, 0)
    world.set_price(1, 1_700 * WAD)
    assert protocol.adl_queue(1, False, 0, 9) == [FIRST, SECOND, THIRD]


def test_parked__own_trade_or_leverage__links_again() -> None:
    for leverage in (20, 10, None):
        world = crash()
        protocol = world.protocol
        protocol.state.queues[1].park(FIRST)
        if leverage is None:
            world.trade(FIRST, world.trader("seller", 9_000), WAD // 2)
        else:
            protocol.set_leverage("first", FIRST, 1, leverage, 0)
        assert not protocol.is_parked(FIRST, 1)
        assert protocol.position_count(1, False) >= 3


def test_parked__closed__is_gone() -> None:
    world = crash()
    protocol = world.protocol
    protocol.state.queues[1].park(FIRST)
    world.trade(FIRST, world.trader("seller", 9_000), WAD)
    assert not protocol.is_parked(FIRST, 1)
    assert protocol.position_count(1, False) == 3


def test_deleverage_next__wall_of_dust__ends_after_256_visits_and_does_not_meet_it_again() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    long = world.trader("long", 10_000)
    dust = [world.trader("dust", 20) for _ in range(MAX_VISITS + 1)]
    for short in dust:
        hint = world.protocol.find_hint(1, False, 20, 2_000 * WAD)
        size = WAD // 100
        world.fill(world.order(long, size), world.order(short, -size, leverage=20), size, hint)
    world.trade(world.trader("deep", 9_000), long, -WAD, leverage=5)
    world.account(long).cash -= 9_800 * USD
    # A shortfall of 100 and more on each of 3.57: a dollar on each dust account, which has none.
    world.set_price(1, 1_800 * WAD)
    for short in dust:
        world.account(short).cash -= 22 * USD
    receipt = world.protocol.deleverage_next(long, 1, 10**9)
    assert (len(receipt.passed_over), receipt.closed) == (MAX_VISITS, 0)
    again = world.protocol.deleverage_next(long, 1, 10**9)
    assert [visit.counterparty for visit in again.visits] == [dust[-1], dust[-1] + 1]
    assert again.closed == WAD
