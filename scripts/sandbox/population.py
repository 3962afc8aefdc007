"""A crowd of traders with skewed sizes and leverages: who trades what with whom, and on how much margin."""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scripts.sandbox.parameters import WAD

TIERS = (1, 2, 3, 5, 10, 20, 50, 100)
# How many of a hundred traders choose each.
TIER_WEIGHTS = (3, 5, 7, 15, 25, 20, 15, 10)
# How many of a hundred have positions in one, two and three markets.
MARKETS_WEIGHTS = (70, 20, 10)
MAKERS = 8
# Notional of a maker, whole tokens: median and the sigma of its logarithm, smallest and largest.
MEDIAN, SIGMA, SMALLEST, LARGEST = 2_000, 1.2, 50, 200_000
# Entries are this far from the mark at most, and what an account has beyond its requirements is between these
# parts of them.
SPREAD_PPM = 5_000
SLACKS = (0.02, 1.5)
# Sizes are whole multiples of a thousandth of a token at the mark.
TOKEN = 10**6


@dataclass(frozen=True)
class Trade:
    """One taker against at most eight makers; everybody opens. Sizes unsigned."""

    market_id: int
    taker: int
    taker_leverage: int
    taker_buys: bool
    makers: tuple[int, ...]
    leverages: tuple[int, ...]
    sizes: tuple[int, ...]
    prices: tuple[int, ...]

    @property
    def size(self) -> int:
        return sum(self.sizes)

    @property
    def limit(self) -> int:
        """The taker's."""
        return max(self.prices) if self.taker_buys else min(self.prices)

    def taker_entry(self) -> int:
        """Averaged fill by fill and floored, as the chain does it."""
        size, entry = 0, 0
        for added, price in zip(self.sizes, self.prices, strict=True):
            entry = (size * entry + added * price) // (size + added)
            size += added
        return entry


def draw_trades(rng: random.Random, accounts: Sequence[int], marks: Mapping[int, int]) -> list[Trade]:
    """Every account has a position in one market or several of `marks` (by market id, WAD)."""
    members: dict[int, list[int]] = {market_id: [] for market_id in marks}
    choices = range(1, min(len(marks), len(MARKETS_WEIGHTS)) + 1)
    for account in accounts:
        count = rng.choices(choices, MARKETS_WEIGHTS[: len(choices)])[0]
        for market_id in rng.sample(sorted(marks), count):
            members[market_id].append(account)
    trades = []
    for market_id, group in members.items():
        rng.shuffle(group)
        # A party of one finds nobody to trade with.
        if len(group) % (MAKERS + 1) == 1:
            group.pop()
        for first in range(0, len(group), MAKERS + 1):
            taker, *makers = group[first : first + MAKERS + 1]
            trades.append(_draw_trade(rng, market_id, marks[market_id], taker, makers))
    return trades


def _draw_trade(rng: random.Random, market_id: int, mark: int, taker: int, makers: list[int]) -> Trade:
    sizes, prices = [], []
    for _ in makers:
        notional = min(max(rng.lognormvariate(0, SIGMA) * MEDIAN, SMALLEST), LARGEST)
        sizes.append(base_of(notional, mark))
        prices.append(mark + mark * rng.randint(-SPREAD_PPM, SPREAD_PPM) // 10**6)
    return Trade(
        market_id,
        taker,
        # As large as eight others together, nobody lends it 50x.
        rng.choices(TIERS[:6], TIER_WEIGHTS[:6])[0],
        rng.random() < 0.5,
        tuple(makers),
        tuple(rng.choices(TIERS, TIER_WEIGHTS, k=len(makers))),
        tuple(sizes),
        tuple(prices),
    )


def base_of(notional: float, mark: int) -> int:
    """WAD; `notional` in whole tokens."""
    return int(notional * 1_000) * WAD * WAD // (1_000 * mark)


def draw_margins(rng: random.Random, trades: Sequence[Trade]) -> dict[int, int]:
    """Deposit of each account, quote units of a 6-decimal token: what it needs and a little or a lot more."""
    needed: dict[int, int] = defaultdict(int)
    for trade in trades:
        for account, leverage, size, price in zip(
            trade.makers, trade.leverages, trade.sizes, trade.prices, strict=True
        ):
            needed[account] += _needed(size, price, leverage)
        needed[trade.taker] += _needed(trade.size, trade.limit, trade.taker_leverage)
    low, high = SLACKS
    # The cube: most have little more than they need.
    return {account: int(need * (1 + low + high * rng.random() ** 3)) for account, need in needed.items()}


def _needed(size: int, price: int, leverage: int) -> int:
    notional = size * price // 10**30 + 1
    # Both sides' distance to the mark and the larger fee.
    return notional // leverage + notional * (2 * SPREAD_PPM + 1_000) // 10**6


@dataclass
class Hints:
    """The order of every tier's list as it follows from what was placed through here."""

    _lists: dict[tuple[int, bool, int], tuple[list[int], list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: ([], []))
    )

    def place(self, account: int, market_id: int, is_long: bool, leverage: int, entry: int) -> int:
        """Where a new position will stand: the accounts in front of it, 32 bits each, the nearest lowest."""
        keys, accounts = self._lists[market_id, is_long, leverage]
        key = entry if is_long else -entry
        at = bisect_right(keys, key)
        hint = 0
        for before in accounts[max(at - 8, 0) : at]:
            hint = hint << 32 | before
        keys.insert(at, key)
        accounts.insert(at, account)
        return hint
