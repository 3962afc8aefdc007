"""What of the recorded bars is played, and at which prices.

Window: around the worst fall from a price to a later one, of any market, within 3 hours (or 16 bars, if they
are longer): from a quarter of its duration (an hour at least) before its top to half of it after its bottom.

Path: inside a bar the price goes from the open to the nearer of high and low, to the other, to the close, a
quarter of the bar each, and straight on between them. A price is played when that of a market has moved by
most of a step since the last one that was played, when nothing was played for long, and at every market's
highest and lowest. So a bar in which little happens is one price or none, and no market moves by a whole
step at once, unless the bars leave no second in between. A step is 1.5 %, or the least of 2, 3, 5 and 8 %
for which the blocks suffice.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mode

from keeper.feeds.candles import Bar

HORIZON, HORIZON_BARS = 3 * 3_600, 16
# Parts of the fall's duration, which counts as an hour at least, that are played before and after it.
BEFORE, AFTER, SHORTEST = 4, 2, 3_600
# The largest moves at once that are tried.
STEPS_PPM = (15_000, 20_000, 30_000, 50_000, 80_000)
# A step is looked at in eighths: six of them are played, and a seventh may come with them. A pause likewise.
PARTS, ENOUGH = 8, 6
MOST_BLOCKS = 480
# Seconds without a price at most, or a hundredth of the window.
LONGEST, LONGEST_PART = 600, 100
PPM = 10**6

Bars = Mapping[str, Sequence[Bar]]


class BadWindow(Exception):
    """Nothing can be played."""


@dataclass(frozen=True)
class Window:
    """Unix seconds."""

    start: int
    end: int


@dataclass(frozen=True)
class Tick:
    """Prices (WAD) of every market at a moment."""

    time: int
    prices: Mapping[str, int]


@dataclass(frozen=True)
class Path:
    """A market's price at every second from the first bar's open to the last one's close."""

    times: Sequence[int]
    prices: Sequence[int]

    @classmethod
    def of(cls, bars: Sequence[Bar]) -> "Path":
        length = bar_length(bars)
        times: list[int] = []
        prices: list[int] = []
        for bar, following in zip(bars, [*bars[1:], None], strict=True):
            long = length if following is None else min(length, following.start - bar.start)
            times += [bar.start + quarter * long // 4 for quarter in range(4)]
            prices += bar.path
        # Of bars shorter than four seconds some prices have no second of their own: the later ones count.
        last = dict(zip(times, prices, strict=True))
        return cls(list(last), list(last.values()))

    def at(self, time: int) -> int:
        """Interpolated and floored."""
        after = bisect_right(self.times, time)
        if after == len(self.times):
            return self.prices[-1]
        (since, until), (here, there) = self.times[after - 1 : after + 1], self.prices[after - 1 : after + 1]
        return here + (there - here) * (time - since) // (until - since)

    def within(self, window: Window) -> Iterator[tuple[int, int]]:
        """Turning points: time and price."""
        first, last = bisect_left(self.times, window.start), bisect_right(self.times, window.end)
        return zip(self.times[first:last], self.prices[first:last], strict=True)


def bar_length(bars: Sequence[Bar]) -> int:
    """Seconds: the usual distance between two."""
    return mode(after.start - before.start for before, after in pairwise(bars))


def choose(bars: Bars, start: int | None = None, end: int | None = None) -> Window:
    """The part around the worst fall, or what is asked for of it; BadWindow if the files do not have it."""
    paths = {name: Path.of(each) for name, each in bars.items()}
    first = max(path.times[0] for path in paths.values())
    last = min(path.times[-1] for path in paths.values())
    if first >= last:
        raise BadWindow("the files have no time in common")
    whole = Window(first, last)
    if start is None or end is None:
        found = _around(whole, *_worst_fall(bars, paths, whole))
        start = found.start if start is None else start
        end = found.end if end is None else end
    if min(start, end) < first or max(start, end) > last:
        raise BadWindow(f"the files have prices of all markets from {first} to {last} only (Unix seconds)")
    if start >= end:
        raise BadWindow("nothing is left to play: the end is not after the start")
    return Window(start, end)


def _around(whole: Window, top: int, bottom: int) -> Window:
    duration = max(bottom - top, SHORTEST)
    return Window(max(top - duration // BEFORE, whole.start), min(bottom + duration // AFTER, whole.end))


def _worst_fall(bars: Bars, paths: Mapping[str, Path], whole: Window) -> tuple[int, int]:
    """Times of its top and its bottom."""
    worst, found = 0, (whole.start, whole.end)
    for name, path in paths.items():
        horizon = max(HORIZON, HORIZON_BARS * bar_length(bars[name]))
        # Falling prices: the first is the highest within the horizon.
        tops: deque[tuple[int, int]] = deque()
        for time, price in path.within(whole):
            while tops and tops[-1][1] <= price:
                tops.pop()
            tops.append((time, price))
            while tops[0][0] < time - horizon:
                tops.popleft()
            fall = PPM - price * PPM // tops[0][1]
            if fall > worst:
                worst, found = fall, (tops[0][0], time)
    return found


def ticks(bars: Bars, window: Window) -> list[Tick]:
    """What is played: the finest steps for which the blocks suffice."""
    paths = {name: Path.of(each) for name, each in bars.items()}
    found: list[Tick] = []
    for step in STEPS_PPM:
        found = walk(paths, window, step)
        if len(found) <= MOST_BLOCKS:
            break
    return found


def walk(paths: Mapping[str, Path], window: Window, step: int) -> list[Tick]:
    """With moves below a step, in parts per million."""
    ends = {window.start, window.end}
    moments = sorted({time for path in paths.values() for time, _ in path.within(window)} | ends)
    must = {time for path in paths.values() for time in _extremes(path, window)} | ends
    pause = longest(window)
    return list(_thinned(_refined(paths, moments, step, pause), must, step, pause))


def longest(window: Window) -> int:
    """Seconds between two prices at most."""
    return max(LONGEST, (window.end - window.start) // LONGEST_PART)


def _extremes(path: Path, window: Window) -> Iterator[int]:
    """Times of the lowest and the highest price in the window."""
    points = list(path.within(window))
    if points:
        yield min(points, key=lambda point: point[1])[0]
        yield max(points, key=lambda point: point[1])[0]


def _refined(paths: Mapping[str, Path], moments: Sequence[int], step: int, pause: int) -> Iterator[Tick]:
    """Between two moments as many more as keep every market's move within a part of a step, and
    the time within that part of the pause."""

    def tick(time: int) -> Tick:
        return Tick(time, {name: path.at(time) for name, path in paths.items()})

    before = tick(moments[0])
    yield before
    for moment in moments[1:]:
        after = tick(moment)
        slow_enough = (moment - before.time) * step // (PARTS * max(distance(before, after), 1))
        pace = max(min(slow_enough, pause // PARTS), 1)
        for time in range(before.time + pace, moment, pace):
            yield tick(time)
        yield after
        before = after


def _thinned(found: Iterator[Tick], must: set[int], step: int, pause: int) -> Iterator[Tick]:
    played = next(found)
    yield played
    for tick in found:
        is_far = distance(played, tick) * PARTS >= step * ENOUGH
        is_late = tick.time - played.time > pause - pause // PARTS
        if is_far or is_late or tick.time in must:
            played = tick
            yield tick


def distance(one: Tick, other: Tick) -> int:
    """The largest move of a market, parts per million of the lower price, rounded up."""
    return max(
        -(-abs(price - other.prices[name]) * PPM // min(price, other.prices[name]))
        for name, price in one.prices.items()
    )
