"""Recorded bars played again, for local chains and testnets."""

from bisect import bisect_right
from pathlib import Path

from keeper.feeds.base import FeedUnavailable
from keeper.feeds.candles import read_bars
from keeper.types import Observation


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
