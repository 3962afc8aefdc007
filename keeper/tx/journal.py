"""Every transaction is written down before it is sent: a restart neither repeats nor forgets one.

A file of its own (WAL, synced on every commit), opened by one keeper for writing and by anyone for reading.
"""

import fcntl
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from keeper.chain.errors import Fatal
from keeper.tx.fees import Fee
from keeper.tx.intents import MINED, OPEN, Attempt, Intent
from keeper.types import TxRequest

SCHEMA = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS intents (
    row INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    kind TEXT NOT NULL, account_id INTEGER NOT NULL, market_id INTEGER NOT NULL,
    target TEXT NOT NULL, data TEXT NOT NULL, gas INTEGER NOT NULL, note TEXT NOT NULL,
    value TEXT NOT NULL DEFAULT '0',
    block INTEGER NOT NULL,
    status TEXT NOT NULL,
    tx_hash TEXT NOT NULL DEFAULT '', block_number INTEGER NOT NULL DEFAULT 0,
    block_hash TEXT NOT NULL DEFAULT '', gas_used INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS unsettled ON intents (sender, nonce) WHERE status IN ('open', 'mined');
CREATE TABLE IF NOT EXISTS attempts (
    tx_hash TEXT PRIMARY KEY, intent INTEGER NOT NULL REFERENCES intents (row),
    raw TEXT NOT NULL, max_fee TEXT NOT NULL, priority TEXT NOT NULL,
    cancels INTEGER NOT NULL, block INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS attempts_of ON attempts (intent);
"""
# What brings a file of an older schema to this one.
_UPGRADES = {
    "1": "BEGIN; ALTER TABLE intents ADD COLUMN value TEXT NOT NULL DEFAULT '0';"
    "UPDATE meta SET value = '2' WHERE key = 'schema'; COMMIT"
}
_COLUMNS = (
    "row, nonce, kind, account_id, market_id, target, data, gas, note, value, block, status, "
    "tx_hash, block_number, block_hash, gas_used, reason"
)


class JournalError(Fatal):
    """The file cannot be used; the keeper must not send without it."""


class Journal:
    """Of one chain and one sender. `sender` is lower case in the file."""

    def __init__(self, path: Path, chain_id: int, sender: str) -> None:
        self._sender = sender.lower()
        self._lock = _locked(path)
        try:
            self._db = _opened(path, chain_id)
        except BaseException:
            self._lock.close()
            raise

    def close(self) -> None:
        self._db.close()
        self._lock.close()

    def record(self, intents: Sequence[Intent]) -> None:
        """New intents with their first attempts, all or none."""
        with self._transaction():
            for intent in intents:
                request = intent.request
                cursor = self._db.execute(
                    "INSERT INTO intents (sender, nonce, kind, account_id, market_id, target, data, gas, "
                    "note, value, block, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        self._sender,
                        intent.nonce,
                        *request.key,
                        request.to,
                        request.data,
                        intent.gas,
                        request.note,
                        str(request.value),
                        intent.block,
                        OPEN,
                    ),
                )
                intent.row = int(cursor.lastrowid or 0)
                for attempt in intent.attempts:
                    self._insert(intent, attempt)

    def add_attempts(self, intents: Iterable[Intent]) -> None:
        """The newest attempt of each."""
        with self._transaction():
            for intent in intents:
                self._insert(intent, intent.last)

    def update(self, intents: Iterable[Intent]) -> None:
        """Status and where it was mined. Of what is settled the signed transactions are not kept."""
        intents = list(intents)
        with self._transaction():
            self._db.executemany(
                "UPDATE intents SET status = ?, tx_hash = ?, block_number = ?, block_hash = ?, gas_used = ?, "
                "reason = ? WHERE row = ?",
                [
                    (i.status, i.tx_hash, i.block_number, i.block_hash, i.gas_used, i.reason, i.row)
                    for i in intents
                ],
            )
            self._db.executemany(
                "UPDATE attempts SET raw = '' WHERE intent = ?",
                [(i.row,) for i in intents if i.status not in (OPEN, MINED)],
            )

    def unsettled(self) -> list[Intent]:
        """By nonce: what a restart must go on with."""
        query = f"SELECT {_COLUMNS} FROM intents WHERE sender = ? AND status IN (?, ?) ORDER BY nonce"  # noqa: S608
        return _read(self._db, query, (self._sender, OPEN, MINED))

    def _insert(self, intent: Intent, attempt: Attempt) -> None:
        # The same signed transaction again is the same attempt.
        self._db.execute(
            "INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                attempt.tx_hash,
                intent.row,
                attempt.raw,
                str(attempt.fee.max_fee),
                str(attempt.fee.priority),
                attempt.cancels,
                attempt.block,
            ),
        )

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)


def _locked(path: Path) -> IO[str]:
    """Held while the journal is open, gone with the process: two keepers would use each other's nonces."""
    try:
        lock = path.with_suffix(".lock").open("w")
    except OSError as error:
        raise JournalError(
            f"the journal's folder {path.parent} cannot be written: {error.strerror}"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise JournalError(
            f"another keeper is using {path}: stop it, or give this one its own folder"
        ) from None
    return lock


def _opened(path: Path, chain_id: int) -> sqlite3.Connection:
    wanted = {"schema": str(SCHEMA), "chain_id": str(chain_id)}
    db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(_TABLES)
        db.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", wanted.items())
        found = dict(db.execute("SELECT key, value FROM meta"))
        if upgrade := _UPGRADES.get(found["schema"]):
            db.executescript(upgrade)
            found["schema"] = str(SCHEMA)
    except sqlite3.Error as error:
        db.close()
        raise JournalError(f"the journal {path} cannot be opened ({error}): restore or move it") from error
    for key, value in wanted.items():
        if found.get(key) != value:
            db.close()
            raise JournalError(
                f"the journal {path} has {key} {found.get(key)}, this keeper {value}: "
                "give each keeper a folder of its own"
            )
    return db


class _Transaction:
    """Commits at the end, rolls back on an exception. Fatal if the file cannot be written."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._run("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, _: object) -> None:
        if kind is None:
            self._run("COMMIT")
            return
        with suppress(sqlite3.Error):
            self._db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise _unwritable(error) from error

    def _run(self, statement: str) -> None:
        try:
            self._db.execute(statement)
        except sqlite3.Error as error:
            raise _unwritable(error) from error


def _unwritable(error: sqlite3.Error) -> JournalError:
    return JournalError(f"the journal cannot be written ({error}): is the disk full? Nothing more is sent")


def history(path: Path, limit: int = 50) -> list[Intent]:
    """The newest transactions first, read beside a running keeper. JournalError if there is no journal."""
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)
        try:
            return _read(db, f"SELECT {_COLUMNS} FROM intents ORDER BY row DESC LIMIT ?", (limit,))  # noqa: S608
        finally:
            db.close()
    except sqlite3.Error as error:
        raise JournalError(f"the journal {path} cannot be read: {error}") from error


def _read(db: sqlite3.Connection, query: str, values: tuple[object, ...]) -> list[Intent]:
    found = []
    for row, nonce, kind, account, market, target, data, gas, note, *rest in db.execute(query, values):
        value, block, status, *mined = rest
        attempts = [
            Attempt(tx_hash, raw, Fee(int(max_fee), int(priority)), bool(cancels), at)
            for tx_hash, raw, max_fee, priority, cancels, at in db.execute(
                "SELECT tx_hash, raw, max_fee, priority, cancels, block FROM attempts WHERE intent = ? "
                "ORDER BY rowid",
                (row,),
            )
        ]
        request = TxRequest((kind, account, market), target, data, gas, note, int(value))
        intent = Intent(nonce, request, gas, block, attempts, row, status, *mined)
        intent.waiting_since = attempts[-1].block if attempts else block
        found.append(intent)
    return found
