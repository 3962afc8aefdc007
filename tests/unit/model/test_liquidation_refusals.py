"""Every refusal of `liquidate` by its exact text, and which of two comes first."""

from dataclasses import replace

import pytest

from tests.helpers.model.queue import MAX_STEPS
from tests.unit.model.crashes import ALL, Desk, desk
from tests.unit.model.scenario import NO_FEES, PARAMS, START, USD, WAD, refused


def test_liquidate__not_the_liquidators_account__refused_before_anything_else() -> None:
    fallen = desk()
    protocol = fallen.world.protocol
    for sender, liquidator in (("stranger", fallen.liquidator), ("liquidator", 99), ("long", fallen.short)):
        with refused("account: not authorized"):
            protocol.liquidate(sender, fallen.long, 9, 0, liquidator, 0)
    protocol.set_delegate("liquidator", fallen.liquidator, "robot", START)
    fallen.world.set_price(1, 1_800 * WAD)
    assert protocol.liquidate("robot", fallen.long, 1, ALL, fallen.liquidator, 10).closed == WAD


def test_liquidate__before_the_size__in_the_chains_order() -> None:
    fallen = desk()
    protocol = fallen.world.protocol
    sender, account_id, liquidator = "liquidator", fallen.long, fallen.liquidator
    with refused("liq: own account"):
        protocol.liquidate(sender, liquidator, 9, 0, liquidator, 0)
    with refused("market: not listed"):
        protocol.liquidate(sender, 99, 9, 0, liquidator, 0)
    fallen.world.unprice(2)
    with refused("oracle: no valid price"):
        protocol.liquidate(sender, account_id, 2, 0, liquidator, 0)
    fallen.world.set_price(2, 50 * WAD)
    for unknown, market_id in ((account_id, 2), (99, 1)):
        with refused("position: none"):
            protocol.liquidate(sender, unknown, market_id, 0, liquidator, 0)
    with refused("liq: zero size"):
        protocol.liquidate(sender, account_id, 1, 0, liquidator, 0)
    with refused("liq: not liquidatable"):
        protocol.liquidate(sender, account_id, 1, 1, liquidator, 0)


def test_liquidate__equity_equal_to_maintenance__is_enough() -> None:
    fallen = desk(1_837)
    # Equity 37, maintenance 36.74.
    fallen.world.account(fallen.long).cash -= 260_000
    with refused("liq: not liquidatable"):
        fallen.liquidate()
    fallen.world.account(fallen.long).cash -= 1
    assert fallen.liquidate().closed > 0


def test_liquidate__leaves_less_than_the_minimum__refused_before_the_leverage() -> None:
    fallen = desk(1_800)
    # 0.005 would be worth 9 dollars.
    with refused("liq: below minimum"):
        fallen.liquidate(WAD - 5 * 10**15, leverage=4)


def test_liquidate__shortfall_beyond_the_capacity__must_be_deleveraged() -> None:
    fallen = desk(1_700)
    with refused("liq: deleverage"):
        fallen.liquidate(leverage=4)
    fallen.insure(99)
    with refused("liq: deleverage"):
        fallen.liquidate()
    # Not a part either: its taker would have all the insurance, the winners left all the haircut.
    with refused("liq: deleverage"):
        fallen.liquidate(WAD // 2)


@pytest.mark.parametrize("market_id", [0, 1])
def test_liquidate__bucket_missing_or_empty__must_be_deleveraged(market_id: int) -> None:
    fallen = desk(1_700)
    fallen.insure(1_000)
    fallen.world.protocol.set_bucket(market_id, 100 * USD - 1)
    with refused("liq: deleverage"):
        fallen.liquidate()
    del fallen.world.protocol.state.vault.buckets[market_id]
    with refused("liq: deleverage"):
        fallen.liquidate()


def test_liquidate__vault_cannot_send__must_be_deleveraged_unless_credit_pays() -> None:
    fallen = desk(1_700)
    fallen.insure(1_000)
    protocol = fallen.world.protocol
    protocol.vault_token_works = False
    with refused("liq: deleverage"):
        fallen.liquidate(leverage=4)
    protocol.state.vault_credit, protocol.state.ledger = 100 * USD, protocol.state.ledger + 100 * USD
    receipt = fallen.liquidate()
    assert (receipt.insurance_paid, receipt.from_credit) == (100 * USD, 100 * USD)
    assert protocol.state.vault.ledger == 1_000 * USD


def test_liquidate__no_shortfall_in_this_leg__vault_is_not_asked() -> None:
    fallen = desk(margin=700)
    world, protocol = fallen.world, fallen.world.protocol
    world.trade(fallen.long, fallen.short, 20 * WAD, market_id=2)
    world.set_price(1, 1_200 * WAD)
    world.set_price(2, 51 * WAD)
    protocol.vault_token_works = False
    assert [protocol.shortfall(fallen.long, i) for i in (1, 2)] == [80 * USD, 0]
    receipt = protocol.liquidate("liquidator", fallen.long, 2, ALL, fallen.liquidator, 10)
    assert (receipt.closed, receipt.insurance_paid, receipt.penalty) == (20 * WAD, 0, 0)


@pytest.mark.parametrize("leverage", [0, 4, 50])
def test_liquidate__no_tier_or_above_the_maximum__refused(leverage: int) -> None:
    with refused("market: bad leverage"):
        desk(1_800).liquidate(leverage=leverage)


def takeover(held: int, leverage: int = 10) -> Desk:
    """The liquidator has `held` in the market, bought from a third party at 2,000."""
    fallen = desk()
    rich = fallen.world.trader("rich", 10**6)
    fallen.world.trade(fallen.liquidator, rich, held, leverage=leverage)
    fallen.world.set_price(1, 1_800 * WAD)
    return fallen


def test_liquidate__liquidator_left_with_less_than_the_minimum__refused() -> None:
    # 0.005 at 1,800 would be left.
    fallen = takeover(-WAD - 5 * 10**15)
    fallen.world.account(fallen.liquidator).cash = -(10**12)
    with refused("liq: below minimum"):
        fallen.liquidate()
    fallen = desk(1_830)
    with refused("liq: below minimum"):
        fallen.liquidate(10**15)


def test_liquidate__liquidators_margin__unpriced_leg_before_equity() -> None:
    fallen = takeover(WAD)
    world = fallen.world
    world.trade(fallen.liquidator, world.trader("other", 9_000), WAD, market_id=2)
    needed = world.protocol.account_values(fallen.liquidator)
    # It gains nothing by the takeover of a position worth its price, and 180 more are required of it.
    spare = needed.equity - needed.initial_requirement - 180 * USD
    world.account(fallen.liquidator).cash -= spare + 1
    world.unprice(2)
    with refused("margin: unpriced leg"):
        fallen.liquidate()
    world.set_price(2, 50 * WAD)
    with refused("margin: insufficient"):
        fallen.liquidate()
    world.account(fallen.liquidator).cash += 1
    assert fallen.liquidate().closed == WAD


def test_liquidate__crowded_market__liquidator_is_held_to_the_open_interest_after() -> None:
    fallen = desk()
    world = fallen.world
    whale = world.trader("whale", 10**8)
    world.trade(whale, world.trader("other whale", 10**8), 7_499 * WAD, leverage=1)
    world.set_price(1, 1_800 * WAD)
    # At an open interest of 7,500 the requirement is 0.525 of 1,800.
    world.account(fallen.liquidator).cash = 945 * USD - 1
    with refused("margin: insufficient"):
        fallen.liquidate()
    world.account(fallen.liquidator).cash += 1
    assert fallen.liquidate().closed == WAD


def test_liquidate__lower_tier_of_a_winning_position__is_not_paid_with_its_profit() -> None:
    for leverage, reason in ((20, None), (10, None), (5, "margin: insufficient")):
        fallen = desk()
        world = fallen.world
        world.set_price(1, 1_500 * WAD)
        world.trade(fallen.liquidator, world.trader("rich", 10**6), WAD)
        world.set_price(1, 1_800 * WAD)
        # Equity 1,000 of which 300 are profit; at 5x 720 are required.
        world.account(fallen.liquidator).cash = -800 * USD
        if reason is None:
            assert fallen.liquidate(leverage=leverage).closed == WAD
        else:
            with refused(reason):
                fallen.liquidate(leverage=leverage)


def test_liquidate__ninth_market__refused() -> None:
    fallen = desk(1_800)
    world = fallen.world
    rich = world.trader("rich", 10**6)
    for market_id in range(2, 10):
        world.protocol.write_market(market_id, replace(PARAMS, **NO_FEES))
        world.set_price(market_id, 50 * WAD)
        world.trade(fallen.liquidator, rich, WAD, market_id=market_id)
    with refused("account: too many markets"):
        fallen.liquidate()


def test_liquidate__hint_too_far__refused_last() -> None:
    fallen = desk()
    world = fallen.world
    rich = world.trader("rich", 10**6)
    for i in range(MAX_STEPS + 1):
        world.trade(world.trader(f"crowd {i}", 100), rich, WAD // 100, price=1_950 * WAD, leverage=20)
        # Nothing moves: each stands behind the ones before.
    world.set_price(1, 1_960 * WAD)
    world.account(fallen.long).cash -= 160 * USD
    with refused("queue: bad hint"):
        fallen.liquidate(leverage=20)
    hint = world.protocol.find_hint(1, True, 20, 1_960 * WAD)
    assert fallen.liquidate(leverage=20, hint=hint).closed == WAD
