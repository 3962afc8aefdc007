"""Random trading, deposits and withdrawals of a crowd, and prices that drift, crash and recover."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scripts.sandbox.market import opposite
from scripts.sandbox.population import TIER_WEIGHTS, TIERS
from scripts.sandbox.venue import TOKEN, Venue
from tests.helpers.parameters import WAD

# Of one trade, whole tokens: median and the sigma of its logarithm.
MEDIAN, SIGMA = 1_500, 1.0
# Trades are this far from the mark at most.
SPREAD_PPM = 2_000
# Now and then the price falls further than the router believes at once: the market is unpriced for a minute.
GAP_CHANCE, GAP = 0.000_5, 0.13
TRADES, DEPOSITS, WITHDRAWALS, TIER_CHANGES = 6, 2, 0.3, 0.3
# Of the maker that takes over what a keeper wants to be rid of.
MAKER_DEPOSIT = 200_000_000 * TOKEN
# Block at which a keeper's positions are closed again, and how many blocks lie between.
UNWIND_EVERY = 15


@dataclass
class Weather:
    """The price of one market, WAD, block by block: drifts around its base, falls or jumps, comes back."""

    base: int
    price: int
    rng: random.Random
    # Percent to go and over how many blocks.
    move: float = 0.0
    blocks: int = 0

    def step(self) -> int:
        if not self.blocks and self.rng.random() < 0.01:
            # Most are crashes; some squeeze the shorts.
            falls = self.rng.random() < 0.7
            self.move = self.rng.uniform(-0.3, -0.08) if falls else self.rng.uniform(0.08, 0.2)
            self.blocks = self.rng.choice((2, 5, 10, 20))
        pull = 0.004 * (self.base - self.price) / self.base
        change = self.rng.gauss(pull, 0.001)
        if self.blocks:
            # Not beyond what the router accepts at once.
            change += max(min(self.move / self.blocks, 0.09), -0.09)
            self.move -= self.move / self.blocks
            self.blocks -= 1
        if self.rng.random() < GAP_CHANCE:
            change = -GAP
        self.price = max(int(self.price * (1 + change)), self.base // 10)
        return self.price


class Traders:
    """`act` sends a block's worth of transactions; what of them reverts is the traders' business."""

    def __init__(self, venue: Venue, keeper_account: int, rng: random.Random) -> None:
        self.venue = venue
        self.rng = rng
        self.keeper_account = keeper_account
        self.maker = venue.open_account(MAKER_DEPOSIT)
        self.weather = {
            market_id: Weather(price, price, random.Random(rng.random()))
            for market_id, price in venue.marks.items()
        }
        self.house = venue.system.clearing_house.functions
        self.owner = venue.market.owner
        venue.fund(10**9)

    def act(self, block: int) -> None:
        self.venue.publish({market_id: weather.step() for market_id, weather in self.weather.items()})
        for call in self._trades():
            self.venue.send_soon(call)
        for call in self._movements():
            self.venue.send_soon(call, self.owner)
        if block % UNWIND_EVERY == 0:
            for call in self._unwinding():
                self.venue.send_soon(call)

    def rest(self) -> None:
        """Prices of now, unchanged, and nothing else."""
        self.venue.publish(dict(self.venue.marks))

    def _trades(self) -> Iterator[Any]:
        for _ in range(TRADES):
            market_id = self.rng.choice(list(self.weather))
            buyer, seller = self.rng.sample(self.venue.crowd, 2)
            price = self.venue.marks[market_id]
            notional = self.rng.lognormvariate(0, SIGMA) * MEDIAN
            size = int(notional * 1_000) * WAD * WAD // (1_000 * price)
            limit = price + price * self.rng.randint(-SPREAD_PPM, SPREAD_PPM) // 10**6
            tiers = self.rng.choices(TIERS, TIER_WEIGHTS, k=2)
            yield self.venue.trade_call(buyer, seller, market_id, size, limit, (tiers[0], tiers[1]))

    def _movements(self) -> Iterator[Any]:
        for _ in range(DEPOSITS):
            amount = self.rng.randint(20, 1_000) * TOKEN
            yield self.house.deposit(self.rng.choice(self.venue.crowd), amount)
        if self.rng.random() < WITHDRAWALS:
            amount = self.rng.randint(1, 500) * TOKEN
            yield self.house.withdraw(self.rng.choice(self.venue.crowd), amount, self.owner)
        if self.rng.random() < TIER_CHANGES:
            market_id = self.rng.choice(list(self.weather))
            tier = self.rng.choice(TIERS)
            yield self.house.set_leverage(self.rng.choice(self.venue.crowd), market_id, tier, 0)

    def _unwinding(self) -> Iterator[Any]:
        """The keeper's positions go to the maker: a takeover is no investment."""
        for market_id, price in self.venue.marks.items():
            size = self.venue.position(self.keeper_account, market_id)
            if size:
                order = self.venue.market.order(self.keeper_account, market_id, -size, price, 10)
                taker = replace(opposite(order, self.maker), leverage=2)
                yield self.venue.market.fill_call(order, taker, abs(size))
