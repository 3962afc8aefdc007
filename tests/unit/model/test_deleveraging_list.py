"""The verified door, and the refusals of both in the chain's order."""

from dataclasses import replace

import pytest

from tests.unit.model.crashes import FIRST, LONG, SECOND, THIRD, crash, insure
from tests.unit.model.scenario import NO_FEES, PARAMS, USD, WAD, Scenario, refused


def test_deleverage__longer_list_than_needed__rest_is_ignored() -> None:
    receipt = crash().protocol.deleverage(LONG, 1, [FIRST, SECOND, THIRD, 99])
    assert receipt.verified
    assert [visit.counterparty for visit in receipt.visits] == [FIRST, SECOND, THIRD]


def tied() -> Scenario:
    """Two shorts of the same rank, of which the list names the later one first."""
    world = Scenario(replace(PARAMS, **NO_FEES))
    world.trader("long", 400)
    for owner in ("first", "second"):
        world.trade(world.trader(owner, 1_000), LONG, -WAD, leverage=20)
    world.set_price(1, 1_700 * WAD)
    return world


def test_deleverage__tie__later_one_may_be_named_first() -> None:
    world = tied()
    receipt = world.protocol.deleverage(LONG, 1, [SECOND, FIRST])
    assert [visit.counterparty for visit in receipt.visits] == [SECOND, FIRST]
    assert tied().protocol.deleverage_next(LONG, 1, 9).visits[0].counterparty == FIRST


@pytest.mark.parametrize(
    "ranked",
    [
        # A skipped friend, a swap, a duplicate, a flat account, the account itself, nobody, an unknown one.
        [SECOND],
        [FIRST, THIRD, SECOND],
        [FIRST, FIRST],
        [5],
        [LONG],
        [0],
        [FIRST, SECOND, 99],
    ],
)
def test_deleverage__wrong_list__refused_and_nothing_changes(ranked: list[int]) -> None:
    world = crash()
    insure(world, 150)
    world.trader("flat", 1_000)
    before = world.protocol.state.copy()
    with refused("adl: not top ranked"):
        world.protocol.deleverage(LONG, 1, ranked)
    assert world.protocol.state == before


def test_deleverage__parked__is_not_ranked() -> None:
    world = crash()
    world.protocol.state.queues[1].park(FIRST)
    with refused("adl: not top ranked"):
        world.protocol.deleverage(LONG, 1, [FIRST])
    assert world.protocol.deleverage(LONG, 1, [SECOND]).closed == WAD


def test_deleverage__short_list__closes_part() -> None:
    world = crash()
    receipt = world.protocol.deleverage(LONG, 1, [FIRST, SECOND])
    assert (receipt.closed, receipt.left, receipt.haircut) == (2 * WAD, WAD, 200 * USD)
    assert world.protocol.waterfall_values(LONG)[0] == -100 * USD


def test_deleverage__empty_list_and_zero_visits__refused() -> None:
    world = crash()
    with refused("adl: no counterparties"):
        world.protocol.deleverage(LONG, 1, [])
    with refused("adl: no counterparties"):
        world.protocol.deleverage_next(LONG, 1, 0)


def test_deleverage__before_the_queue__in_the_chains_order() -> None:
    world = crash(1_850)
    protocol = world.protocol
    with refused("market: not listed"):
        protocol.deleverage(99, 9, [])
    world.unprice(2)
    with refused("oracle: no valid price"):
        protocol.deleverage(99, 2, [])
    for account_id in (99, world.trader("flat", 1)):
        with refused("position: none"):
            protocol.deleverage(account_id, 1, [])
    with refused("adl: not bankrupt"):
        protocol.deleverage_next(LONG, 1, 0)
    world.set_price(1, 1_800 * WAD)
    # Equity 0 is not bankrupt.
    with refused("adl: not bankrupt"):
        protocol.deleverage_next(LONG, 1, 9)
    world.set_price(1, 1_700 * WAD)
    insure(world, 300)
    with refused("adl: insured"):
        protocol.deleverage_next(LONG, 1, 0)
