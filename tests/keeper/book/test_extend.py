import pytest

from keeper.book.book import Book, clocked
from keeper.book.errors import BrokenHistory, TooDeep
from tests.keeper.book.ledger import (
    ACCOUNTS,
    LISTING,
    PRICE,
    SCALE,
    START,
    Entry,
    contents,
    happened,
    header,
    listed_book,
    opened,
    position,
    traded_book,
)


def test_extend__all_at_once__is_as_block_by_block() -> None:
    book = Book(SCALE)
    events = happened(1, *LISTING, *ACCOUNTS) + happened(2, *opened())
    book.extend(events, header(2), {1: START + 1, 2: START + 2})
    assert contents(book) == contents(traded_book())
    assert book.block_hash(2) == header(2).hash
    with pytest.raises(TooDeep):
        book.rewind(1)
    book.apply(header(3), [])
    book.rewind(2)
    assert contents(book) == contents(traded_book())


def test_extend__a_timestamp_is_missing__is_refused() -> None:
    book = listed_book()
    with pytest.raises(ValueError, match=r"timestamps of blocks \[2\]"):
        book.extend(happened(2, *opened()), header(2), {})
    assert contents(book) == contents(listed_book())


@pytest.mark.parametrize("number", [1, 4])
def test_extend__events_outside__break(number: int) -> None:
    with pytest.raises(BrokenHistory):
        listed_book().extend(happened(number, ("FlagCleared", (1,))), header(3), {})


def test_extend__events_out_of_order__break() -> None:
    events = happened(3, ("FlagCleared", (1,))) + happened(2, ("FlagCleared", (1,)))
    with pytest.raises(BrokenHistory):
        listed_book().extend(events, header(3), {})


def test_extend__not_above_the_head__is_refused() -> None:
    with pytest.raises(ValueError, match="at block 1 already"):
        listed_book().extend([], header(1), {})


def test_clocked__touches__only_the_last_of_a_market_before_it_is_read() -> None:
    def touch(number: int, market_id: int) -> Entry:
        return "FundingAccrued", (market_id, 0, 0, PRICE)

    events = [
        *happened(1, touch(1, 1)),
        *happened(2, touch(2, 1), touch(2, 2)),
        *happened(3, ("Withdrawn", (1, 5, 0, 0))),
        *happened(4, ("Withdrawn", (1, 5, 1, 0)), touch(4, 1)),
        *happened(5, touch(5, 1)),
        *happened(6, ("PricePending", (1, 1, 1, 1)), ("PriceAccepted", (1, 1, 1))),
        *happened(7, ("PriceAccepted", (1, 1, 1)), position(1, 0, 0, 0, 0)),
        *happened(8, ("SourceSet", (1, *(0,) * 16))),
        *happened(9, ("MarketWritten", (1, 0, 0))),
    ]
    assert clocked(events) == {2, 3, 5, 6, 8, 9}
