"""Replays: only prices that are in the file, in the order a bar is walked."""

from pathlib import Path

import pytest

from keeper.feeds.base import FeedUnavailable
from keeper.feeds.replay import ReplayFeed
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
