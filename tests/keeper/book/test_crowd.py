"""The crowd of the benchmarks is a market like any other."""

import numpy as np

from keeper.arithmetic import maintenance, value
from keeper.book.book import Book
from tests.keeper.book.ledger import contents
from tests.keeper.crowd_book import GENESIS, SCALE, decoder, header, synthetic_book, synthetic_logs

ACCOUNTS, MARKETS, POSITIONS = 2_000, 8, 4_003
BLOCKS = range(1, 6)


def crowd() -> Book:
    return synthetic_book(ACCOUNTS, MARKETS, POSITIONS, seed=3)


def check(book: Book) -> None:
    """Sizes sum to zero, open interest is the longs', and accounts and rows name each other."""
    for market_id, positions in book.positions.items():
        states = [positions.state(row) for row in range(positions.count)]
        assert sum(state.size for state in states) == 0
        assert sum(max(state.size, 0) for state in states) == book.open_interest(market_id)
        for row, state in enumerate(states):
            account_id = int(positions.account[row])
            assert state.size == 0 or book.accounts.row_of(account_id, market_id) == row
    linked = np.count_nonzero(book.accounts.markets)
    assert linked == sum(np.count_nonzero(positions.size) for positions in book.positions.values())


def test_synthetic_book__positions__are_linked_and_balanced() -> None:
    book = crowd()
    check(book)
    assert sum(positions.count for positions in book.positions.values()) == POSITIONS
    assert contents(crowd()) == contents(book)


def test_synthetic_book__equity__some_are_thin_and_most_are_not() -> None:
    book = crowd()
    marks = book.marks(GENESIS)
    thin = 0
    for account_id in range(1, ACCOUNTS + 1):
        account = book.account(account_id)
        equity, required = account.cash, 0
        for m, position in account.positions.items():
            equity += value(position.size, marks[m].price, marks[m].index, SCALE)
            rate = book.markets[m].params.maintenance_ppm
            required += maintenance(position.size, marks[m].price, rate, SCALE)
        thin += equity < required
    assert 0 < thin < ACCOUNTS // 100


def test_synthetic_logs__applied_or_extended__lead_to_the_same_market() -> None:
    logs = list(synthetic_logs(crowd(), BLOCKS, per_block=400, seed=4))
    assert [len(block) for block in logs] == [400] * len(BLOCKS)
    book, bulk, decode = crowd(), crowd(), decoder().decode
    history = []
    for number, block in zip(BLOCKS, logs, strict=True):
        events = [event for event in map(decode, block) if event is not None]
        assert len(events) == 400
        book.apply(header(number), events)
        history += events
    bulk.extend(history, header(BLOCKS[-1]), {number: GENESIS + number for number in BLOCKS})
    check(book)
    assert contents(bulk) == contents(book)
    book.rewind(0)
    assert contents(book) == contents(crowd())
