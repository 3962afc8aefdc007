"""Watching the watchers: every round on the chain is recomputed from the book before it, and remembered."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from keeper.book.book import Book
from keeper.records import CheckedRound, Records
from keeper.strategy.rounds import RoundDifference, check_round
from keeper.telemetry.health import Health
from keeper.telemetry.metrics import Metrics
from keeper.types import Mark, RoundReceipt


class Recomputed:
    """An Observer that only remembers."""

    def __init__(self, book: Callable[[], Book]) -> None:
        self._book = book
        self.rounds: list[CheckedRound] = []

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        self.rounds.append(recomputed(self._book(), receipt, marks))


class Audit:
    """An Observer of the current book. A difference is an alarm until the keeper is restarted."""

    def __init__(
        self, book: Callable[[], Book], records: Records, metrics: Metrics, health: Health, log: Any
    ) -> None:
        self._book = book
        self._records = records
        self._metrics = metrics
        self._health = health
        self._log = log
        # Seen and not written yet.
        self._seen: list[CheckedRound] = []

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        checked = recomputed(self._book(), receipt, marks)
        differences = checked.differences
        self._seen.append(checked)
        self._metrics.checked_round(verified=not differences)
        shown = receipt.round
        facts = {
            "account": shown.account_id,
            "market": shown.market_id,
            "counterparties": len(shown.visits),
            "closed": shown.closed,
            "left": shown.left,
            "shortfall": shown.shortfall,
            "insurance": shown.insurance_paid,
            "haircut": shown.haircut,
            "block": receipt.block_number,
            "tx": receipt.tx_hash,
        }
        if differences:
            text = f"the round of account {shown.account_id} in {receipt.tx_hash}: {differences[0]}"
            self._health.raise_alarm("round", text)
            self._log.error("round does not verify", differences=differences, **facts)
        else:
            self._log.info("round verified", **facts)

    def write(self) -> None:
        """What was seen in blocks that the book has taken in."""
        head = self._book().head
        found = [c for c in self._seen if head is not None and c.receipt.block_number <= head.number]
        self._seen.clear()
        if found:
            try:
                self._records.add(found)
            except sqlite3.Error as error:
                # The history lacks them; the work goes on.
                self._log.error("rounds not recorded", reason=str(error), count=len(found))

    def forget_after(self, block_number: int) -> None:
        """The blocks above were reorganised away."""
        try:
            self._records.forget_after(block_number)
        except sqlite3.Error as error:
            self._log.error("rounds not taken back", reason=str(error), above=block_number)


def recomputed(book: Book, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> CheckedRound:
    """Raises nothing: whatever happens here must not keep the book from going on."""
    try:
        differences = tuple(map(said, check_round(book, receipt, marks)))
    except Exception as error:
        differences = (f"cannot be recomputed: {type(error).__name__} {error}",)
    return CheckedRound(receipt, differences)


def said(difference: RoundDifference) -> str:
    """A sentence."""
    if difference.expected is None:
        return f"{difference.field} is {difference.found}: {difference.why}"
    because = f": {difference.why}" if difference.why else ""
    return f"{difference.field} is {difference.found}, expected {difference.expected}{because}"
