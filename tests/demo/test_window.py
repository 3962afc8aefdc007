"""What is played of recorded bars: which part, at which prices, in which steps."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.feeds.candles import Bar
from scripts.demo import scenario
from scripts.demo.window import (
    MOST_BLOCKS,
    STEPS_PPM,
    BadWindow,
    Path,
    Window,
    bar_length,
    choose,
    distance,
    longest,
    ticks,
    walk,
)

WAD = 10**18
HOUR = 3_600
START = 1_700_000_000


def flat(start: int, price: int, length: int = HOUR, count: int = 24) -> list[Bar]:
    return [Bar.of(start + number * length, *[price * WAD] * 4) for number in range(count)]


@st.composite
def histories(draw: st.DrawFn) -> list[Bar]:
    """Hours in which a price goes up to a fifth up or down, with wicks."""
    bars, opened = [], draw(st.integers(1, 10**6)) * WAD
    for number in range(draw(st.integers(2, 12))):
        closed = opened * draw(st.integers(800, 1_250)) // 1_000
        high = max(opened, closed) * draw(st.integers(1_000, 1_100)) // 1_000
        low = min(opened, closed) * draw(st.integers(900, 1_000)) // 1_000
        bars.append(Bar.of(START + number * HOUR, opened, high, low, closed))
        # The next one may open elsewhere.
        opened = closed * draw(st.integers(990, 1_010)) // 1_000
    return bars


@given(histories())
def test_walk__any_bars__stays_within_them_in_small_steps_to_the_last_close(bars: list[Bar]) -> None:
    path = Path.of(bars)
    window = Window(path.times[0], path.times[-1])
    for step in STEPS_PPM:
        found = walk({"BTC": path}, window, step)
        for before, after in pairwise(found):
            assert before.time < after.time <= before.time + longest(window)
            assert distance(before, after) < step
        for tick in found:
            number = (tick.time - START) // HOUR
            around = [*bars[number].path, *bars[min(number + 1, len(bars) - 1)].path]
            assert min(around) <= tick.prices["BTC"] <= max(around)
        played = [tick.prices["BTC"] for tick in found]
        assert (played[0], played[-1]) == (bars[0].path[0], bars[-1].path[-1])
        assert (min(played), max(played)) == (min(path.prices), max(path.prices))


@given(histories(), histories())
def test_ticks__two_markets__the_finest_step_for_which_the_blocks_suffice(
    first: list[Bar], second: list[Bar]
) -> None:
    bars = {"BTC": first, "ETH": second}
    window = choose(bars)
    paths = {name: Path.of(each) for name, each in bars.items()}
    fitting = (walk(paths, window, step) for step in STEPS_PPM)
    found = ticks(bars, window)
    assert found == next(
        (each for each in fitting if len(each) <= MOST_BLOCKS), walk(paths, window, STEPS_PPM[-1])
    )
    assert all(tick.prices.keys() == bars.keys() for tick in found)


def test_walk__nothing_happens__a_price_now_and_then() -> None:
    bars = flat(START, 100)
    window = choose({"BTC": bars})
    found = ticks({"BTC": bars}, window)
    assert {tick.prices["BTC"] for tick in found} == {100 * WAD}
    pause = longest(window)
    assert pause == 23 * HOUR // 100 + HOUR * 3 // 400
    gaps = {after.time - before.time for before, after in pairwise(found[:-1])}
    assert pause - pause // 4 < min(gaps) <= max(gaps) <= pause


def test_choose__one_fall__a_quarter_of_it_before_and_half_of_it_after() -> None:
    bars = flat(START, 100)
    bars[10] = Bar.of(bars[10].start, 100 * WAD, 100 * WAD, 60 * WAD, 60 * WAD)
    bars[11:] = flat(bars[11].start, 70, count=13)
    window = choose({"ETH": flat(START, 5), "BTC": bars})
    # Its last top is a quarter of the bar before its bottom: less than an hour counts as one.
    top, bottom = bars[10].start + HOUR // 4, bars[10].start + HOUR // 2
    assert window == Window(top - HOUR // 4, bottom + HOUR // 2)


def test_choose__from_and_to__are_kept() -> None:
    bars = {"BTC": flat(START, 100)}
    assert choose(bars, START + 60, START + HOUR) == Window(START + 60, START + HOUR)
    assert choose(bars, end=START + 20 * HOUR).end == START + 20 * HOUR


@pytest.mark.parametrize(
    ("bars", "start", "end", "reason"),
    [
        ({"BTC": flat(START, 1), "ETH": flat(START + 48 * HOUR, 1)}, None, None, "no time in common"),
        ({"BTC": flat(START, 1)}, START - 1, None, f"from {START} to {START + 24 * HOUR - HOUR // 4} only"),
        ({"BTC": flat(START, 1)}, None, START + 25 * HOUR, f"from {START} to"),
        ({"BTC": flat(START, 1)}, START + 60, START + 60, "the end is not after the start"),
        ({"BTC": flat(START, 1)}, START + 30 * HOUR, None, "have prices of all markets from"),
        ({"BTC": flat(START, 1)}, None, START - 60, "have prices of all markets from"),
    ],
)
def test_choose__not_in_the_files__says_why(
    bars: dict[str, list[Bar]], start: int | None, end: int | None, reason: str
) -> None:
    with pytest.raises(BadWindow, match=reason):
        choose(bars, start, end)


def test_path__a_bar_is_missing__goes_straight_to_the_next() -> None:
    bars = flat(START, 100, count=3) + flat(START + 4 * HOUR, 200, count=2)
    path = Path.of(bars)
    assert bar_length(bars) == HOUR
    closed = START + 2 * HOUR + HOUR * 3 // 4
    assert path.at(closed) == 100 * WAD
    assert path.at((closed + START + 4 * HOUR) // 2) == 150 * WAD


def test_crash__embedded__falls_as_said_and_is_the_same_every_time() -> None:
    bars = scenario.crash()
    assert bars == scenario.crash()
    for name, fallen in scenario.MARKETS.items():
        lowest = min(price for bar in bars[name] for price in bar.path)
        depth = 10**6 - lowest * 10**6 // (fallen.start * WAD)
        assert fallen.depth <= depth <= fallen.depth + 30_000
    found = ticks(bars, choose(bars))
    assert 100 <= len(found) <= MOST_BLOCKS
