"""Checkpoints that are not to be used."""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from keeper.book.store import CorruptCheckpoint, Store, WrongCheckpoint
from tests.keeper.book.ledger import contents, traded_book
from tests.keeper.book.test_store import HOUSE, loaded, store


def execute(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "book.db")) as db, db:
        db.execute(statement)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ((1, HOUSE), "has chain 31337, not 1"),
        ((31_337, "0x" + "c2" * 20), "has clearing house 0xc1c1"),
    ],
)
def test_load__of_another_deployment__says_which(
    tmp_path: Path, other: tuple[int, str], message: str
) -> None:
    store(tmp_path).save(traded_book())
    with pytest.raises(WrongCheckpoint, match=message):
        Store(tmp_path / "book.db", *other).load()


def test_load__of_another_version__says_so(tmp_path: Path) -> None:
    store(tmp_path).save(traded_book())
    execute(tmp_path, "UPDATE meta SET value = '0' WHERE key = 'schema'")
    with pytest.raises(CorruptCheckpoint, match="is of version 0, not 2"):
        loaded(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM meta WHERE key = 'head'",
        "DELETE FROM meta WHERE key = 'schema'",
        "UPDATE meta SET value = '{' WHERE key = 'markets'",
        "DELETE FROM chunks WHERE id = 0",
        "UPDATE chunks SET data = zeroblob(length(data)) WHERE id = 0",
        "UPDATE chunks SET data = x'00', crc = 3523407757 WHERE id = 0",
        "UPDATE undo SET data = substr(data, 1, length(data) - 1)",
        "UPDATE undo SET number = 9 WHERE number = 2",
        "DROP TABLE undo",
    ],
)
def test_load__damaged__is_corrupt(tmp_path: Path, damage: str) -> None:
    store(tmp_path).save(traded_book())
    execute(tmp_path, damage)
    with pytest.raises(CorruptCheckpoint, match=r"book\.db is damaged"):
        loaded(tmp_path)


def test_load__not_a_database__is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "book.db").write_bytes(b"plimsoll" * 1_000)
    with pytest.raises(CorruptCheckpoint):
        loaded(tmp_path)


def test_load__locked__is_not_corrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(tmp_path).save(traded_book())
    monkeypatch.setattr("sqlite3.connect", partial(sqlite3.connect, timeout=0))
    execute(tmp_path, "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(tmp_path / "book.db", isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            loaded(tmp_path)


def test_discard__damaged__leaves_room_for_another(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.save(traded_book())
    (tmp_path / "book.db").write_bytes(b"plimsoll" * 1_000)
    (tmp_path / "book.db-wal").touch()
    kept.discard()
    assert list(tmp_path.iterdir()) == []
    kept.save(traded_book())
    assert contents(loaded(tmp_path)) == contents(traded_book())
