import pytest

from keeper.book.book import Book
from keeper.book.errors import BrokenHistory, Reorged, TooDeep
from keeper.types import AccountState, Mark, PositionState
from tests.keeper.book.ledger import (
    LISTING,
    PRICE,
    SCALE,
    START,
    WAD,
    Entry,
    contents,
    happened,
    header,
    listed_book,
    opened,
    position,
    traded_book,
)

# -- apply


def test_apply__a_fill__is_in_both_accounts() -> None:
    book = traded_book()
    assert book.head == header(2)
    assert book.account(1) == AccountState(1, -7 * 10**9, 0, {1: PositionState(2 * WAD, PRICE, 3, False, 1)})
    assert book.account(2) == AccountState(2, 9 * 10**9, 0, {1: PositionState(-2 * WAD, PRICE, 4, False, 2)})
    assert book.account(3) == AccountState(3, 10**9, 0, {})
    assert book.position(3, 1) is None
    assert book.open_interest(1) == 2 * WAD
    assert (book.markets[1].index, book.markets[1].premium, book.markets[1].touched) == (7, 10**7, START + 2)
    assert book.marks(START + 2) == {1: Mark(PRICE, True, 500_000, 7)}


def test_account__unknown__is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        listed_book().account(4)


def test_apply__a_fill__says_what_it_touched() -> None:
    book = listed_book()
    changes = book.apply(
        header(2), happened(2, *opened(), ("Flagged", (3, START, 5)), ("GateRaised", (3, 9)))
    )
    assert (changes.accounts, changes.markets, changes.flagged) == ({1, 2, 3}, {1}, {3})
    assert (changes.gate_raised, changes.rounds) == (True, 0)


def test_apply__another_parent__reorged() -> None:
    book = traded_book()
    before = contents(book)
    for block in (header(4), header(2), header(4, fork=1)):
        with pytest.raises(Reorged):
            book.apply(block, [])
    assert contents(book) == before


@pytest.mark.parametrize(
    "last",
    [
        ("Deposited", (1, 5, 100, 101)),
        ("Withdrawn", (1, 5, 1, -7 * 10**9)),
        ("AccountOpened", (4, 5)),
        ("AccountOpened", (6, 5)),
        ("Deposited", (5, 5, 1, 1)),
        ("Relinked", (3, 1)),
        ("Relinked", (1, 1)),
        position(1, WAD, PRICE, 4, 0),
        position(1, WAD, 0, 5, 0),
        position(3, WAD, PRICE, 5, 0, market_id=2),
        ("DeleveragingStarted", (1, 1, WAD, -1, 1, 0, 0)),
    ],
)
def test_apply__events_that_cannot_follow__change_nothing(last: Entry) -> None:
    book = traded_book()
    before = contents(book)
    first = position(1, WAD, PRICE, 5, 12)
    with pytest.raises(BrokenHistory):
        book.apply(header(3), happened(3, first, ("AccountOpened", (4, 9)), *opened(), last))
    assert contents(book) == before
    book.apply(header(3), [])
    book.rewind(2)
    assert contents(book) == before


def test_apply__event_of_another_block_or_twice__breaks() -> None:
    book = listed_book()
    event = happened(2, ("FlagCleared", (1,)))
    for events in (happened(3, ("FlagCleared", (1,))), event + event):
        with pytest.raises(BrokenHistory):
            book.apply(header(2), events)


# -- positions


def test_apply__closed_and_opened_again__is_the_newest_in_the_same_row() -> None:
    book = traded_book()
    book.apply(header(3), happened(3, position(1, 0, 0, 0, 5), position(3, 2 * WAD, PRICE, 5, 6)))
    assert book.account(1) == AccountState(1, 5, 0, {})
    assert book.account(3) == AccountState(3, 6, 0, {1: PositionState(2 * WAD, PRICE, 3, False, 3)})
    assert book.positions[1].account.tolist() == [3, 2]
    assert book.open_interest(1) == 2 * WAD


def test_apply__round__closes_parks_and_resizes() -> None:
    book = traded_book()
    book.apply(
        header(3),
        happened(
            3,
            position(3, -3 * WAD, PRICE, 2, 10**9),
            ("DeleveragingStarted", (1, 1, 2 * WAD, -5, 5, 0, 0)),
            ("PassedOver", (1, 1, 3, 0, -1)),
            ("Deleveraged", (1, 1, 2, 1, 7, WAD, PRICE, 5, -WAD, 77)),
            position(1, WAD, PRICE, 5, -3, reason=5),
            ("DeleveragingEnded", (1, 1, WAD, WAD, 5, 0, 5)),
        ),
    )
    assert book.account(2) == AccountState(2, 77, 0, {1: PositionState(-WAD, PRICE, 4, False, 2)})
    assert book.account(3).positions[1] == PositionState(-3 * WAD, PRICE, 1, True, 3)
    assert book.account(1) == AccountState(1, -3, 0, {1: PositionState(WAD, PRICE, 3, False, 1)})
    assert book.state.changes.rounds == 1
    book.apply(header(4), happened(4, ("Relinked", (3, 1)), ("EpochRaised", (3, 8))))
    assert book.account(3).positions[1] == PositionState(-3 * WAD, PRICE, 1, False, 4)
    assert book.accounts.epoch_of(3) == 8


# -- rewind


def test_rewind__then_another_fork__is_as_if_it_had_always_been() -> None:
    book = traded_book()
    close = [position(1, 0, 0, 0, 1), position(2, 0, 0, 0, 2)]
    listing: list[Entry] = [(name, (2, *args[1:])) for name, args in LISTING]
    book.apply(header(3, fork=1), happened(3, *close, ("AccountOpened", (4, 9)), *listing))
    book.apply(header(4, fork=1), happened(4, position(4, WAD, PRICE, 1, 3, market_id=2)))
    assert book.block_hash(3) == header(3, fork=1).hash
    book.rewind(2)
    assert contents(book) == contents(traded_book())
    assert (book.block_hash(2), book.block_hash(3)) == (header(2).hash, None)

    other = [("AccountOpened", (4, 8)), position(4, -WAD, PRICE, 1, 3)]
    straight = traded_book()
    for each in (book, straight):
        each.apply(header(3), happened(3, *other))
    assert contents(book) == contents(straight)


def test_rewind__to_the_head__changes_nothing() -> None:
    book = traded_book()
    before = contents(book)
    book.rewind(2)
    assert contents(book) == before


def test_rewind__before_the_first_block__is_empty() -> None:
    book = traded_book()
    book.rewind(0)
    assert (book.head, book.accounts.count, book.markets, book.positions) == (None, 0, {}, {})


def test_rewind__above_the_head__is_refused() -> None:
    with pytest.raises(ValueError, match="not below the head"):
        traded_book().rewind(3)


def test_rewind__deeper_than_kept__too_deep_and_unchanged() -> None:
    book = Book(SCALE, kept=2)
    for number in range(1, 5):
        book.apply(header(number), [])
    with pytest.raises(TooDeep):
        book.rewind(1)
    assert [book.block_hash(number) for number in (1, 2, 3, 4)] == [
        *(None, header(2).hash, header(3).hash, header(4).hash)
    ]
    book.rewind(2)
    assert book.head == header(2)
