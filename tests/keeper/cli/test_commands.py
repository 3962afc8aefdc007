"""`plimsoll` as it is called: tables within 80 columns, JSON, exit codes, one line for what goes wrong."""

import json
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

import pytest

from keeper import app, checks
from keeper.book.book import Book
from keeper.book.store import WrongCheckpoint
from keeper.chain.errors import ChainError, Transient
from keeper.cli import sources
from keeper.cli.__main__ import run
from keeper.config import Secrets, Settings
from keeper.records import CheckedRound
from keeper.telemetry import logs
from keeper.types import Facts
from keeper.verdict import Check
from tests.keeper.cli.example_book import HEAD, NOW, SCALE, example_book, parked
from tests.keeper.cli.example_rounds import checked
from tests.keeper.config.examples import CLEARING_HOUSE, LENS

README = Path(__file__).resolve().parents[3] / "keeper" / "README.md"
UNHEALTHY = {
    "status": "unhealthy",
    "reasons": ["no cycle finished for 31 s: look at the log"],
    "uptime_seconds": 400.0,
    "book_block": 8,
    "unsettled": 2,
    "balance": "0.25",
}
LONG = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8 has 0.1 coins, less than it may need: fund it"
FILE = f"""
[chain]
id = 31337
endpoints = ["ws://127.0.0.1:8545"]
[contracts]
clearing_house = "{CLEARING_HOUSE}"
lens = "{LENS}"
[keeper]
account_id = 6
"""


class Venue:
    """What the commands read instead of a chain."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.config = folder / "keeper.toml"
        self.config.write_text(FILE)
        self.book = parked(example_book(), 5)
        self.daemon: dict[str, Any] | None = UNHEALTHY
        self.rounds = [checked(), checked("visit 1: account 4, not 5")]
        self.failure: Exception | None = None
        monkeypatch.setenv("COLUMNS", "80")

        async def book(_settings: Settings) -> Book:
            if self.failure is not None:
                raise self.failure
            return self.book

        async def facts(_settings: Settings, _book: Book) -> Facts:
            return Facts(HEAD, {1: 40_000_000, 2: 0}, 100_000_000, 0, 0, 0)

        async def daemon(_settings: Settings) -> dict[str, Any] | None:
            return self.daemon

        async def scale(_settings: Settings) -> int:
            return SCALE

        async def rounds(_settings: Settings, count: int) -> list[CheckedRound]:
            return self.rounds[:count]

        for name, replacement in list(locals().items()):
            if hasattr(sources, name):
                monkeypatch.setattr(sources, name, replacement)
        # The loggers are everybody's.
        self.logging: list[tuple[object, ...]] = []
        monkeypatch.setattr(logs, "configure", lambda *given: self.logging.append(given))

    def __call__(self, *arguments: str) -> int:
        return run([*arguments, "--config", str(self.config)])


@pytest.fixture
def plimsoll_at_venue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Venue:
    return Venue(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("queue", "1", "--side", "short"), ("account", "5"), ("account", "6"), ("rounds",)],
    ids=" ".join,
)
def test_tables__80_columns__fit(
    plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert plimsoll_at_venue(*arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert not any("…" in line for line in lines)


def test_queue__short__table(plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str]) -> None:
    assert plimsoll_at_venue("queue", "1", "--side", "short", "--count", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "market 1, short  block 8  price 3,770.00"
    assert lines[2].split() == ["rank", "account", "ROE", "leverage", "size", "entry", "lights"]
    assert lines[4].split() == ["1", "4", "+287.50", "%", "50x", "-2", "4,000.00", "●●●●●"]
    assert lines[5].split() == ["2", "2", "+80.49", "%", "10x", "-2", "4,100.00", "●●●●○"]
    assert lines[-1] == "2 of 3 ranked, 1 parked and not ranked. Rank 1 is closed first."


def test_queue__json__exact(plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str]) -> None:
    assert plimsoll_at_venue("queue", "1", "--side", "long", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["account_id"] for row in found["rows"]] == [6, 1]
    assert found["rows"][1]["size"] == "5.170051231405468798"


def test_account__winner__lower_leverage_table(
    plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plimsoll_at_venue("account", "4") == 0
    text = capsys.readouterr().out
    assert "account 4  block 8  healthy" in text
    (row,) = [line.split() for line in text.splitlines() if line.strip().startswith("10x")]
    assert row == ["10x", "no:", "margin", "454.00", "+57.50", "%", "3", "●●○○○"]


@pytest.mark.parametrize("arguments", [("queue", "1", "--side", "short"), ("account", "4")], ids=" ".join)
def test_readme__samples__are_what_is_shown(
    plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    _, found, rest = README.read_text().partition(f"$ plimsoll {' '.join(arguments)}\n")
    assert found
    sample = rest.split("\n```")[0].split("\n\n$ ")[0]
    assert plimsoll_at_venue(*arguments) == 0
    shown = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert shown.startswith(sample)


def test_status__json__venue_and_daemon(plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str]) -> None:
    assert plimsoll_at_venue("status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["venue"]["bankrupt"] == 1
    assert found["venue"]["own"]["account_id"] == 6
    assert found["daemon"]["status"] == "unhealthy"


def test_status__daemon__reasons_or_not_running(
    plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plimsoll_at_venue("status") == 0
    assert "no cycle finished for 31 s: look at the log" in capsys.readouterr().out
    plimsoll_at_venue.daemon = None
    assert plimsoll_at_venue("status") == 0
    assert "keeper  not running on this machine" in capsys.readouterr().out


def test_rounds__one_does_not_match__says_what_differs(
    plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plimsoll_at_venue("rounds") == 0
    text = capsys.readouterr().out
    assert text.count("yes\n") == 1
    assert "visit 1: account 4, not 5" in text
    assert plimsoll_at_venue("rounds", "--json", "--count", "1") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["haircut"], found["verified"], found["visits"][0]["passed_over"]) == (
        "53.965682",
        True,
        True,
    )


def test_rounds__none__said(plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str]) -> None:
    plimsoll_at_venue.rounds = []
    assert plimsoll_at_venue("rounds") == 0
    assert capsys.readouterr().out == "no round of deleveraging was seen yet\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("queue", "3", "--side", "long"), 1, "plimsoll: there is no market 3: the listed ones are 1, 2\n"),
        (("account", "99"), 1, "plimsoll: there is no account 99: the last one is 7\n"),
        (("queue", "1", "--side", "up"), 2, "plimsoll: Invalid value for '--side'"),
        (("queue", "one", "--side", "long"), 2, "plimsoll: Invalid value for 'MARKET'"),
    ],
)
def test_run__wrong_arguments__one_line_and_code(
    plimsoll_at_venue: Venue,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    assert plimsoll_at_venue(*arguments) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(said)
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Transient("no endpoint can be used: node refused"), "no endpoint can be used: node refused"),
        (WrongCheckpoint("of another chain"), "of another chain"),
        (OperationalError("disk is full"), "a database in [keeper] folder cannot be used (disk is full): "),
        (PermissionError(13, "Permission denied"), "[Errno 13] Permission denied"),
    ],
)
def test_run__known_failure__one_line(
    plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str], failure: Exception, said: str
) -> None:
    plimsoll_at_venue.failure = failure
    assert plimsoll_at_venue("status") == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"plimsoll: {said}")
    assert told.err.count("\n") == 1
    # What the daemon says needs no node.
    assert ("no cycle finished for 31 s" in told.out) == isinstance(failure, ChainError)


def test_run__defect__no_traceback(plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str]) -> None:
    plimsoll_at_venue.failure = ZeroDivisionError("division by zero")
    assert plimsoll_at_venue("status") == 1
    text = capsys.readouterr().err
    assert text.startswith("plimsoll: ZeroDivisionError at ")
    assert text.endswith(": division by zero: please report this\n")
    assert text.count("\n") == 1


def test_run__bad_settings_and_secrets__all_lines_at_once(
    plimsoll_at_venue: Venue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plimsoll_at_venue.config.write_text(FILE.replace("31337", '"x"') + "[limts]\n")
    monkeypatch.setenv("PLIMSOLL_PRIVATE_KEY", "hunter2")
    assert plimsoll_at_venue("keeper") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("plimsoll: [chain] id = 'x' is no whole number")
    assert lines[1] == "plimsoll: [limts] is no setting: did you mean limits?"
    assert lines[2].startswith("plimsoll: PLIMSOLL_PRIVATE_KEY holds something that is no private key")


def test_status__bad_secrets__are_not_its_business(
    plimsoll_at_venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLIMSOLL_PRIVATE_KEY", "hunter2")
    assert plimsoll_at_venue("status") == 0


def test_keeper__dry_run__given_to_the_daemon(
    plimsoll_at_venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []

    def started(settings: Settings, secrets: Secrets) -> int:
        seen.append(settings)
        return 3

    monkeypatch.setattr(app, "run", started)
    assert plimsoll_at_venue("keeper") == 3
    assert plimsoll_at_venue("keeper", "--dry-run") == 3
    assert [settings.keeper.dry_run for settings in seen] == [False, True]


def test_keeper__logs__as_set_and_without_secrets(
    plimsoll_at_venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "run", lambda _settings, _secrets: 0)
    monkeypatch.setenv("PLIMSOLL_PRIVATE_KEY", "0x" + "ab" * 32)
    monkeypatch.setenv("PLIMSOLL_CHAIN__ENDPOINTS", '["wss://node.example/abcdefghijkl"]')
    monkeypatch.setenv("PLIMSOLL_TELEMETRY__LOG_LEVEL", "warning")
    assert plimsoll_at_venue("keeper") == 0
    assert plimsoll_at_venue("keeper", "--json") == 0
    hidden = ["0x" + "ab" * 32, "abcdefghijkl"]
    assert plimsoll_at_venue.logging == [("auto", "warning", hidden), ("json", "warning", hidden)]


@pytest.mark.parametrize(("verdict", "code", "end"), [("warn", 0, "ready"), ("FAIL", 1, "1 to be put right")])
def test_keeper__check__code_by_the_worst(
    plimsoll_at_venue: Venue,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verdict: str,
    code: int,
    end: str,
) -> None:
    async def found(_settings: Settings, _secrets: Secrets, now: float) -> list[Check]:
        assert now > NOW
        return [Check("clock", "ok", "block 7 is 1 s old"), Check("key", verdict, LONG)]

    monkeypatch.setattr(checks, "run", found)
    assert plimsoll_at_venue("keeper", "--check") == code
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["ok    clock: block 7 is 1 s old", f"{verdict:<5} key: {LONG}", end]
