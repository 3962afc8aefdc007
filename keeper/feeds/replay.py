"""Recorded bars played again, for local chains and testnets."""

import csv
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from keeper.feeds.base import FeedUnavailable, to_wad
from keeper.types import Observation

COLUMNS = ("timestamp", "open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class Bar:
    """Prices WAD. `path`: the order in which they are played, a quarter of the bar each."""

    start: int
    path: tuple[int, int, int, int]


class ReplayFeed:
    """The first bar is played at `starts_at`; 0: when it is read first."""

    def __init__(self, path: Path, starts_at: int = 0) -> None:
        self._bars = read_bars(path)
        self._starts = [bar.start for bar in self._bars]
        self._starts_at = starts_at
        # The last bar is as long as the one before it.
        self._end = 2 * self._starts[-1] - self._starts[-2]

    async def read(self, now: float) -> Observation:
        if not self._starts_at:
            self._starts_at = int(now)
        return Observation(self.price(int(now)), int(now))

    async def close(self) -> None:
        """Nothing is open."""

    def price(self, now: int) -> int:
        """WAD; only prices that are in the file."""
        at = self._starts[0] + now - self._starts_at
        if at < self._starts[0]:
            raise FeedUnavailable(f"the replay starts in {self._starts_at - now} s")
        if at >= self._end:
            raise FeedUnavailable("the replay is over")
        number = bisect_right(self._starts, at) - 1
        bar = self._bars[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else self._end
        return bar.path[4 * (at - bar.start) // (end - bar.start)]


def read_bars(path: Path) -> list[Bar]:
    """Two bars at least, in order of time."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            bars = [_bar(row, number) for number, row in enumerate(csv.DictReader(file), 2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FeedUnavailable(f"{path}: cannot be read: {error}") from None
    if len(bars) < 2:
        raise FeedUnavailable(f"{path}: holds {len(bars)} bars, two are needed")
    for before, after in pairwise(bars):
        if after.start <= before.start:
            raise FeedUnavailable(
                f"{path}: the bar of {after.start} does not come after that of {before.start}"
            )
    return bars


def _bar(row: dict[str, str | None], line: int) -> Bar:
    missing = [name for name in COLUMNS if not row.get(name)]
    if missing:
        raise FeedUnavailable(f"line {line} has no {missing[0]}")
    try:
        start = int(float(row["timestamp"] or ""))
    except (ValueError, OverflowError):
        raise FeedUnavailable(f"line {line}: {row['timestamp']!r} is no time") from None
    opened, high, low, closed = (to_wad(row[name] or "") for name in COLUMNS[1:])
    if not low <= min(opened, closed) <= max(opened, closed) <= high:
        raise FeedUnavailable(f"line {line}: open and close are not between low and high")
    # From the open a price goes to the nearer extreme first.
    inner = (high, low) if high - opened <= opened - low else (low, high)
    return Bar(start, (opened, *inner, closed))
