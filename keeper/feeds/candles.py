"""Candles from any exchange: a CSV file with the columns below, in any order and case, others ignored.

A timestamp is that of the bar's open: Unix seconds, milliseconds or microseconds, or ISO 8601 (UTC unless it
says otherwise). Bars may have any length; a file may begin with its newest.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from keeper.feeds.base import FeedUnavailable, to_wad

COLUMNS = ("timestamp", "open", "high", "low", "close")
DELIMITERS = ",;\t"
# A time from here on is not in seconds, but in the next smaller unit.
MILLISECONDS, MICROSECONDS, TOO_LATE = 10**11, 10**14, 10**17


class BadCandles(FeedUnavailable):
    """What is wrong with a file. `problems`: one line each, with file and line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems[:3]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Bar:
    """Prices WAD. `path`: the order in which they are played, a quarter of the bar each."""

    start: int
    path: tuple[int, int, int, int]

    @classmethod
    def of(cls, start: int, opened: int, high: int, low: int, closed: int) -> "Bar":
        """From the open a price goes to the nearer extreme first."""
        inner = (high, low) if high - opened <= opened - low else (low, high)
        return cls(start, (opened, *inner, closed))


def read_bars(path: Path) -> list[Bar]:
    """Two bars at least, in order of time. BadCandles with all that is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            bars = list(_bars(file, path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadCandles([f"{path}: cannot be read: {error}"]) from None
    if len(bars) < 2:
        raise BadCandles([f"{path}: holds {len(bars)} bars, two are needed"])
    if bars[0][1].start > bars[-1][1].start:
        bars.reverse()
    problems = [
        f"{path}:{line}: the bar of {after.start} does not come after that of {before.start}"
        for (_, before), (line, after) in pairwise(bars)
        if after.start <= before.start
    ]
    if problems:
        raise BadCandles(problems)
    return [bar for _, bar in bars]


def _bars(file: Iterable[str], path: Path) -> Iterator[tuple[int, Bar]]:
    """Each with its line."""
    lines = iter(file)
    header = next(lines, "")
    delimiter = max(DELIMITERS, key=header.count)
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise BadCandles([f"{path}:1: there is no column {missing[0]}"])
    places = [names.index(name) for name in COLUMNS]
    problems = []
    reader = csv.reader(lines, delimiter=delimiter)
    for row in reader:
        line = reader.line_num + 1
        if not any(row):
            continue
        try:
            yield line, _bar([row[place].strip() if place < len(row) else "" for place in places])
        except FeedUnavailable as error:
            problems.append(f"{path}:{line}: {error}")
    if problems:
        raise BadCandles(problems)


def _bar(values: list[str]) -> Bar:
    for name, value in zip(COLUMNS, values, strict=True):
        if not value:
            raise FeedUnavailable(f"there is no {name}")
    opened, high, low, closed = map(to_wad, values[1:])
    if not low <= min(opened, closed) <= max(opened, closed) <= high:
        raise FeedUnavailable("open and close are not between low and high")
    return Bar.of(_seconds(values[0]), opened, high, low, closed)


def _seconds(text: str) -> int:
    try:
        number = float(text)
    except ValueError:
        return _iso(text)
    if not 0 <= number < TOO_LATE:
        raise FeedUnavailable(f"{text!r} is no time")
    if number >= MICROSECONDS:
        return int(number) // 10**6
    return int(number) // 1_000 if number >= MILLISECONDS else int(number)


def _iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise FeedUnavailable(f"{text!r} is no time") from None
