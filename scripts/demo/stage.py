"""One block of the play: who sends what into it, in which order, and the wait for the keeper's answer."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.demo.chronicle import Chronicle
from scripts.demo.liar import Liar
from scripts.sandbox.keeper_process import Daemon, wait_until
from scripts.sandbox.market import REPORTERS
from scripts.sandbox.node import Anvil
from scripts.sandbox.venue import Venue

# Seconds that the keeper may take for a block before the next one comes anyway, and between two looks.
ANSWER_SECONDS, POLL_SECONDS = 20.0, 0.004
# Wei per gas: less than anybody else offers.
REPORT_FEE = 10**6


@dataclass
class Stage:
    """All who act in a block."""

    venue: Venue
    node: Anvil
    daemon: Daemon
    chronicle: Chronicle
    liar: Liar

    def __post_init__(self) -> None:
        # An unlocked account: who brings a signed report does not matter.
        self._messenger = list(self.venue.w3.eth.accounts)[1]

    def mine(self, at: int, prices: Mapping[int, int]) -> None:
        """A block at a second of the chain, with these prices last in it; then wait for the keeper."""
        self.liar.act()
        self._publish(at, prices)
        before = self._asked()["last_cycle_at"]
        self.node.rpc("evm_setNextBlockTimestamp", at)
        self.node.rpc("evm_mine")
        number = self.venue.head
        # Meanwhile the keeper works.
        self.chronicle.look(number)
        self.liar.look(number, at)
        self._wait(number, before)

    def is_calm(self) -> bool:
        """Nobody is in trouble, and the keeper has nothing under way."""
        return not self.chronicle.census.liquidatable and not self._asked()["unsettled"]

    def _publish(self, at: int, prices: Mapping[int, int]) -> None:
        source = self.venue.system.source.functions
        for market_id, price in prices.items():
            arguments = self.venue.market.reports.report(REPORTERS, market_id, price, at)
            self.venue.send_soon(source.report(*arguments), self._messenger, tip=0, max_fee=REPORT_FEE)
            self.venue.marks[market_id] = price

    def _wait(self, number: int, before: float) -> None:
        """Until the keeper has been through a cycle at the block."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            said = report(self.daemon)
            if said and said["head_block"] >= number and said["last_cycle_at"] != before:
                return
            time.sleep(POLL_SECONDS)

    def _asked(self) -> dict[str, Any]:
        """What the keeper says; TimeoutError if it says nothing."""
        return dict(wait_until("the keeper answers", lambda: report(self.daemon), ANSWER_SECONDS))


def report(daemon: Daemon) -> dict[str, Any]:
    """What the keeper says of itself; an exception if it has ended. Empty while it does not listen."""
    _ = daemon.running
    body = daemon.health()[1]
    return dict(json.loads(body)) if body else {}


def is_at_work(daemon: Daemon) -> bool:
    """Synchronised, compared with the chain, and through a cycle."""
    said = report(daemon)
    return bool(said and said["last_cycle_at"] and said["reconciled_block"])
