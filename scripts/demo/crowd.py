"""The crowd of the demonstration: who they are, how they came to their positions, what they do in the crash.

Every trader has a key and an account of its own and signs its own orders. Most are long, small and leveraged;
a few are large and long; those on the other side are fewer, larger, and borrow less. Some come only when the
price has fallen, and buy. All of it follows from the seed.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from eth_keys.datatypes import PrivateKey
from eth_utils import keccak

from scripts.sandbox.population import MARKETS_WEIGHTS, SPREAD_PPM, TOKEN, Trade, base_of


@dataclass(frozen=True)
class Manner:
    """How a kind of trader trades. `share` of a hundred; leverage tiers and their weights; notional of a
    position in whole tokens: median, sigma of the logarithm, largest."""

    share: int
    tiers: tuple[int, ...]
    weights: tuple[int, ...]
    median: int
    sigma: float
    largest: int


class Kind(Enum):
    """`DESK` sells to retail, as much as it buys; `BEAR` sells to whales; `LATE` buys in the crash."""

    RETAIL = Manner(56, (3, 5, 10, 20, 50, 100), (5, 12, 25, 25, 20, 13), 4_000, 1.2, 200_000)
    WHALE = Manner(7, (5, 10, 20, 50), (10, 30, 35, 25), 250_000, 0.9, 2_500_000)
    DESK = Manner(12, (1, 2, 3, 5, 10), (10, 20, 30, 25, 15), 0, 0, 0)
    BEAR = Manner(18, (2, 3, 5, 10, 20), (10, 20, 30, 25, 15), 0, 0, 0)
    LATE = Manner(7, (5, 10, 20, 50), (10, 30, 35, 25), 15_000, 1.2, 300_000)


SMALLEST = 50
# Against one whale stand so many bears.
BEARS = (4, 8)
# Makers of one trade.
MAKERS = 8


@dataclass(frozen=True)
class Person:
    """`markets`: where it trades."""

    number: int
    kind: Kind
    key: PrivateKey
    markets: tuple[int, ...]

    @property
    def address(self) -> str:
        return self.key.public_key.to_checksum_address()


def draw_people(rng: random.Random, count: int, market_ids: Sequence[int], seed: int) -> list[Person]:
    """At least one of each kind trades in every market."""
    kinds = list(Kind)
    choices = range(1, min(len(market_ids), len(MARKETS_WEIGHTS)) + 1)
    people = []
    for number in range(count):
        kind = rng.choices(kinds, [each.value.share for each in kinds])[0]
        how_many = rng.choices(choices, MARKETS_WEIGHTS[: len(choices)])[0]
        markets = rng.sample(market_ids, how_many)
        # The first few see to it that nobody is alone.
        if number < len(kinds) * len(market_ids):
            kind = kinds[number % len(kinds)]
            markets = [market_ids[number // len(kinds)]]
        key = PrivateKey(keccak(text=f"plimsoll trader {seed} {number}"))
        people.append(Person(number, kind, key, tuple(sorted(markets))))
    return people


class Deals:
    """Trades that open the crowd's positions. A trader keeps to one tier in a market."""

    def __init__(self, rng: random.Random, people: Sequence[Person], accounts: Sequence[int]) -> None:
        """`accounts` in the order of the people."""
        self._rng = rng
        self._people = people
        self._accounts = accounts
        self._tiers: dict[tuple[int, int], int] = {}

    def draw(self, marks: Mapping[int, int]) -> list[Trade]:
        """Retail buys from desks, whales from bears."""
        rng, trades = self._rng, []
        for market_id, mark in marks.items():
            here = [person for person in self._people if market_id in person.markets]
            group = {kind: [person for person in here if person.kind is kind] for kind in Kind}
            for desk, customers in _dealt(rng, group[Kind.DESK], group[Kind.RETAIL]):
                sizes = [_size(rng, Kind.RETAIL.value, mark) for _ in customers]
                trades.append(self._trade(market_id, mark, desk, customers, sizes))
            for whale in group[Kind.WHALE]:
                bears = group[Kind.BEAR]
                against = rng.sample(bears, min(rng.randint(*BEARS), len(bears)))
                weights = [rng.lognormvariate(0, 1) for _ in against]
                whole = _size(rng, Kind.WHALE.value, mark)
                sizes = [int(whole * weight / sum(weights)) for weight in weights]
                trades.append(self._trade(market_id, mark, whale, against, sizes))
        return trades

    def tier(self, person: Person, market_id: int) -> int:
        manner = person.kind.value
        drawn = self._rng.choices(manner.tiers, manner.weights)[0]
        return self._tiers.setdefault((person.number, market_id), drawn)

    def _trade(
        self, market_id: int, mark: int, taker: Person, makers: Sequence[Person], sizes: Sequence[int]
    ) -> Trade:
        spread = [self._rng.randint(-SPREAD_PPM, SPREAD_PPM) for _ in makers]
        return Trade(
            market_id,
            self._accounts[taker.number],
            self.tier(taker, market_id),
            taker.kind is Kind.WHALE,
            tuple(self._accounts[maker.number] for maker in makers),
            tuple(self.tier(maker, market_id) for maker in makers),
            tuple(sizes),
            tuple(mark + mark * part // 10**6 for part in spread),
        )


def _dealt(
    rng: random.Random, desks: list[Person], customers: list[Person]
) -> list[tuple[Person, list[Person]]]:
    """Every customer to one desk, some desks having many and some few; eight at most in one trade."""
    weights = [rng.lognormvariate(0, 1) for _ in desks]
    dealt: dict[int, list[Person]] = {}
    for customer in customers:
        dealt.setdefault(rng.choices(range(len(desks)), weights)[0], []).append(customer)
    return [
        (desks[desk], theirs[first : first + MAKERS])
        for desk, theirs in sorted(dealt.items())
        for first in range(0, len(theirs), MAKERS)
    ]


def _size(rng: random.Random, manner: Manner, mark: int) -> int:
    """Base."""
    notional = min(max(rng.lognormvariate(0, manner.sigma) * manner.median, SMALLEST), manner.largest)
    return base_of(notional, mark)


def draw_pocket(rng: random.Random, person: Person) -> int:
    """Quote units: what a latecomer brings, and what others keep in their wallet for a margin call."""
    manner = person.kind.value if person.kind is Kind.LATE else Kind.RETAIL.value
    return int(rng.lognormvariate(0, manner.sigma) * manner.median / 5) * TOKEN + SMALLEST * TOKEN
