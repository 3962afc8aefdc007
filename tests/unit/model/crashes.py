"""Small worlds by hand, in which somebody is in trouble."""

from dataclasses import replace
from typing import NamedTuple

from tests.helpers.model.liquidation import Liquidated
from tests.unit.model.scenario import NO_FEES, PARAMS, USD, WAD, Scenario

# More than any position.
ALL = 10**30
# Accounts of `crash`, in the order of arrival.
LONG, FIRST, SECOND, THIRD = 1, 2, 3, 4


def insure(world: Scenario, dollars: int) -> None:
    """So much in the vault, and buckets of the same size."""
    world.protocol.vault_deposit("depositor", dollars * USD, "depositor")
    for market_id in (0, 1):
        world.protocol.set_bucket(market_id, dollars * USD)


class Desk(NamedTuple):
    """A world in which `long` holds 1 at 2,000 with 200 of margin, and somebody waits to take over."""

    world: Scenario
    long: int
    short: int
    liquidator: int

    def liquidate(self, size: int = ALL, leverage: int = 10, hint: int = 0) -> Liquidated:
        protocol = self.world.protocol
        return protocol.liquidate("liquidator", self.long, 1, size, self.liquidator, leverage, hint)

    def insure(self, dollars: int) -> None:
        insure(self.world, dollars)


def desk(price: int = 2_000, margin: int = 200, **params: int) -> Desk:
    world = Scenario(replace(PARAMS, **NO_FEES, **params))
    long, short = world.trader("long", margin), world.trader("short", 5_000)
    liquidator = world.trader("liquidator", 5_000)
    world.trade(long, short, WAD)
    world.set_price(1, price * WAD)
    return Desk(world, long, short, liquidator)


def crash(price: int = 1_700) -> Scenario:
    """A long of 3 with 600 of margin against three shorts of 1 at 2,000, at 20x, 10x and 5x."""
    world = Scenario(replace(PARAMS, **NO_FEES))
    world.trader("long", 600)
    for owner, leverage in (("first", 20), ("second", 10), ("third", 5)):
        short = world.trader(owner, 1_000)
        world.fill(world.order(short, -WAD, leverage=leverage), world.order(LONG, WAD), WAD)
    world.set_price(1, price * WAD)
    return world
