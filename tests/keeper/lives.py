"""One keeper's many lives: killed without warning, started again, its counters added up."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from scripts.sandbox.keeper_process import Daemon

# Seconds between two kills, and until it is started again.
KILL_AFTER, START_AFTER = (90, 240), (0, 15)
SAMPLE_SECONDS = 10
TOTALS = (
    'plimsoll_reconciliations_total{result="same"}',
    'plimsoll_reconciliations_total{result="different"}',
    'plimsoll_reconciliations_total{result="failed"}',
    'plimsoll_deleveraging_rounds_total{result="verified"}',
    'plimsoll_deleveraging_rounds_total{result="mismatched"}',
    'plimsoll_cycles_total{result="ok"}',
    'plimsoll_cycles_total{result="failed"}',
    'plimsoll_cycles_total{result="overrun"}',
    "plimsoll_book_rebuilds_total",
    "plimsoll_transactions_replaced_total",
)


@dataclass
class Lives:
    """Times are seconds of `time.monotonic`."""

    keeper: Daemon
    rng: random.Random
    born_at: float = field(default_factory=time.monotonic)
    kill_at: float = 0.0
    # 0: it runs.
    start_at: float = 0.0
    # Block in which it was first seen healthy; 0: it is not.
    healthy_since: int = 0
    kills: int = 0
    ended_by_itself: list[int] = field(default_factory=list)
    seconds_to_health: list[float] = field(default_factory=list)
    # Resident megabytes by seconds since the beginning.
    memory: list[tuple[int, float]] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    # Counters of the life that goes on.
    newest: dict[str, float] = field(default_factory=dict)
    _started_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._choose_end()

    def look(self, head: int) -> None:
        """Whether it is well, what it has counted, now and then how large it is."""
        if self.start_at:
            return
        if self.keeper.health()[0] != 200:
            self.healthy_since = 0
            return
        if not self.healthy_since:
            self.healthy_since = head
            self.seconds_to_health.append(round(time.monotonic() - self._started_at, 2))
        self.newest = self.keeper.metrics() or self.newest
        elapsed = int(time.monotonic() - self.born_at)
        if not self.memory or elapsed >= self.memory[-1][0] + SAMPLE_SECONDS:
            self.memory.append((elapsed, megabytes(self.keeper.running.pid)))

    def turn(self, may_kill: bool) -> None:
        """Kill it or start it, if it is time; start it again if it has ended by itself."""
        now = time.monotonic()
        if self.start_at:
            if now >= self.start_at:
                self.keeper.start()
                self.start_at, self._started_at = 0.0, now
                self._choose_end()
        elif self.keeper.process is not None and (code := self.keeper.process.poll()) is not None:
            self.ended_by_itself.append(code)
            self._end(now)
        elif may_kill and now >= self.kill_at:
            self.keeper.kill()
            self.kills += 1
            self._end(now + self.rng.uniform(*START_AFTER))

    def sums(self) -> dict[str, int]:
        """Of all lives."""
        return {name: int(self.totals[name] + self.newest.get(name, 0)) for name in TOTALS}

    def _choose_end(self) -> None:
        self.kill_at = time.monotonic() + self.rng.uniform(*KILL_AFTER)

    def _end(self, start_at: float) -> None:
        for name in TOTALS:
            self.totals[name] += int(self.newest.get(name, 0))
        self.newest, self.healthy_since, self.start_at = {}, 0, start_at


def megabytes(pid: int) -> float:
    """Resident now."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1024, 1)
