"""An hour of a keeper on a chain with a block every second: `python -m tests.keeper.soak --minutes 60`.

Random trading, crashes and recoveries, the keeper killed every few minutes without warning; towards the end
it is left alone, to see its memory stay flat. Written to build/soak.json.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from web3.exceptions import ContractLogicError

from scripts.build_cache import ROOT
from scripts.sandbox.venue import TOKEN
from tests.helpers.parameters import WAD
from tests.keeper.history import events
from tests.keeper.lives import Lives, megabytes
from tests.keeper.stage import PRICE, Stage, staged
from tests.keeper.traders import Traders
from tests.keeper.watch import Watch

OUTPUT = ROOT / "build" / "soak.json"
MARKS = (PRICE, 100 * WAD, WAD)
KEEPER_DEPOSIT = 50_000_000 * TOKEN
# One market is insured well, one a little, one not at all.
VAULT = 300_000 * TOKEN
BUCKETS = {0: 300_000 * TOKEN, 1: 200_000 * TOKEN, 2: 5_000 * TOKEN}
# Part of the time in which it is killed at all.
KILLED_PART = 0.7
# Blocks after it has become healthy from which it is held to account, and quiet ones at the end.
GRACE_BLOCKS, QUIET_BLOCKS = 3, 60
# States of old blocks are what Anvil grows by most.
ANVIL_OPTIONS = ("--prune-history", "300")
EVENTS = (
    *("Liquidated", "Flagged", "DeleveragingEnded", "PassedOver", "Relinked", "GateRaised"),
    *("Fill", "PricePending"),
)


class Soak:
    def __init__(self, stage: Stage, seed: int) -> None:
        rng = random.Random(seed)
        self.stage = stage
        self.venue = stage.venue
        keeper = stage.keeper(deposit=KEEPER_DEPOSIT, telemetry={"log_level": "info"})
        self.account = stage.account_of(keeper)
        self.traders = Traders(self.venue, self.account, rng)
        self.watch = Watch(self.venue, keeper.key.address)
        self.venue.run(1)
        keeper.start_and_wait()
        self.lives = Lives(keeper, rng)
        self.happened: Counter[str] = Counter()
        self.node_memory: list[tuple[int, float]] = []
        self.first = self.seen = self.venue.head

    def run(self, seconds: float) -> None:
        start = time.monotonic()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("soak", total=seconds)
            while (elapsed := time.monotonic() - start) < seconds:
                progress.update(bar, completed=elapsed)
                if self._next_block():
                    self.traders.act(self.seen)
                    self.lives.turn(may_kill=elapsed < seconds * KILLED_PART)
        end = self.seen + QUIET_BLOCKS
        while self.seen < end:
            if self._next_block():
                self.traders.rest()
                self.lives.turn(may_kill=False)

    def _next_block(self) -> bool:
        """Look at what is new, if there is something."""
        head = self.venue.head
        if head == self.seen:
            time.sleep(0.02)
            return False
        self.lives.look(head)
        healthy = self.lives.healthy_since
        for block in range(self.seen + 1, head + 1):
            at_work = bool(healthy) and block >= healthy + GRACE_BLOCKS
            self.watch.look(block, at_work and self._can_take_over(block))
            for name in EVENTS:
                self.happened[name] += len(events(self.venue, name, block, block))
        if head % 10 == 0:
            self.node_memory.append((head, megabytes(self.stage.node.process.pid)))
        self.seen = head
        return True

    def _can_take_over(self, block: int) -> bool:
        """Not while its own account has a position in a market without a price: nobody can then."""
        house = self.venue.system.clearing_house.functions
        try:
            house.account_values(self.account).call(block_identifier=block)
        except ContractLogicError:
            return False
        return True

    def report(self) -> dict[str, Any]:
        last = self.lives.kills and self.lives.memory[-1][0] * KILLED_PART
        alone = [size for second, size in self.lives.memory if second >= last]
        third = max(len(alone) // 3, 1)
        census = self.venue.census()
        return {
            "blocks": self.seen - self.first,
            "kills": self.lives.kills,
            "ended_by_itself": self.lives.ended_by_itself,
            "seconds_to_health_max": max(self.lives.seconds_to_health, default=0.0),
            "happened": dict(self.happened),
            **self.watch.report(),
            "liquidatable_at_the_end": sorted(census.liquidatable),
            "counted": self.lives.sums(),
            "differences_at_the_end": self.lives.newest.get("plimsoll_reconciliation_differences"),
            "healthy_at_the_end": self.lives.keeper.health()[1],
            # Of the stretch without kills.
            "rss_mb_early": round(sum(alone[:third]) / third, 1),
            "rss_mb_late": round(sum(alone[-third:]) / third, 1),
            "rss_mb": self.lives.memory,
            "node_rss_mb": self.node_memory[:: max(len(self.node_memory) // 30, 1)],
        }


def is_sound(report: dict[str, Any]) -> bool:
    """Whether the keeper did what it is there for."""
    counted = report["counted"]
    return not (
        report["missed"]
        or report["duplicates"]
        or report["ended_by_itself"]
        or report["liquidatable_at_the_end"]
        or report["differences_at_the_end"]
        or counted['plimsoll_reconciliations_total{result="different"}']
        or counted['plimsoll_deleveraging_rounds_total{result="mismatched"}']
        or report["rss_mb_late"] > 1.1 * report["rss_mb_early"]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="let a keeper run for long")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--accounts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder), MARKS, ANVIL_OPTIONS) as stage:
        stage.venue.populate(arguments.accounts, arguments.seed)
        stage.venue.insure(VAULT, BUCKETS)
        soak = Soak(stage, arguments.seed)
        soak.run(arguments.minutes * 60)
        report = soak.report()
        log = OUTPUT.with_suffix(".log")
        OUTPUT.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(soak.lives.keeper.log.read_bytes())
    OUTPUT.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps({k: v for k, v in report.items() if not k.endswith("rss_mb")}, indent=1))
    print(f"written to {OUTPUT.relative_to(ROOT)}, the keeper's log beside it")
    return 0 if is_sound(report) else 1


if __name__ == "__main__":
    sys.exit(main())
