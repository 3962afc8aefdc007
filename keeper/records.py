"""Rounds of deleveraging seen on the chain, ours or a stranger's, and what recomputing them said."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from keeper.chain.errors import Fatal
from keeper.types import Deleveraged, PassedOver, Round, RoundReceipt

# Seconds that a write waits for somebody else's lock: the daemon stands still meanwhile.
PATIENCE = 0.5

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rounds (
    block_number INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    tx_hash TEXT NOT NULL,
    receipt TEXT NOT NULL,
    differences TEXT NOT NULL,
    PRIMARY KEY (block_number, log_index)
) STRICT
"""


@dataclass(frozen=True)
class CheckedRound:
    receipt: RoundReceipt
    # What differed from the recomputed round, a sentence each; empty: verified.
    differences: tuple[str, ...]


class Records:
    """Written by the daemon alone; readable by others at any time. Fatal if the file cannot be opened."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        source = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        try:
            self._db = sqlite3.connect(source, uri=True, timeout=PATIENCE)
            if read_only:
                self._db.execute("SELECT 1 FROM sqlite_master")
            else:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute(_SCHEMA)
                self._db.commit()
        except sqlite3.Error as error:
            raise Fatal(
                f"{path} cannot be opened ({error}): make room on the disk, or move the file away, "
                "which loses the history of rounds and nothing else"
            ) from error

    def close(self) -> None:
        self._db.close()

    def add(self, found: Sequence[CheckedRound]) -> None:
        """The same round again replaces itself: after a restart the last blocks are seen twice."""
        rows = [
            (
                receipt.block_number,
                receipt.log_index,
                receipt.timestamp,
                receipt.tx_hash,
                json.dumps(_plain(receipt.round)),
                json.dumps(checked.differences),
            )
            for checked in found
            for receipt in (checked.receipt,)
        ]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?, ?, ?)", rows)

    def forget_after(self, block_number: int) -> None:
        """The blocks above were reorganised away."""
        with self._db:
            self._db.execute("DELETE FROM rounds WHERE block_number > ?", (block_number,))

    def last(self, count: int) -> list[CheckedRound]:
        """Newest first."""
        rows = self._db.execute(
            "SELECT * FROM rounds ORDER BY block_number DESC, log_index DESC LIMIT ?", (count,)
        )
        return [_checked(row) for row in rows]


def _plain(found: Round) -> dict[str, object]:
    plain = asdict(found)
    plain["visits"] = [asdict(visit) for visit in found.visits]
    return plain


def _checked(row: Sequence[object]) -> CheckedRound:
    number, log_index, timestamp, tx_hash, receipt, differences = row
    assert isinstance(number, int)
    assert isinstance(log_index, int)
    assert isinstance(timestamp, int)
    plain = json.loads(str(receipt))
    visits = tuple(
        Deleveraged(**visit) if "haircut" in visit else PassedOver(**visit) for visit in plain.pop("visits")
    )
    return CheckedRound(
        RoundReceipt(Round(**plain, visits=visits), number, timestamp, str(tx_hash), log_index),
        tuple(json.loads(str(differences))),
    )
