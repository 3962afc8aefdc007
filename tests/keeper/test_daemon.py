"""What ends a cycle, and what becomes of the book: every failure is survived, counted and said."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keeper.book.book import Book
from keeper.book.errors import BrokenHistory, MalformedLog, TooDeep, Unusable
from keeper.book.store import Store
from keeper.chain.errors import Fatal, Transient
from keeper.config import parse_settings
from keeper.daemon import DOUBTS, LONGEST_PAUSE, Daemon
from keeper.records import Records
from keeper.shelf import Shelf
from keeper.telemetry.health import Health
from keeper.telemetry.metrics import Metrics
from keeper.types import BlockRef
from tests.keeper.config.examples import example
from tests.keeper.test_audit import Lines

SCALE = 10**30
HEAD = BlockRef(5, "0x05", "0x04", 1_700_000_000)


class Life:
    """A daemon whose cycles end as they are told to, at a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.endings: list[Exception | None] = []
        self.now = 1_000.0
        self.rewound = 0
        settings = parse_settings(example(keeper={"folder": str(folder)}))
        self.shelf = Shelf(Store(folder / "book.sqlite", 1, "0x01"), SCALE)
        self.metrics, self.health, self.log = Metrics(), Health(60, 60, 0), Lines()
        parts: dict[str, Any] = {
            "node": SimpleNamespace(health=list),
            "follower": SimpleNamespace(advance=self._advance),
            "operator": SimpleNamespace(act=self._act, unsettled=2, problem="", balance=10**18),
            "publisher": SimpleNamespace(),
            "pusher": SimpleNamespace(),
            "reconciler": SimpleNamespace(rewound=self._rewound, touched=lambda _: None),
        }
        self.daemon = Daemon(
            settings,
            shelf=self.shelf,
            records=Records(folder / "rounds.sqlite"),
            metrics=self.metrics,
            health=self.health,
            log=self.log,
            clock=lambda: self.now,
            **parts,
        )

    def cycle(self, ending: Exception | None = None) -> bool:
        self.endings = [ending]
        return asyncio.run(self.daemon._cycle(HEAD))

    def count(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"plimsoll_{name}_total", labels)

    def said(self, level: str) -> list[str]:
        return [event for at, event, _ in self.log.lines if at == level]

    def _rewound(self) -> None:
        self.rewound += 1

    async def _advance(self, book: Book, *_: Any) -> None:
        ending = self.endings.pop()
        if ending is not None:
            raise ending

    async def _act(self, book: Book) -> None:
        """Nothing is due."""


@pytest.fixture
def daemon_life(tmp_path: Path) -> Life:
    return Life(tmp_path)


def test_cycle__nothing_fails__is_told(daemon_life: Life) -> None:
    assert daemon_life.cycle()
    assert daemon_life.count("cycles", result="ok") == 1
    assert daemon_life.health.last_cycle_at == 1_000.0
    assert (daemon_life.health.unsettled, daemon_life.health.balance) == (2, "1")


@pytest.mark.parametrize(
    ("ending", "level"),
    [
        (Transient("no endpoint can be used"), "warning"),
        (MalformedLog("nonsense"), "warning"),
        (ZeroDivisionError("a defect"), "exception"),
    ],
)
def test_cycle__passing_failure__keeps_the_book_and_says_so(
    daemon_life: Life, ending: Exception, level: str
) -> None:
    book = daemon_life.shelf.book
    assert not daemon_life.cycle(ending)
    assert daemon_life.shelf.book is book
    assert daemon_life.count("cycles", result="failed") == 1
    assert len(daemon_life.said(level)) == 1
    assert daemon_life.health.last_cycle_at == 0.0


@pytest.mark.parametrize("ending", [TooDeep("129 blocks back"), Unusable("half of it")])
def test_cycle__book_cannot_be_saved__begins_a_new_one(daemon_life: Life, ending: Exception) -> None:
    book = daemon_life.shelf.book
    daemon_life.health.reconciled_block = 4
    assert not daemon_life.cycle(ending)
    assert daemon_life.shelf.book is not book
    assert daemon_life.count("book_rebuilds") == 1
    assert daemon_life.rewound == 1
    # Not trusted before it was compared again.
    assert daemon_life.health.reconciled_block == 0


def test_cycle__block_does_not_fit__is_asked_again_before_the_book_goes(daemon_life: Life) -> None:
    book = daemon_life.shelf.book
    for _ in range(DOUBTS - 1):
        daemon_life.cycle(BrokenHistory("account 7 has 5 after +3"))
        assert daemon_life.shelf.book is book
    daemon_life.cycle()
    for _ in range(DOUBTS - 1):
        daemon_life.cycle(BrokenHistory("account 7 has 5 after +3"))
    assert daemon_life.shelf.book is book
    daemon_life.cycle(BrokenHistory("account 7 has 5 after +3"))
    assert daemon_life.shelf.book is not book


def test_rebuild__in_a_row__waits_twice_as_long_each_time(daemon_life: Life) -> None:
    pauses = []
    for _ in range(10):
        daemon_life.cycle(Unusable("half of it"))
        pauses.append(daemon_life.daemon._not_before - daemon_life.now)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, LONGEST_PAUSE, LONGEST_PAUSE]


def test_cycle__fatal__ends_the_daemon(daemon_life: Life) -> None:
    with pytest.raises(Fatal, match="correct the chain id"):
        daemon_life.cycle(Fatal("correct the chain id"))
