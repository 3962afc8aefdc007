"""What a demonstration may be asked for, and what is said to the rest."""

from pathlib import Path

import pytest

from keeper.cli.__main__ import run
from keeper.config import ConfigError
from scripts.demo import scenario
from scripts.demo.options import MISTAKES, Asked, understand
from scripts.demo.story import Market

HEADER = "timestamp,open,high,low,close\n"
START = 1_700_000_000
HOUR = 3_600
# Falls by a half within its second of four hours.
CRASH = (
    f"{START},100,100,100,100\n{START + HOUR},100,100,50,60\n{START + 2 * HOUR},60,70,60,70\n"
    f"{START + 3 * HOUR},70,70,70,70\n"
)


def file(folder: Path, text: str = HEADER + CRASH, name: str = "bars.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def problems(asked: Asked) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        understand(asked)
    return caught.value.problems


def test_understand__nothing_asked__the_embedded_crash() -> None:
    found, markets, ticks = understand(Asked(traders=80, seed=7))
    assert [market.name for market in markets] == list(scenario.MARKETS)
    assert (found.name, found.seed, found.traders) == ("BTC, ETH, SOL, an invented day", 7, 80)
    assert (found.starts_at, found.ends_at) == (ticks[0].time, ticks[-1].time)


def test_understand__files__their_markets_in_the_order_given(tmp_path: Path) -> None:
    bars = file(tmp_path)
    found, markets, ticks = understand(Asked([f"ETH={bars}", f"BTC={bars}"]))
    assert markets == (Market(1, "ETH"), Market(2, "BTC"))
    assert found.source == "bars.csv, bars.csv"
    assert min(tick.prices["BTC"] for tick in ticks) == 50 * 10**18


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2023-11-14T23:13:20", "2023-11-15T00:13:20"),
        ("2023-11-15 00:13:20+01:00", "2023-11-15T00:13:20Z"),
        (f"{START + HOUR}", f"{START + 2 * HOUR}"),
    ],
)
def test_understand__from_and_to__in_any_spelling(tmp_path: Path, start: str, end: str) -> None:
    found, _, _ = understand(Asked([f"BTC={file(tmp_path)}"], start, end))
    assert (found.starts_at, found.ends_at) == (START + HOUR, START + 2 * HOUR)


def test_understand__several_mistakes__one_line_each(tmp_path: Path) -> None:
    bad = file(tmp_path, HEADER + "noon,1,1,1,1\n5,1,1,1,2\n", "bad.csv")
    good = file(tmp_path)
    asked = Asked([f"A={bad}", "no file", f"B={good}", f"B={good}"], start="yesterday", end="2023-13-01")
    assert problems(asked) == (
        f"{bad}:2: 'noon' is no time",
        f"{bad}:3: open and close are not between low and high",
        "--prices no file: NAME=FILE is needed, as in BTC=btc_1m.csv",
        f"--prices B={good}: there are two files for B",
        "--from yesterday: is no time: 2025-10-10T20:50, UTC, or Unix seconds",
        "--to 2023-13-01: is no time: 2025-10-10T20:50, UTC, or Unix seconds",
    )


def test_understand__a_file_full_of_mistakes__the_first_and_how_many_more(tmp_path: Path) -> None:
    bad = file(tmp_path, HEADER + "noon,1,1,1,1\n" * 50)
    found = problems(Asked([f"BTC={bad}"]))
    assert found[-1] == f"{bad}: 40 more mistakes"
    assert len(found) == MISTAKES + 1


def test_understand__too_many_markets__says_how_many(tmp_path: Path) -> None:
    bars = file(tmp_path)
    assert problems(Asked([f"M{number}={bars}" for number in range(9)])) == (
        "--prices: 9 markets, at most 8 can be played",
    )


def test_understand__outside_the_files__says_what_they_have(tmp_path: Path) -> None:
    [said] = problems(Asked([f"BTC={file(tmp_path)}"], start="2020-01-01"))
    assert f"from {START} to {START + 4 * HOUR - HOUR // 4} only" in said


def test_demo__bad_file__one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = file(tmp_path, HEADER + "noon,1,1,1,1\n5,1,1,1,1\n")
    assert run(["demo", "--prices", f"BTC={bad}", "--folder", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"plimsoll: {bad}:2: 'noon' is no time\n")
    assert not (tmp_path / "out").exists()


def test_understand__prices_of_the_first_day_of_time__says_what_to_do(tmp_path: Path) -> None:
    """A file that counts its bars from zero."""
    bars = file(tmp_path, f"{HEADER}0,9,9,9,9\n{HOUR},9,9,9,9\n")
    assert problems(Asked([f"BTC={bars}"])) == (
        "the prices begin at second 0 of 1970: add a day or more to every timestamp",
    )


@pytest.mark.parametrize(("price", "shown"), [("0.0299", "0.0299"), ("30000001", "30000001")])
def test_understand__a_price_that_no_market_can_have__says_which_are_possible(
    tmp_path: Path, price: str, shown: str
) -> None:
    same = ",".join([price] * 4)
    bars = file(tmp_path, f"{HEADER}{START},{same}\n{START + HOUR},{same}\n")
    assert problems(Asked([f"BTC={bars}"])) == (
        f"BTC cannot be played at {shown}: from 0.03 to 30,000,000 is possible",
    )
