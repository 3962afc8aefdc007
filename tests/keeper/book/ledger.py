"""A short history by hand: two accounts, one market, a fill; and what a book is made of."""

from typing import Any

from keeper.book.book import Book
from keeper.book.events import Event
from keeper.book.undo import counters
from keeper.types import BlockRef

SCALE = 10**30
WAD = 10**18
PRICE = 4_000 * WAD
START = 1_700_000_000
LISTED = 1 << 4 | 3 | 5_000 << 5 | 8 << 248
# Source, second, polled, max age, max move, confirm, stale move, update threshold.
SOURCE = (0xA, 0, 0, 600, 10**17, 60, 5 * 10**17, 10**15)
NO_SOURCE = (0,) * 8

Entry = tuple[str, tuple[int, ...]]

LISTING: list[Entry] = [
    ("SourceSet", (1, *NO_SOURCE, *SOURCE)),
    ("PriceAccepted", (1, PRICE, START)),
    ("MarketWritten", (1, LISTED, 0)),
]
ACCOUNTS: list[Entry] = [
    *((("AccountOpened", (i, 0xAA00 + i))) for i in (1, 2, 3)),
    *((("Deposited", (i, 0xAA00 + i, 10**9, 10**9))) for i in (1, 2, 3)),
]


def header(number: int, fork: int = 0) -> BlockRef:
    """Forks part after block 2."""
    return BlockRef(number, _hash(number, fork), _hash(number - 1, fork), START + number)


def _hash(number: int, fork: int) -> str:
    return f"0x{fork if number > 2 else 0:08x}{number:056x}"


def happened(number: int, *entries: Entry, tx: str = "0x01") -> list[Event]:
    return [Event(name, number, tx, index, args) for index, (name, args) in enumerate(entries)]


def position(
    account_id: int, size: int, entry: int, leverage: int, cash: int, reason: int = 1, market_id: int = 1
) -> Entry:
    return "PositionChanged", (account_id, market_id, size, entry, leverage, cash, entry, reason)


def opened() -> list[Entry]:
    """Account 1 buys 2 from account 2 at 4,000 with 5x and 10x."""
    return [
        position(1, 2 * WAD, PRICE, 5, 10**9 - 8 * 10**9),
        position(2, -2 * WAD, PRICE, 10, 10**9 + 8 * 10**9),
        ("FundingAccrued", (1, 7, 10**7, PRICE)),
    ]


def listed_book() -> Book:
    """Block 1: the market and three accounts of a thousand tokens."""
    book = Book(SCALE)
    book.apply(header(1), happened(1, *LISTING, *ACCOUNTS))
    return book


def traded_book() -> Book:
    """Block 2: the fill."""
    book = listed_book()
    book.apply(header(2), happened(2, *opened()))
    return book


def contents(book: Book) -> dict[str, Any]:
    """All that the book holds, byte by byte, beside its undo."""
    accounts = book.accounts
    used = accounts.count * accounts.records.width
    found: dict[str, Any] = {
        "head": book.head,
        "markets": dict(book.markets),
        "accounts": bytes(accounts.records.cells[:used]),
        "cash": accounts.cash.tolist(),
        "flags": accounts.flagged_at.tolist(),
    }
    for market_id, each in book.positions.items():
        columns = (each.account, each.size, each.entry, each.tier, each.parked, each.order)
        found[f"positions {market_id}"] = [counters(each), *(column.tolist() for column in columns)]
        found[f"records {market_id}"] = bytes(each.records.cells[: each.count * each.records.width])
    return found
