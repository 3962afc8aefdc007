import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from keeper.book.book import Book
from keeper.book.columns import CHUNK
from keeper.book.packing import pack_undo, unpack_undo
from keeper.book.store import Store
from keeper.book.undo import Undo
from keeper.types import BlockRef
from tests.keeper.book.ledger import (
    PRICE,
    SCALE,
    WAD,
    Entry,
    contents,
    happened,
    header,
    position,
    traded_book,
)
from tests.keeper.crowd_book import synthetic_book

HOUSE = "0x" + "c1" * 20


def store(folder: Path) -> Store:
    return Store(folder / "book.db", 31_337, HOUSE)


def loaded(folder: Path) -> Book:
    book = store(folder).load()
    assert book is not None
    return book


def busy_book() -> Book:
    """Forty blocks with closes, listings and accounts."""
    book = traded_book()
    for number in range(3, 43):
        size = (number % 3) * WAD
        entries: list[Entry] = [
            ("AccountOpened", (number + 1, number)),
            position(number + 1, -WAD, PRICE + number, 2, -(2**100)),
            position(1, size, PRICE if size else 0, 5 if size else 0, number),
            ("Flagged", (2, number, 1)),
            ("PricePending", (1, number, number, PRICE)),
        ]
        book.apply(header(number), happened(number, *entries))
    return book


def after(book: Book, number: int) -> BlockRef:
    assert book.head is not None
    return replace(header(number), parent=book.head.hash)


def undo_of(book: Book) -> list[Undo]:
    return list(book.undo)


def test_load__nothing_saved__is_none(tmp_path: Path) -> None:
    assert store(tmp_path).load() is None
    (tmp_path / "book.db").touch()
    assert store(tmp_path).load() is None


def test_load__empty_book__is_empty(tmp_path: Path) -> None:
    store(tmp_path).save(Book(SCALE))
    book = loaded(tmp_path)
    assert (book.scale, book.head, book.accounts.count, book.markets) == (SCALE, None, 0, {})


def test_load__after_save__is_the_book_with_its_undo(tmp_path: Path) -> None:
    book = busy_book()
    store(tmp_path).save(book)
    again = loaded(tmp_path)
    assert contents(again) == contents(book)
    assert undo_of(again) == undo_of(book)
    for each in (book, again):
        each.rewind(2)
        each.apply(header(3), happened(3, ("AccountOpened", (4, 9)), position(4, WAD, PRICE, 1, 0)))
    assert contents(again) == contents(book)


def test_load__fewer_kept__keeps_the_newest(tmp_path: Path) -> None:
    book = busy_book()
    store(tmp_path).save(book)
    short = store(tmp_path).load(kept=3)
    assert short is not None
    assert undo_of(short) == undo_of(book)[-3:]


def test_save__again__writes_what_changed_and_forgets_what_was_undone(tmp_path: Path) -> None:
    book, kept = busy_book(), store(tmp_path)
    kept.save(book)
    book.rewind(2)
    for number in range(3, 6):
        book.apply(header(number, fork=1), happened(number, ("EpochRaised", (1, number))))
    kept.save(book)
    again = loaded(tmp_path)
    assert contents(again) == contents(book)
    assert undo_of(again) == undo_of(book)


def test_capture__second_time__holds_only_dirty_chunks_and_new_undo(tmp_path: Path) -> None:
    book, kept = synthetic_book(3_000, 2, 4_000, seed=1), store(tmp_path)
    kept.save(book)
    assert kept.capture(book).chunks == []
    kept.save(book)
    last = CHUNK * (3_000 // CHUNK)
    price = ("FundingAccrued", (1, 0, 0, PRICE))
    for number, account_id in ((1, 1), (2, last + 1)):
        fill = position(account_id, WAD, PRICE, 5, 0, market_id=1)
        book.apply(after(book, number), happened(number, fill, price))
        image = kept.capture(book)
        assert not image.whole
        assert image.chunks[0][0] == (account_id - 1) // CHUNK
        assert len(image.chunks) == 2
        assert [undone for undone, _, _ in image.undo] == [number]
        kept.write(image)
    assert contents(loaded(tmp_path)) == contents(book)


def test_write__failed__the_next_save_writes_all(tmp_path: Path) -> None:
    book, kept = busy_book(), store(tmp_path)
    kept.save(book)
    before = contents(book)
    book.apply(header(43), happened(43, ("EpochRaised", (1, 9))))
    image = kept.capture(book)
    image.chunks.append((0, None))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        kept.write(image)
    assert contents(loaded(tmp_path)) == before
    kept.save(book)
    assert contents(loaded(tmp_path)) == contents(book)


def test_save__another_book__replaces_the_whole(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.save(busy_book())
    kept.save(traded_book())
    assert contents(loaded(tmp_path)) == contents(traded_book())


def test_save__a_loaded_book__writes_what_changed_since(tmp_path: Path) -> None:
    store(tmp_path).save(busy_book())
    kept = store(tmp_path)
    book = kept.load()
    assert book is not None
    book.apply(header(43), happened(43, ("EpochRaised", (1, 9))))
    image = kept.capture(book)
    assert (image.whole, len(image.chunks), len(image.undo)) == (False, 1, 1)
    kept.write(image)
    assert contents(loaded(tmp_path)) == contents(book)


def test_load__while_another_process_saves__is_the_save_before(tmp_path: Path) -> None:
    kept, book = store(tmp_path), busy_book()
    kept.save(book)
    before = contents(book)
    with closing(sqlite3.connect(tmp_path / "book.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM chunks")
        assert contents(loaded(tmp_path)) == before


KILLED = """
import sys
from pathlib import Path
from tests.keeper.book.test_store import store, busy_book
from tests.keeper.book.ledger import happened, header
kept, book = store(Path(sys.argv[1])), busy_book()
number = 42
while True:
    kept.save(book)
    print(number, flush=True)
    number += 1
    book.apply(header(number), happened(number, ("EpochRaised", (1, number)), ("EpochRaised", (2, number))))
"""


def test_save__killed_at_any_point__leaves_the_last_whole_book(tmp_path: Path) -> None:
    for saves in (1, 2, 5, 9):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(saves)]
        child.stdout.close()
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        book = loaded(tmp_path)
        assert book.head is not None
        assert book.head.number >= said[-1]
        expected = book.head.number if book.head.number > 42 else 0
        assert (book.accounts.epoch_of(1), book.accounts.epoch_of(2)) == (expected, expected)
        book.rewind(42)
        assert contents(book) == contents(busy_book())


def test_unpack_undo__packed__is_the_same() -> None:
    for undo in busy_book().undo:
        assert unpack_undo(pack_undo(undo), SCALE) == undo


def test_unpack_undo__a_byte_too_many__is_refused() -> None:
    undo = busy_book().undo[-1]
    with pytest.raises(ValueError, match="bytes instead of"):
        unpack_undo(pack_undo(undo) + b"\0", SCALE)


def test_write__another_was_captured_meanwhile_and_is_lost__the_next_is_whole(tmp_path: Path) -> None:
    saver, book = store(tmp_path), busy_book()
    saver.save(book)
    slow = saver.capture(book)
    # The cycle that waited for it was given up, and the next one saves before it has ended.
    assert book.head is not None
    number = book.head.number
    cash = book.accounts.cash_of(1)
    book.apply(header(number + 1), happened(number + 1, ("Deposited", (1, 0xAA01, 7, cash + 7))))
    saver.capture(book)
    saver.write(slow)
    # That one never got written: the file was locked.
    book.apply(header(number + 2), [])
    saver.save(book)
    assert contents(loaded(tmp_path)) == contents(book)


def test_write__older_than_what_is_there__is_not_written(tmp_path: Path) -> None:
    saver, book = store(tmp_path), busy_book()
    slow = saver.capture(book)
    assert book.head is not None
    number = book.head.number
    book.apply(header(number + 1), [])
    saver.save(book)
    saver.write(slow)
    assert contents(loaded(tmp_path)) == contents(book)
