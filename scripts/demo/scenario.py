"""The embedded crash: three markets, a bar a minute, as violent as 10 October 2025 and copied from nowhere.

    close(t) = start x (1 - depth x fall(t)) x (1 + noise)

`fall` goes straight from one of the points below to the next, the same in every market: a slow morning, half
of the way in a quarter of an hour, the rest in five minutes, half of that back in three, and once more down.
`depth` is how far a market falls in all. `noise` is even between plus and minus 0.25 %, four times that while
the market falls, from a generator of its own with a fixed seed; wicks beyond open and close are drawn alike.
"""

from dataclasses import dataclass
from itertools import pairwise
from random import Random

from keeper.feeds.candles import Bar

WAD, PPM = 10**18, 10**6
MINUTE = 60
# 15 January 2025, 12:00 UTC.
START = 1_736_942_400
# Minute, and part of the depth in ppm.
FALL = (
    *((0, 0), (40, 60_000), (75, 130_000), (90, 300_000), (98, 550_000), (101, 520_000), (106, 1_000_000)),
    *((109, 740_000), (114, 900_000), (125, 620_000), (150, 560_000), (180, 520_000)),
)
# While the market falls.
WILD = range(85, 120)
NOISE_PPM, WILD_FACTOR = 2_500, 4


@dataclass(frozen=True)
class Fallen:
    """`start` in whole quote, `depth` in ppm."""

    start: int
    depth: int


MARKETS = {"BTC": Fallen(120_000, 160_000), "ETH": Fallen(4_300, 220_000), "SOL": Fallen(220, 380_000)}


def crash() -> dict[str, list[Bar]]:
    """The bars of every market, by its name."""
    return {name: _bars(fallen, Random(name)) for name, fallen in MARKETS.items()}


def _bars(fallen: Fallen, rng: Random) -> list[Bar]:
    bars = []
    opened = fallen.start * WAD
    for minute in range(FALL[-1][0]):
        noise = NOISE_PPM * (WILD_FACTOR if minute in WILD else 1)
        smooth = fallen.start * WAD * (PPM - fallen.depth * _fall(minute + 1) // PPM) // PPM
        closed = smooth * (PPM + rng.randint(-noise, noise)) // PPM
        high = max(opened, closed) * (PPM + rng.randint(0, noise)) // PPM
        low = min(opened, closed) * (PPM - rng.randint(0, noise)) // PPM
        bars.append(Bar.of(START + minute * MINUTE, opened, high, low, closed))
        opened = closed
    return bars


def _fall(minute: int) -> int:
    """Part of the depth, ppm."""
    for (since, here), (until, there) in pairwise(FALL):
        if minute <= until:
            return here + (there - here) * (minute - since) // (until - since)
    raise ValueError(f"the crash is over by minute {minute}")
