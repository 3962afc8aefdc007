"""A keeper on a chain with a block every second, two thousand accounts, through a crash of all markets."""

import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from web3 import Web3

from scripts.sandbox.census import Census
from scripts.sandbox.venue import TOKEN
from tests.helpers.parameters import WAD
from tests.keeper.history import events, repeated, reverted, transactions_of
from tests.keeper.stage import PRICE, Stage, staged

ACCOUNTS = 2_000
MARKS = (PRICE, 100 * WAD, 60_000 * WAD, WAD)
# Of the price before, percent, one step every so many blocks: down by a quarter, and a little up at the end.
STEPS = (98, 99, 97, 98, 99, 96, 97, 99, 98, 97, 98, 101, 99, 102)
BLOCKS_BETWEEN = 3
LOOK_SECONDS = 0.005
VAULT, BUCKET = 20_000 * TOKEN, 1_000 * TOKEN
KEEPER_DEPOSIT = 50_000_000 * TOKEN


def crash(stage: Stage) -> tuple[int, int]:
    """First and last block of it."""
    venue = stage.venue
    first = venue.head + 1
    for percent in STEPS:
        venue.publish({market_id: price * percent // 100 for market_id, price in venue.marks.items()})
        wait_for_block(stage, venue.head + BLOCKS_BETWEEN)
    wait_for_block(stage, venue.head + 5)
    return first, venue.head


def wait_for_block(stage: Stage, number: int) -> None:
    while stage.venue.head < number:
        time.sleep(0.02)


def delays(censuses: Sequence[Census]) -> list[int]:
    """Blocks from the one that made an account liquidatable to the one after which it no longer is."""
    since: dict[int, int] = {}
    found = []
    for census in censuses:
        for account in set(since) - census.liquidatable:
            found.append(census.block - since.pop(account))
        for account in census.liquidatable - set(since):
            since[account] = census.block
    # Still open at the end: at least so many.
    return found + [censuses[-1].block - first + 1 for first in since.values()]


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that so large a part does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


class Arrivals:
    """When the node had each block, seconds since the epoch, within a few milliseconds."""

    def __init__(self, w3: Web3) -> None:
        self.w3 = w3
        self.times: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Arrivals":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.times.setdefault(self.w3.eth.block_number, time.time())


def decisions(entries: Sequence[dict[str, Any]], arrivals: dict[int, float]) -> list[float]:
    """Milliseconds from a block's arrival at the node to the keeper's first transaction for it being sent."""
    first: dict[int, float] = {}
    for entry in entries:
        if entry.get("event") == "sent":
            first.setdefault(entry["block"], datetime.fromisoformat(entry["timestamp"]).timestamp())
    return [(first[block] - arrivals[block]) * 1_000 for block in first if block in arrivals]


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder), MARKS) as stage:
        venue = stage.venue
        venue.populate(ACCOUNTS)
        venue.insure(VAULT, {0: VAULT, **dict.fromkeys(venue.marks, BUCKET)})
        keeper = stage.keeper(
            deposit=KEEPER_DEPOSIT, keeper={"reconcile_every_blocks": 50}, telemetry={"log_level": "info"}
        )
        venue.run(1)
        keeper.start_and_wait()
        with Arrivals(stage.node.w3()) as arrivals:
            first, last = crash(stage)
        censuses = [venue.census(block) for block in range(first, last + 1)]
        waited = delays(censuses)
        decided = decisions(keeper.entries(), arrivals.times)
        sent = transactions_of(venue, keeper.key.address, first)
        return {
            "live_accounts": ACCOUNTS,
            "live_liquidatable": len(waited),
            "live_liquidations": len(events(venue, "Liquidated", first)),
            "live_rounds": len(events(venue, "DeleveragingEnded", first)),
            "price_to_decision_ms_p50": round(percentile(decided, 0.5), 1),
            "price_to_decision_ms_p99": round(percentile(decided, 0.99), 1),
            "blocks_to_inclusion_p50": percentile(waited, 0.5),
            "blocks_to_inclusion_p99": percentile(waited, 0.99),
            "live_transactions": len(sent),
            "live_reverted": len(reverted(sent)),
            "live_repeated": len(repeated(sent)),
            "live_rss_mb": round(keeper.memory() / 2**20, 1),
        }
