"""The book's checkpoint: one SQLite file that always holds one whole book, with the undo of its last blocks.

    store = Store(path, chain_id, clearing_house)
    book = store.load()                  None: there is no checkpoint
    store.save(book)                     what changed since the last save or load of that book
    store.write(store.capture(book))     the same in two steps: `write` may run in a thread
    store.discard()                      after CorruptCheckpoint, before the book is rebuilt

Every save is one transaction: killed at any point, the file holds the book of the save before. `load` opens
the file read-only, so that another process may do it at any time.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from keeper.book.book import KEPT_BLOCKS, Book
from keeper.book.columns import CHUNK, CHUNK_SHIFT, Records
from keeper.book.markets import Market
from keeper.book.packing import block_of_json, block_to_json, pack_undo, unpack_undo
from keeper.book.positions import Positions
from keeper.book.undo import counters, set_counters

SCHEMA = 2
_TABLES = """
    CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS chunks (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS undo (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, data BLOB NOT NULL);
"""
# A chunk's id: market << 32 | chunk of its positions; market 0: of the accounts.
_MARKET_SHIFT = 32
_ACCOUNTS = 0


class CorruptCheckpoint(Exception):
    """The file is damaged, or of another version: `discard` it and rebuild the book from the chain."""


class WrongCheckpoint(Exception):
    """A sound file, of another chain or contract."""


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """What one save writes. `whole`: everything, in place of what is there."""

    book: Book
    whole: bool
    meta: dict[str, str]
    chunks: list[tuple[int, bytes]]
    undo: list[tuple[int, str, bytes]]
    kept: dict[int, str]


class Store:
    def __init__(self, path: Path, chain_id: int, clearing_house: str) -> None:
        self.path = path
        self._identity = {
            "schema": str(SCHEMA),
            "chain": str(chain_id),
            "clearing house": clearing_house.lower(),
        }
        # The book that the file holds, and the blocks whose undo it holds.
        self._base: Book | None = None
        self._kept: dict[int, str] = {}
        # Captured last. An older image is not written any more: what was given up may still be under way.
        self._newest: Image | None = None
        self._writing = Lock()

    # -- writing

    def save(self, book: Book) -> None:
        self.write(self.capture(book))

    def capture(self, book: Book) -> Image:
        """A copy of what the next `write` needs; the book may go on changing."""
        whole = book is not self._base
        kept = {undo.block.number: undo.block.hash for undo in book.undo}
        known = {} if whole else self._kept
        # Unless it is written, everything is to be written again.
        self._base = None
        self._newest = image = Image(
            book=book,
            whole=whole,
            meta=self._identity | _meta(book),
            chunks=list(_chunks(book, whole)),
            undo=[
                (undo.block.number, undo.block.hash, pack_undo(undo))
                for undo in book.undo
                if known.get(undo.block.number) != undo.block.hash
            ],
            kept=kept,
        )
        return image

    def write(self, image: Image) -> None:
        with self._writing:
            if image is self._newest:
                self._write(image)

    def _write(self, image: Image) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as db:
            db.execute("PRAGMA page_size = 32768")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("BEGIN IMMEDIATE")
            try:
                _write(db, image)
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise
        if image is self._newest:
            self._base, self._kept = image.book, image.kept

    def discard(self) -> None:
        """Remove the file and what SQLite keeps beside it."""
        self._base, self._kept, self._newest = None, {}, None
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    # -- reading

    def load(self, kept: int = KEPT_BLOCKS) -> Book | None:
        """The book last saved; it can rewind as that one could."""
        if not self.path.is_file():
            return None
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as db:
                db.execute("BEGIN")
                if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
                    return None
                meta = dict(db.execute("SELECT key, value FROM meta"))
                self._check(meta)
                book = _book(db, meta, kept)
        except (sqlite3.DatabaseError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                # Locked, no permission, disk: says nothing about what is in the file.
                raise
            raise CorruptCheckpoint(f"{self.path} is damaged ({error}): delete it") from error
        self._base = book
        self._kept = {undo.block.number: undo.block.hash for undo in book.undo}
        return book

    def _check(self, meta: dict[str, str]) -> None:
        if meta["schema"] != self._identity["schema"]:
            raise CorruptCheckpoint(f"{self.path} is of version {meta['schema']}, not {SCHEMA}: delete it")
        for key, expected in self._identity.items():
            if meta[key] != expected:
                raise WrongCheckpoint(
                    f"{self.path} has {key} {meta[key]}, not {expected}: use another folder"
                )


def _meta(book: Book) -> dict[str, str]:
    markets = {m: [market.words(), counters(book.positions[m])] for m, market in book.markets.items()}
    found: dict[str, Any] = {
        "scale": book.scale,
        "head": block_to_json(book.head),
        "accounts": book.accounts.count,
        "markets": markets,
    }
    return {key: json.dumps(value) for key, value in found.items()}


def _tables(book: Book) -> Iterator[tuple[int, Records, int]]:
    """Chunk id of the first row, records, rows in use."""
    yield _ACCOUNTS, book.accounts.records, book.accounts.count
    for market_id, positions in book.positions.items():
        yield market_id << _MARKET_SHIFT, positions.records, positions.count


def _chunks(book: Book, whole: bool) -> Iterator[tuple[int, bytes]]:
    for first, records, count in _tables(book):
        used = (count + CHUNK - 1) >> CHUNK_SHIFT
        numbers: Iterable[int] = range(used) if whole else sorted(n for n in records.dirty if n < used)
        width = records.width << CHUNK_SHIFT
        for number in numbers:
            yield first | number, bytes(records.cells[number * width : (number + 1) * width])
        records.dirty.clear()


def _write(db: sqlite3.Connection, image: Image) -> None:
    for statement in _TABLES.split(";"):
        db.execute(statement)
    if image.whole:
        db.execute("DELETE FROM chunks")
        db.execute("DELETE FROM undo")
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", image.meta.items())
    rows = ((number, zlib.crc32(data), data) for number, data in image.chunks)
    db.executemany("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?)", rows)
    db.execute("DELETE FROM undo WHERE number < ?", (min(image.kept, default=0),))
    db.execute("DELETE FROM undo WHERE number > ?", (max(image.kept, default=-1),))
    db.executemany("INSERT OR REPLACE INTO undo VALUES (?, ?, ?)", image.undo)


def _book(db: sqlite3.Connection, meta: dict[str, str], kept: int) -> Book:
    scale = json.loads(meta["scale"])
    book = Book(scale, kept)
    book.head = block_of_json(json.loads(meta["head"]))
    book.accounts.grow(_capacity(json.loads(meta["accounts"])))
    book.accounts.count = json.loads(meta["accounts"])
    for name, (words, values) in json.loads(meta["markets"]).items():
        market_id, positions = int(name), Positions()
        book.markets[market_id] = Market.of_words(market_id, words, scale)
        book.positions[market_id] = positions
        positions.grow(_capacity(values[0]))
        set_counters(positions, tuple(values))

    for first, records, count in _tables(book):
        _fill(db, first, records, (count + CHUNK - 1) >> CHUNK_SHIFT)
    book.accounts.mirror()
    for positions in book.positions.values():
        positions.mirror()
    for number, data in db.execute("SELECT number, data FROM undo ORDER BY number"):
        undo = unpack_undo(data, scale)
        if undo.block.number != number:
            raise ValueError(f"undo {number} is of block {undo.block.number}")
        book.undo.append(undo)
    return book


def _fill(db: sqlite3.Connection, first: int, records: Records, chunks: int) -> None:
    width = records.width << CHUNK_SHIFT
    query = "SELECT id, crc, data FROM chunks WHERE id >= ? AND id < ? ORDER BY id"
    expected = first
    for number, crc, data in db.execute(query, (first, first + chunks)):
        if number != expected or zlib.crc32(data) != crc:
            raise ValueError(f"chunk {number}")
        at = (number - first) * width
        records.cells[at : at + width] = data
        expected += 1
    if expected != first + chunks:
        raise ValueError(f"chunk {expected} is missing")


def _capacity(count: int) -> int:
    """Room for `count` rows in whole chunks, and some to grow."""
    return ((count * 5 // 4 >> CHUNK_SHIFT) + 4) << CHUNK_SHIFT
