"""Accounts, withdrawals, leverage, governance."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from scripts.sandbox.orders import ZERO_ADDRESS
from tests.helpers.model.errors import Revert
from tests.helpers.model.market import Funding
from tests.unit.model.scenario import PARAMS, START, USD, WAD, Scenario, refused, traded


def test_open_account__numbers_from_one__one_owner_may_have_many() -> None:
    world = Scenario()
    assert [world.protocol.open_account("trader") for _ in range(3)] == [1, 2, 3]
    assert (world.protocol.account_count(), world.protocol.owner_of(3)) == (3, "trader")
    assert world.protocol.owner_of(4) == ZERO_ADDRESS


def test_deposit__by_anyone__is_cash_and_ledger() -> None:
    world = Scenario()
    account_id = world.protocol.open_account("trader")
    world.protocol.deposit("friend", account_id, 7)
    assert world.account(account_id).cash == 7
    assert world.protocol.total_cash() == world.protocol.collateral_ledger() == 7


def test_unknown_account__every_action__refused() -> None:
    protocol = Scenario().protocol
    actions: list[tuple[Callable[[], None], str]] = [
        (lambda: protocol.deposit("trader", 1, 1), "account: unknown"),
        (lambda: protocol.withdraw("trader", 1, 1, "trader"), "account: unknown"),
        (lambda: protocol.set_delegate("trader", 1, "robot", START), "account: unknown"),
        (lambda: protocol.set_leverage("trader", 1, 1, 5, 0), "account: not authorized"),
        (lambda: protocol.cancel_all("trader", 1), "account: not authorized"),
    ]
    for action, reason in actions:
        with refused(reason):
            action()


def test_delegate__may_set_leverage_and_cancel__not_withdraw_or_delegate() -> None:
    world, long, _ = traded()
    protocol = world.protocol
    with refused("account: not the owner"):
        protocol.set_delegate("robot", long, "robot", START)
    protocol.set_delegate("long", long, "robot", START)
    protocol.set_leverage("robot", long, 1, 5, 0)
    protocol.cancel_all("robot", long)
    with refused("account: not the owner"):
        protocol.withdraw("robot", long, 1, "robot")
    with refused("account: not the owner"):
        protocol.set_delegate("robot", long, "friend", START)
    protocol.now += 1
    with refused("account: not authorized"):
        protocol.set_leverage("robot", long, 1, 10, 0)


def test_withdraw__everything_from_a_flat_account__needs_no_price() -> None:
    world = Scenario()
    trader = world.trader("trader", 5)
    world.unprice(1)
    with refused("withdraw: too much"):
        world.protocol.withdraw("trader", trader, 5 * USD + 1, "trader")
    world.protocol.withdraw("trader", trader, 5 * USD, "elsewhere")
    assert world.protocol.collateral_ledger() == world.account(trader).cash == 0


@pytest.mark.parametrize("receiver", [ZERO_ADDRESS, "clearing house"])
def test_withdraw__to_nobody_or_the_clearing_house__refused(receiver: str) -> None:
    world = Scenario()
    trader = world.trader("trader", 5)
    with refused("withdraw: bad receiver"):
        world.protocol.withdraw("trader", trader, 1, receiver)


def test_withdraw__profit__stays_until_it_is_realised() -> None:
    world, long, short = traded()
    world.set_price(1, 2_100 * WAD)
    # Equity 1,100, requirement 210, profit 100; the loser's equity is 900 and has no profit.
    assert world.protocol.account_values(long).withdrawable == 790 * USD
    assert world.protocol.account_values(short).withdrawable == 690 * USD
    with refused("withdraw: too much"):
        world.protocol.withdraw("long", long, 790 * USD + 1, "long")
    world.protocol.withdraw("long", long, 790 * USD, "long")
    assert world.protocol.account_values(long).withdrawable == 0


def test_withdraw__below_the_requirement__nothing_rather_than_a_negative_amount() -> None:
    world, _, short = traded()
    world.set_price(1, 2_900 * WAD)
    assert world.protocol.account_values(short).withdrawable == 0
    world.protocol.withdraw("short", short, 0, "short")


def test_unpriced_leg__withdraw_set_leverage_and_values__refused() -> None:
    world, long, short = traded()
    world.trade(long, short, WAD, market_id=2)
    world.unprice(2)
    with refused("margin: unpriced leg"):
        world.protocol.withdraw("long", long, 1, "long")
    with refused("margin: unpriced leg"):
        world.protocol.set_leverage("long", long, 1, 5, 0)
    with refused("oracle: no valid price"):
        world.protocol.set_leverage("long", long, 2, 5, 0)
    with refused("margin: unpriced leg"):
        world.protocol.account_values(long)


def test_set_leverage__no_position_no_tier_too_high__refused() -> None:
    world, long, _ = traded()
    with refused("account: not authorized"):
        world.protocol.set_leverage("stranger", long, 1, 5, 0)
    with refused("position: none"):
        world.protocol.set_leverage("long", long, 2, 5, 0)
    for leverage in (0, 4, 50):
        with refused("market: bad leverage"):
            world.protocol.set_leverage("long", long, 1, leverage, 0)


def test_set_leverage__lowered__is_paid_for_without_the_profit() -> None:
    world, long, short = traded()
    world.set_price(1, 2_500 * WAD)
    # Equity 1,500, of which 500 are profit; at 2x the requirement is 1,250.
    with refused("margin: insufficient"):
        world.protocol.set_leverage("long", long, 1, 2, 0)
    world.protocol.deposit("long", long, 250 * USD)
    world.protocol.set_leverage("long", long, 1, 2, 0)
    assert world.protocol.position(long, 1).leverage == 2
    assert world.protocol.adl_queue(1, True, 0, 9) == [long]
    # The short has no profit and 500 of equity: at 5x it needs exactly that, at 3x more.
    world.protocol.set_leverage("short", short, 1, 5, 0)
    with refused("margin: insufficient"):
        world.protocol.set_leverage("short", short, 1, 3, 0)


def test_set_leverage__raised__counts_the_profit() -> None:
    world, long, _ = traded(leverage=5)
    world.set_price(1, 2_200 * WAD)
    # Equity 1,200 of which 200 profit; 980 withdrawn elsewhere would leave 220 = the requirement at 10x.
    world.account(long).cash -= 980 * USD
    world.protocol.set_leverage("long", long, 1, 10, 0)
    world.account(long).cash += 80 * USD
    with refused("margin: insufficient"):
        world.protocol.set_leverage("long", long, 1, 5, 0)


def test_set_leverage__same_tier__nothing_happens_whatever_the_margin() -> None:
    world, long, _ = traded()
    world.set_price(1, 1_010 * WAD)
    before = world.protocol.state.copy()
    world.protocol.set_leverage("long", long, 1, 10, 0)
    assert world.protocol.state == before


def test_accrue_funding__stores_what_the_view_said() -> None:
    world, long, short = traded()
    world.protocol.deposit("long", long, 10**6 * USD)
    world.protocol.deposit("short", short, 10**6 * USD)
    world.trade(long, short, 100 * WAD, 2_010 * WAD)
    world.protocol.now += 600
    said = world.protocol.funding_index(1)
    assert said > 0
    world.protocol.accrue_funding(1)
    assert world.protocol.state.markets[1].funding.index == said == world.protocol.funding_index(1)
    world.unprice(1)
    world.protocol.now += 600
    with refused("oracle: no valid price"):
        world.protocol.accrue_funding(1)
    assert world.protocol.funding_index(1) == said
    with refused("market: not listed"):
        world.protocol.accrue_funding(3)


def test_write_market__new_parameters__charge_the_past_at_the_old_ones() -> None:
    world, _, _ = traded()
    market = world.protocol.state.markets[1]
    world.protocol.state.markets[1] = replace(market, funding=Funding(0, 10**8, START))
    world.protocol.now += 3600
    owed = world.protocol.funding_index(1)
    world.protocol.write_market(1, replace(PARAMS, funding_tau=3600))
    assert world.protocol.funding_index(1) == owed
    assert world.protocol.open_interest(1) == WAD
    assert world.protocol.state.markets[1].params.funding_tau == 3600


def test_set_reduce_only__is_a_touch_and_only_for_that_market() -> None:
    world, _, _ = traded()
    world.protocol.now += 60
    world.protocol.set_reduce_only(1, True)
    markets = world.protocol.state.markets
    assert (markets[1].reduce_only, markets[2].reduce_only) == (True, False)
    assert markets[1].funding.touched == world.protocol.now
    world.protocol.set_reduce_only(1, False)
    assert not world.protocol.state.markets[1].reduce_only


def test_collect_treasury__leaves_the_vaults_credit() -> None:
    world = Scenario()
    world.protocol.set_vault_fee_share(250_000)
    world.trade(world.trader("buyer", 1_000), world.trader("seller", 1_000), WAD)
    with refused("withdraw: bad receiver"):
        world.protocol.collect_treasury("clearing house")
    assert world.protocol.collect_treasury("treasurer") == 1_050_000
    assert (world.protocol.treasury_credit(), world.protocol.vault_credit()) == (0, 350_000)
    assert world.protocol.collateral_ledger() == 2_000 * USD - 1_050_000


def test_revert__says_its_reason() -> None:
    assert Revert("account: unknown").reason == str(Revert("account: unknown")) == "account: unknown"
