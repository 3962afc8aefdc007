"""Candles of any exchange: what is understood, and what is said of the rest."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.feeds.candles import BadCandles, Bar, read_bars

WAD = 10**18
HEADER = "timestamp,open,high,low,close\n"
TWO = [
    Bar(1_700_000_000, (100 * WAD, 101 * WAD, 90 * WAD, 95 * WAD)),
    Bar(1_700_000_060, (95 * WAD, 94 * WAD, 120 * WAD, 119 * WAD)),
]


def written(folder: Path, text: str) -> Path:
    file = folder / "bars.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "1700000000,100,101,90,95\n1700000060,95,120,94,119\n",
        HEADER + "1700000000000,100,101,90,95\n1700000060000,95,120,94,119\n",
        HEADER + "1700000000000000,100,101,90,95\n1700000060000000,95,120,94,119\n",
        HEADER + "1.7e9,100,101,90,95\n1700000060.0,95,120,94,119\n",
        HEADER + "2023-11-14T22:13:20Z,100,101,90,95\n2023-11-14 22:14:20 UTC,95,120,94,119\n",
        HEADER + "2023-11-15 00:13:20+02:00,100,101,90,95\n2023-11-14 22:14:20,95,120,94,119\n",
        HEADER + "1700000060,95,120,94,119\n1700000000,100,101,90,95\n",
        "volume,Close,LOW, High ,Open,Timestamp\n7,95,90,101,100,1700000000\n,119,94,120,95,1700000060\n",
        "\ufefftimestamp;open;high;low;close\n1700000000;100;101;90;95\n\n1700000060;95;120;94;119\n",
    ],
    ids=["s", "ms", "us", "float", "iso", "zones", "newest_first", "columns", "semicolons"],
)
def test_read_bars__as_exchanges_write_them__the_same_bars(tmp_path: Path, text: str) -> None:
    assert read_bars(written(tmp_path, text)) == TWO


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [":1: there is no column timestamp"]),
        ("timestamp,open,high,close\n1,1,1,1\n", [":1: there is no column low"]),
        (HEADER + "1000,100,101,90,95\n", [": holds 1 bars, two are needed"]),
        (
            HEADER + "1000,1,1,1,1\n1000,1,1,1,1\n",
            [":3: the bar of 1000 does not come after that of 1000"],
        ),
        (HEADER + "noon,1,1,1,1\n", [":2: 'noon' is no time"]),
        (HEADER + "-5,1,1,1,1\n", [":2: '-5' is no time"]),
        (HEADER + "inf,1,1,1,1\n", [":2: 'inf' is no time"]),
        (HEADER + "1000,1,1,1\n", [":2: there is no close"]),
        (HEADER + "1000,1,1,1,2\n", [":2: open and close are not between low and high"]),
        (
            HEADER + "1000,1,1,1,one\n2000,1,1,1,1\n3000,0,1,0,1\n",
            [":2: 'one' is no number", ":4: price 0 is out of the range that the chain accepts"],
        ),
    ],
)
def test_read_bars__bad_file__one_line_for_each_mistake(
    tmp_path: Path, text: str, problems: list[str]
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(BadCandles) as caught:
        read_bars(file)
    assert caught.value.problems == tuple(f"{file}{problem}" for problem in problems)


def test_read_bars__no_file__says_so(tmp_path: Path) -> None:
    with pytest.raises(BadCandles, match=r"bars\.csv: cannot be read"):
        read_bars(tmp_path / "bars.csv")


prices = st.lists(st.integers(1, 10**12), min_size=4, max_size=4).map(sorted)


@given(prices, st.booleans())
def test_bar__any_prices__goes_to_the_nearer_extreme_first(drawn: list[int], rises: bool) -> None:
    low, first, second, high = drawn
    opened, closed = (first, second) if rises else (second, first)
    bar = Bar.of(0, opened, high, low, closed)
    assert (bar.path[0], bar.path[3]) == (opened, closed)
    assert sorted(bar.path) == drawn
    assert abs(bar.path[1] - opened) <= abs(bar.path[2] - opened)
