from dataclasses import replace

import pytest

from keeper.book.book import Book
from keeper.book.reconcile import (
    Difference,
    compare_account_count,
    compare_accounts,
    compare_markets,
    compare_positions,
    compare_queue,
)
from keeper.types import LensAccount, LensMarket, LensPosition, SourceConfig
from tests.keeper.book.ledger import (
    LISTED,
    PRICE,
    SOURCE,
    START,
    WAD,
    happened,
    header,
    position,
    traded_book,
)

AT = START + 2
ACCOUNTS = [
    LensAccount(1, f"0x{0xAA01:040x}", -7 * 10**9, 0, 0, (1,)),
    LensAccount(2, f"0x{0xAA02:040x}", 9 * 10**9, 0, 0, (1,)),
    LensAccount(3, f"0x{0xAA03:040x}", 10**9, 0, 0, ()),
]
LONG = LensPosition(1, 2 * WAD, PRICE, 5, 0, False)
SHORT = LensPosition(2, -2 * WAD, PRICE, 10, 0, False)
MARKET = LensMarket(
    market_id=1,
    params=LISTED,
    liquidation=0,
    index=7,
    premium=10**7,
    open_interest=2 * WAD,
    price=PRICE,
    updated_at=START,
    valid=True,
    waiting_price=0,
    waiting_updated_at=0,
    waiting_since=0,
    source=SourceConfig(*SOURCE[:2], bool(SOURCE[2]), *SOURCE[3:]),
)


def test_compare__the_same_state__has_no_difference() -> None:
    book = traded_book()
    assert compare_account_count(book, 3) == []
    assert compare_accounts(book, ACCOUNTS) == []
    assert compare_positions(book, 1, [LONG, SHORT], range(1, 4)) == []
    assert compare_markets(book, [MARKET], AT) == []


def test_compare_account_count__another__is_a_difference() -> None:
    assert compare_account_count(traded_book(), 4) == [Difference("account count", 0, 0, 3, 4)]


@pytest.mark.parametrize(
    ("field", "chain", "what", "book"),
    [
        ("owner", "0x00", "owner", f"0x{0xAA01:040x}"),
        ("cash", -7 * 10**9 + 1, "cash", -7 * 10**9),
        ("epoch", 1, "epoch", 0),
        ("flagged_at", 5, "flagged at", 0),
        ("open_markets", (1, 2), "open markets", (1,)),
    ],
)
def test_compare_accounts__one_field__is_one_difference(
    field: str, chain: object, what: str, book: object
) -> None:
    theirs = replace(ACCOUNTS[0], **{field: chain})  # type: ignore[arg-type]
    assert compare_accounts(traded_book(), [theirs, *ACCOUNTS[1:]]) == [Difference(what, 1, 0, book, chain)]


def test_compare_accounts__unknown_to_the_book__is_a_difference() -> None:
    theirs = replace(ACCOUNTS[0], account_id=4)
    assert compare_accounts(traded_book(), [theirs]) == [Difference("account", 4, 0, None, theirs)]


@pytest.mark.parametrize(
    ("field", "chain", "what", "book"),
    [
        ("size", 2 * WAD + 1, "size", 2 * WAD),
        ("entry_price", PRICE + 1, "entry price", PRICE),
        ("leverage", 10, "leverage", 5),
        ("parked", True, "parked", False),
    ],
)
def test_compare_positions__one_field__is_one_difference(
    field: str, chain: object, what: str, book: object
) -> None:
    theirs = replace(LONG, **{field: chain})  # type: ignore[arg-type]
    found = compare_positions(traded_book(), 1, [theirs, SHORT], range(1, 4))
    assert found == [Difference(what, 1, 1, book, chain)]


def test_compare_positions__only_one_side_has_it__is_a_difference() -> None:
    book = traded_book()
    other = replace(LONG, account_id=3)
    assert compare_positions(book, 1, [LONG, SHORT, other], range(1, 4)) == [
        Difference("position", 3, 1, None, other)
    ]
    assert compare_positions(book, 1, [SHORT], range(1, 4)) == [
        Difference("position", 1, 1, book.position(1, 1), None)
    ]
    assert compare_positions(book, 1, [SHORT], range(2, 4)) == []
    assert compare_positions(book, 9, [other], range(3, 4)) == [Difference("position", 3, 9, None, other)]


def test_compare_positions__price_moved_since_the_read__is_no_difference() -> None:
    book = traded_book()
    book.apply(header(3), happened(3, ("PriceAccepted", (1, PRICE + WAD, START + 3))))
    assert compare_positions(book, 1, [LONG, SHORT], range(1, 4)) == []


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("params", "parameters"),
        ("liquidation", "liquidation"),
        ("index", "funding index"),
        ("premium", "premium"),
        ("open_interest", "open interest"),
        ("price", "price"),
        ("updated_at", "price time"),
        ("valid", "price valid"),
        ("waiting_price", "waiting price"),
        ("waiting_updated_at", "waiting price time"),
        ("waiting_since", "waiting since"),
        ("source", "source"),
    ],
)
def test_compare_markets__one_field__is_one_difference(field: str, what: str) -> None:
    theirs = replace(MARKET, **{field: -1})  # type: ignore[arg-type]
    expected = Difference(what, 0, 1, getattr(MARKET, field), -1)
    assert compare_markets(traded_book(), [theirs], AT) == [expected]


def test_compare_markets__only_one_side_has_it__is_a_difference() -> None:
    book = traded_book()
    other = replace(MARKET, market_id=2)
    assert compare_markets(book, [other], AT) == [
        Difference("market", 0, 2, None, other),
        Difference("market", 0, 1, book.markets[1], None),
    ]


def queued_book() -> Book:
    """Three more longs of 5x: equal to account 1's, better, and equal again; a parked one."""
    book = traded_book()
    fills = [
        position(4, WAD, PRICE, 5, 0),
        position(5, WAD, PRICE - 1, 5, 0),
        position(6, WAD, PRICE, 5, 0),
        position(7, WAD, 1, 5, 0),
    ]
    accounts = [("AccountOpened", (i, i)) for i in range(4, 8)]
    book.apply(header(3), happened(3, *accounts, *fills, ("PassedOver", (2, 1, 7, 0, -1))))
    return book


def test_compare_queue__better_entry_then_first_come__is_the_order() -> None:
    book = queued_book()
    assert compare_queue(book, 1, True, 3, [5, 1, 4, 6]) == []
    assert compare_queue(book, 1, False, 4, [2]) == []
    assert compare_queue(book, 1, False, 3, []) == []
    assert compare_queue(book, 1, True, 3, [5, 4, 1, 6]) == [
        Difference("queue of tier 3", 0, 1, (5, 1, 4, 6), (5, 4, 1, 6))
    ]


def test_compare_queue__shorts__a_higher_entry_stands_first() -> None:
    book = queued_book()
    shorts = [position(i, -WAD, PRICE + price, 2, 0) for i, price in ((4, 1), (5, 2), (6, 1))]
    book.apply(header(4), happened(4, *shorts))
    assert compare_queue(book, 1, False, 1, [5, 4, 6]) == []
