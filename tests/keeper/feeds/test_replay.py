"""Replays: only prices that are in the file, in the order a bar is walked."""

from pathlib import Path

import pytest

from keeper.feeds.base import FeedUnavailable
from keeper.feeds.replay import ReplayFeed, read_bars
from keeper.types import Observation
from tests.keeper.feeds.answers import read

WAD = 10**18
HEADER = "timestamp,open,high,low,close\n"
# Falls from 100 to 95, its high is nearer to the open; then rises, its low is nearer.
BARS = HEADER + "1000,100,101,90,95\n1060,95,120.5,94,120\n"
START = 1_700_000_000


def replay(tmp_path: Path, text: str = BARS, starts_at: int = START) -> ReplayFeed:
    file = tmp_path / "bars.csv"
    file.write_text(text)
    return ReplayFeed(file, starts_at)


@pytest.mark.parametrize(
    ("seconds", "price"),
    [
        (0, 100),
        (14, 100),
        (15, 101),
        (30, 90),
        (45, 95),
        (59, 95),
        (60, 95),
        (75, 94),
        (90, 120.5),
        (119, 120),
    ],
)
def test_price__inside_a_bar__open_nearer_extreme_other_close(
    tmp_path: Path, seconds: int, price: float
) -> None:
    assert replay(tmp_path).price(START + seconds) == int(price * 10) * WAD // 10


def test_price__before_and_after__none(tmp_path: Path) -> None:
    feed = replay(tmp_path)
    with pytest.raises(FeedUnavailable, match="the replay starts in 1 s"):
        feed.price(START - 1)
    with pytest.raises(FeedUnavailable, match="the replay is over"):
        feed.price(START + 120)


def test_read__no_start_given__begins_when_first_read(tmp_path: Path) -> None:
    feed = replay(tmp_path, starts_at=0)
    assert read(feed, START + 500.9) == Observation(100 * WAD, START + 500)
    assert read(feed, START + 530) == Observation(90 * WAD, START + 530)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER + "1000,100,101,90,95\n", "holds 1 bars, two are needed"),
        (HEADER + "1000,1,1,1,1\n1000,1,1,1,1\n", "the bar of 1000 does not come after that of 1000"),
        ("time,open\n1,2\n", "line 2 has no timestamp"),
        (HEADER + "noon,1,1,1,1\n", "line 2: 'noon' is no time"),
        (HEADER + "1000,1,1,1,one\n", "'one' is no number"),
        (HEADER + "1000,1,1,1,2\n", "line 2: open and close are not between low and high"),
        (HEADER + "1000,0,1,0,1\n", "out of the range"),
    ],
)
def test_read_bars__bad_file__says_where(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(FeedUnavailable, match=reason):
        replay(tmp_path, text)


def test_read_bars__no_file__says_so(tmp_path: Path) -> None:
    with pytest.raises(FeedUnavailable, match=r"bars\.csv: cannot be read"):
        read_bars(tmp_path / "bars.csv")
