"""Penalty, insurance and takeover by hand."""

import pytest

from tests.helpers.model.accounts import Position
from tests.helpers.model.liquidation import Liquidated
from tests.unit.model.crashes import ALL, desk
from tests.unit.model.scenario import USD, WAD


def test_liquidate__solvent__pays_the_penalty_and_splits_it() -> None:
    fallen = desk(1_830)
    world, protocol = fallen.world, fallen.world.protocol
    receipt = fallen.liquidate()
    size = 573_770_491_803_278_689
    # 1 % of 1,050.000001, rounded up, and 0.5 % of 1,050 dollars.
    paid = (10_500_001, 5_250_000, 0)
    assert receipt == Liquidated(fallen.long, 1, fallen.liquidator, -size, 1_830 * WAD, *paid)
    assert protocol.vault_credit() == receipt.penalty - receipt.reward
    position = world.account(fallen.long).positions[1]
    assert position == Position(WAD - size, 2_000 * WAD, 10)
    assert world.account(fallen.liquidator).positions[1] == Position(size, 1_830 * WAD, 10)
    assert protocol.waterfall_values(fallen.long)[0] == 30 * USD - receipt.penalty
    # What a part is worth is rounded with the whole on both sides.
    assert protocol.waterfall_values(fallen.liquidator)[0] == 5_000 * USD + receipt.reward - 1
    assert protocol.open_interest(1) == WAD


def test_liquidate__thin_account__pays_no_more_than_it_has() -> None:
    fallen = desk(1_801)
    receipt = fallen.liquidate()
    # 1 % of 1,801 would be 18.01; the liquidator's 9.005 come first.
    assert (receipt.penalty, receipt.reward) == (USD, USD)
    assert fallen.world.account(fallen.long).cash == 0
    assert fallen.world.protocol.vault_credit() == 0


def test_liquidate__less_than_offered__closes_what_is_asked() -> None:
    fallen = desk(1_830)
    receipt = fallen.liquidate(WAD // 10)
    assert receipt.size == -WAD // 10
    # 183 dollars: 1.83 and 0.915.
    assert (receipt.penalty, receipt.reward) == (1_830_000, 915_000)


def test_liquidate__bankrupt__vault_pays_the_shortfall_credit_first_and_nobody_is_rewarded() -> None:
    fallen = desk(1_700)
    fallen.insure(1_000)
    world, protocol = fallen.world, fallen.world.protocol
    protocol.state.vault_credit, protocol.state.ledger = 30 * USD, protocol.state.ledger + 30 * USD
    receipt = fallen.liquidate()
    assert receipt == Liquidated(fallen.long, 1, fallen.liquidator, -WAD, 1_700 * WAD, 0, 0, 100 * USD)
    assert receipt.from_credit == 30 * USD
    assert world.account(fallen.long).cash == 0
    assert (protocol.vault_credit(), protocol.state.vault.ledger) == (0, 930 * USD)
    assert protocol.bucket(0) == protocol.bucket(1) == (1_000 * USD, 900 * USD)
    assert protocol.waterfall_values(fallen.liquidator)[0] == 5_000 * USD


def test_liquidate__bankrupt_in_parts__add_up_to_the_shortfall() -> None:
    fallen = desk(1_700)
    fallen.insure(1_000)
    # A third of 100 dollars and then 3 / 7 of what is left, both rounded up, then all the rest.
    paid = [fallen.liquidate(size).insurance_paid for size in (WAD // 3 + 1, 2 * WAD // 7, ALL)]
    assert paid == [33_333_334, 28_571_429, 38_095_237]
    assert fallen.world.account(fallen.long).cash == 0


def test_liquidate__market_in_reduce_only_and_full__still_taken_over() -> None:
    fallen = desk(1_830, open_interest_cap=WAD)
    fallen.world.protocol.set_reduce_only(1, True)
    assert fallen.liquidate().closed > 0


@pytest.mark.parametrize(
    ("held", "leverage", "left"),
    [
        # A reduction ignores the leverage.
        (2 * WAD, 4, Position(-WAD, 2_000 * WAD, 5)),
        (WAD, 4, None),
        (WAD // 2, 10, Position(WAD // 2, 1_800 * WAD, 10)),
    ],
)
def test_liquidate__liquidator_on_the_other_side__shrinks_closes_or_flips(
    held: int, leverage: int, left: Position | None
) -> None:
    fallen = desk()
    world = fallen.world
    world.trade(world.trader("buyer", 9_000), fallen.liquidator, held, leverage=5)
    world.set_price(1, 1_800 * WAD)
    fallen.liquidate(leverage=leverage)
    assert world.account(fallen.liquidator).positions.get(1) == left
    # The buyer's, and what is left of the liquidator's if that is a long.
    longs = held + (left.size if left and left.size > 0 else 0)
    assert world.protocol.open_interest(1) == longs


def test_liquidate__liquidator_on_the_same_side__averages_and_moves_in_the_queue() -> None:
    fallen = desk()
    world = fallen.world
    world.trade(fallen.liquidator, fallen.short, WAD, leverage=5)
    world.set_price(1, 1_800 * WAD)
    fallen.liquidate(leverage=10)
    assert world.account(fallen.liquidator).positions[1] == Position(2 * WAD, 1_900 * WAD, 10)
    assert world.protocol.state.queues[1].members(True, 10) == [fallen.liquidator]


def test_liquidate__parked_position__stays_parked() -> None:
    fallen = desk(1_830)
    protocol = fallen.world.protocol
    protocol.state.queues[1].park(fallen.long)
    fallen.liquidate()
    assert protocol.is_parked(fallen.long, 1)
    assert protocol.position_count(1, True) == 2
    protocol.deposit("long", fallen.long, USD)
    fallen.world.set_price(1, 1_700 * WAD)
    fallen.insure(1_000)
    fallen.liquidate()
    assert protocol.position_count(1, True) == 1
    assert not protocol.is_parked(fallen.long, 1)


def test_liquidate__solvent_again__clears_the_flag() -> None:
    fallen = desk(1_700)
    fallen.insure(1_000)
    protocol = fallen.world.protocol
    protocol.flag_bankrupt(fallen.long)
    assert fallen.liquidate(WAD // 2).flags_cleared == ()
    assert protocol.flagged_at(fallen.long) != 0
    assert fallen.liquidate().flags_cleared == (fallen.long,)
    assert protocol.flagged_at(fallen.long) == 0


def test_liquidate__unpriced_other_leg__counts_in_favour_and_only_priced_legs_are_taken() -> None:
    fallen = desk(margin=205)
    world, protocol = fallen.world, fallen.world.protocol
    world.trade(fallen.long, fallen.short, WAD // 2, market_id=2)
    world.unprice(2)
    # 37.5 with 2.5 of favour, against 36.6 that the priced leg needs.
    world.set_price(1, 1_830 * WAD)
    assert protocol.liquidatable_size(fallen.long, 1) == 0
    world.set_price(1, 1_829 * WAD)
    worth, required = protocol.waterfall_values(fallen.long)
    assert (worth, required) == (36_500_000, 36_580_000)
    assert protocol.liquidatable_size(fallen.long, 1) > 0
    assert fallen.liquidate().penalty > 0
