"""What a demonstration is asked for, understood or refused: one line for each mistake."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from keeper.config import ConfigError
from keeper.feeds.base import from_wad
from keeper.feeds.candles import BadCandles, Bar, read_bars
from scripts.demo import scenario
from scripts.demo.story import Market, Scenario
from scripts.demo.window import BadWindow, Tick, Window, choose, ticks

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,11}")
# An account is in eight markets at most, and so are its keeper's.
MARKETS = 8
# Whole quote: at other prices a market of these parameters cannot be listed.
LOWEST, HIGHEST = Decimal("0.03"), 30_000_000
# Unix seconds: the venue comes to be in the hour before the first price.
EARLIEST = 86_400
# Of a file, said one by one.
MISTAKES = 10
EMBEDDED = "computed by scripts/demo/scenario.py, as violent as 10 October 2025"


@dataclass(frozen=True)
class Asked:
    """The command's options. `prices`: NAME=FILE; none: the embedded crash. Times are ISO 8601 or Unix
    seconds."""

    prices: Sequence[str] = ()
    start: str | None = None
    end: str | None = None
    traders: int = 300
    seed: int = 1


def understand(asked: Asked) -> tuple[Scenario, tuple[Market, ...], list[Tick]]:
    """What is played; ConfigError with all mistakes."""
    problems: list[str] = []
    bars = _bars(asked.prices, problems) if asked.prices else scenario.crash()
    start, end = (
        _moment(option, text, problems) for option, text in (("--from", asked.start), ("--to", asked.end))
    )
    if problems:
        raise ConfigError(problems)
    try:
        window = choose(bars, start, end)
    except BadWindow as error:
        raise ConfigError([str(error)]) from None
    played = ticks(bars, window)
    problems += [
        f"{name} cannot be played at {from_wad(price)}: from {LOWEST} to {HIGHEST:,} is possible"
        for name, price in played[0].prices.items()
        if not LOWEST * 10**18 <= price <= HIGHEST * 10**18
    ]
    if window.start < EARLIEST:
        problems.append(
            f"the prices begin at second {window.start} of 1970: add a day or more to every timestamp"
        )
    if problems:
        raise ConfigError(problems)
    files = ", ".join(Path(each.partition("=")[2]).name for each in asked.prices)
    found = Scenario(
        name=_name(bars, window) if asked.prices else f"{', '.join(bars)}, an invented day",
        source=files or EMBEDDED,
        starts_at=window.start,
        ends_at=window.end,
        seed=asked.seed,
        traders=asked.traders,
    )
    markets = tuple(Market(number, name) for number, name in enumerate(bars, 1))
    return found, markets, played


def _bars(prices: Sequence[str], problems: list[str]) -> dict[str, list[Bar]]:
    found: dict[str, list[Bar]] = {}
    for each in prices:
        name, _, file = each.partition("=")
        if not NAME.fullmatch(name) or not file:
            problems.append(f"--prices {each}: NAME=FILE is needed, as in BTC=btc_1m.csv")
        elif name in found:
            problems.append(f"--prices {each}: there are two files for {name}")
        else:
            found[name] = []
            try:
                found[name] = read_bars(Path(file))
            except BadCandles as error:
                problems += error.problems[:MISTAKES]
                if len(error.problems) > MISTAKES:
                    problems.append(f"{file}: {len(error.problems) - MISTAKES} more mistakes")
    if len(found) > MARKETS:
        problems.append(f"--prices: {len(found)} markets, at most {MARKETS} can be played")
    return found


def _moment(option: str, text: str | None, problems: list[str]) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, OSError):
        problems.append(f"{option} {text}: is no time: 2025-10-10T20:50, UTC, or Unix seconds")
        return None


def _name(bars: dict[str, list[Bar]], window: Window) -> str:
    day = datetime.fromtimestamp(window.start, UTC)
    return f"{', '.join(bars)} on {day.day} {day:%B %Y}"
