"""A venue's history in the contracts' units: sizes and prices WAD, money quote units, times Unix seconds."""

from dataclasses import dataclass, field

from scripts.deployment.params import Market

DECIMALS = 6
SCALE = 10 ** (36 - DECIMALS)


@dataclass(frozen=True)
class Place:
    """Where in the input something stands, for whoever asks why it was refused."""

    file: str
    line: int


@dataclass(frozen=True)
class Holding:
    """A position of a snapshot; `size` signed."""

    place: Place
    account: str
    market: str
    size: int
    entry_price: int
    leverage: int


@dataclass(frozen=True)
class Trade:
    """A fill; `size` unsigned."""

    place: Place
    time: int
    market: str
    buyer: str
    seller: str
    size: int
    price: int
    buyer_leverage: int
    seller_leverage: int


@dataclass
class Mapped:
    """What the input says and the contracts cannot say exactly."""

    # Leverages that are no tier, by what was given and what was taken.
    leverages: dict[tuple[str, int], int] = field(default_factory=dict)
    # Numbers with more decimals than the contracts keep, cut off.
    rounded: int = 0
    # Prices that another one of the same second replaced.
    replaced: int = 0


@dataclass(frozen=True)
class Terms:
    """Of the venue as a whole, quote units."""

    insurance: int
    global_bucket: int
    keeper_deposit: int


@dataclass(frozen=True)
class History:
    """`markets`: by name, in the order of their ids. `prices`: by time, then by market."""

    deposits: dict[str, int]
    markets: dict[str, Market]
    buckets: dict[str, int]
    terms: Terms
    holdings: tuple[Holding, ...]
    trades: tuple[Trade, ...]
    prices: dict[int, dict[str, int]]
    mapped: Mapped

    @property
    def times(self) -> list[int]:
        """Of prices and fills, each once."""
        return sorted(self.prices.keys() | {trade.time for trade in self.trades})
