from collections.abc import Mapping

import pytest

from keeper.book.book import Book, clocked
from keeper.book.errors import BrokenHistory
from keeper.types import AccountState, Deleveraged, Mark, PassedOver, Round, RoundReceipt
from tests.keeper.book.ledger import (
    PRICE,
    START,
    WAD,
    Entry,
    contents,
    happened,
    header,
    position,
    traded_book,
)

NEW_PRICE = PRICE - 100 * WAD
ROUND: list[Entry] = [
    ("DeleveragingStarted", (1, 1, 2 * WAD, -50, 50, 20, 1)),
    ("PriceAccepted", (1, NEW_PRICE, START + 3)),
    ("PassedOver", (1, 1, 3, 0, -1)),
    ("Deleveraged", (1, 1, 2, 1, 7, 2 * WAD, PRICE, 30, 0, 77)),
    ("FlagCleared", (1,)),
    position(1, 0, 0, 0, 0, reason=5),
    ("DeleveragingEnded", (1, 1, 2 * WAD, 0, 50, 20, 30)),
]
BEFORE: list[Entry] = [position(3, -WAD, PRICE, 2, 10**9), ("Flagged", (1, START, 50))]


class Witness:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.receipts: list[RoundReceipt] = []
        self.accounts: list[tuple[AccountState, ...]] = []
        self.marks: list[Mapping[int, Mark]] = []

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        self.receipts.append(receipt)
        self.accounts.append(tuple(map(self.book.account, (1, 2, 3))))
        self.marks.append(marks)


def test_apply__a_round__is_shown_before_its_effects_at_its_prices() -> None:
    book = traded_book()
    book.apply(header(3), happened(3, *BEFORE))
    before = tuple(map(book.account, (1, 2, 3)))
    witness = Witness(book)
    book.apply(header(4), happened(4, *ROUND, tx="0x02"), witness)
    expected = Round(
        account_id=1,
        market_id=1,
        size=2 * WAD,
        equity=-50,
        shortfall=50,
        insurance=20,
        verified=True,
        visits=(PassedOver(3, 0, -1), Deleveraged(2, 1, 7, 2 * WAD, PRICE, 30, 0, 77)),
        closed=2 * WAD,
        left=0,
        insurance_paid=20,
        haircut=30,
    )
    assert witness.receipts == [RoundReceipt(expected, 4, header(4).timestamp, "0x02", 0)]
    assert witness.accounts == [before]
    assert witness.marks[0][1].price == NEW_PRICE
    assert book.account(1) == AccountState(1, 0, 0, {})
    assert book.account(2) == AccountState(2, 77, 0, {})
    assert book.account(3).positions[1].parked


def test_extend__a_round__is_shown_as_apply_shows_it() -> None:
    one_by_one, at_once = traded_book(), traded_book()
    seen, seen_at_once = Witness(one_by_one), Witness(at_once)
    one_by_one.apply(header(3), happened(3, *BEFORE), seen)
    one_by_one.apply(header(4), happened(4, *ROUND, tx="0x02"), seen)
    events = [*happened(3, *BEFORE), *happened(4, *ROUND, tx="0x02")]
    assert 4 in clocked(events)
    at_once.extend(events, header(4), {n: header(n).timestamp for n in (3, 4)}, seen_at_once)
    assert len(seen.receipts) == 1
    assert (seen_at_once.receipts, seen_at_once.accounts) == (seen.receipts, seen.accounts)
    assert seen_at_once.marks == seen.marks
    assert contents(at_once) == contents(one_by_one)


def test_apply__two_rounds_in_a_block__the_second_sees_the_first() -> None:
    book = traded_book()
    part: list[Entry] = [
        ("DeleveragingStarted", (1, 1, 2 * WAD, -50, 50, 0, 0)),
        ("Deleveraged", (1, 1, 2, 0, 7, WAD, PRICE, 25, -WAD, 88)),
        position(1, WAD, PRICE, 5, -25, reason=5),
        ("DeleveragingEnded", (1, 1, WAD, WAD, 50, 0, 25)),
        ("FundingAccrued", (1, 8, 0, PRICE)),
    ]
    rest: list[Entry] = [
        ("DeleveragingStarted", (1, 1, WAD, -25, 25, 0, 0)),
        ("Deleveraged", (1, 1, 2, 0, 7, WAD, PRICE, 25, 0, 99)),
        position(1, 0, 0, 0, 0, reason=5),
        ("DeleveragingEnded", (1, 1, WAD, 0, 25, 0, 25)),
    ]
    witness = Witness(book)
    changes = book.apply(header(3), happened(3, *part, *rest), witness)
    assert [receipt.round.size for receipt in witness.receipts] == [2 * WAD, WAD]
    assert witness.accounts[1][0].positions[1].size == WAD
    assert (witness.marks[0][1].index, witness.marks[1][1].index) != (8, 8)
    assert witness.marks[1][1].index == 8
    assert changes.rounds == 2


def test_apply__without_observer__has_the_same_effects() -> None:
    watched, plain = traded_book(), traded_book()
    for book, observer in ((watched, Witness(watched)), (plain, None)):
        book.apply(header(3), happened(3, *BEFORE, *ROUND), observer)
    assert contents(watched) == contents(plain)


class Refuser:
    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        raise RuntimeError("disk full")


def test_apply__observer_fails__nothing_is_applied() -> None:
    book = traded_book()
    before = contents(book)
    with pytest.raises(RuntimeError, match="disk full"):
        book.apply(header(3), happened(3, *BEFORE, *ROUND), Refuser())
    assert contents(book) == before


def test_apply__a_round_without_an_end__breaks_and_changes_nothing() -> None:
    book = traded_book()
    before = contents(book)
    for entries in (ROUND[:-1], [*ROUND[:-1], ("DeleveragingEnded", (2, 1, 2 * WAD, 0, 50, 20, 30))]):
        with pytest.raises(BrokenHistory, match="does not end"):
            book.apply(header(3), happened(3, *BEFORE, *entries))
    assert contents(book) == before


def test_apply__a_round_over_two_transactions__breaks() -> None:
    events = happened(3, *BEFORE, *ROUND)
    events[-1] = events[-1]._replace(tx_hash="0x03")
    with pytest.raises(BrokenHistory, match="does not end"):
        traded_book().apply(header(3), events)
