"""What clears the flag of a bankrupt account."""

import pytest

from tests.keeper.book.ledger import (
    PRICE,
    START,
    WAD,
    Entry,
    happened,
    header,
    position,
    traded_book,
)

FLAG: Entry = ("Flagged", (1, START, 5))
UNDER_WATER = position(1, 2 * WAD, PRICE, 5, -9 * 10**9, reason=3)


@pytest.mark.parametrize(
    ("entry", "flagged"),
    [
        (("FlagCleared", (1,)), False),
        (position(1, WAD, PRICE, 5, 0, reason=1), False),
        (position(1, WAD, PRICE, 5, 0, reason=4), False),
        (position(1, 2 * WAD, PRICE, 5, 0, reason=2), True),
        (position(1, WAD, PRICE, 5, 0, reason=3), True),
        (position(1, WAD, PRICE, 5, 0, reason=5), True),
        (("Deposited", (1, 5, 10**12, 10**12 - 7 * 10**9)), True),
        (("Withdrawn", (1, 5, 1, -7 * 10**9 - 1)), False),
        (("Withdrawn", (1, 5, 0, -7 * 10**9)), False),
        (("Deleveraged", (2, 1, 1, 0, 5, -WAD, PRICE, 0, WAD, 3)), False),
    ],
    ids=[
        *("cleared", "fill", "takeover", "leverage", "liquidated", "deleveraged"),
        *("deposit", "withdrawal", "withdrawal of nothing", "counterparty"),
    ],
)
def test_apply__a_flagged_account__keeps_its_flag_unless_it_shows_equity(entry: Entry, flagged: bool) -> None:
    book = traded_book()
    book.apply(header(3), happened(3, FLAG, entry))
    assert book.account(1).flagged_at == (START if flagged else 0)
    assert book.accounts.flagged_at.tolist() == [START if flagged else 0, 0, 0]


def test_apply__a_bankrupt_withdraws_nothing__stays_flagged() -> None:
    book = traded_book()
    book.apply(header(3), happened(3, UNDER_WATER, FLAG, ("Withdrawn", (1, 5, 0, -9 * 10**9))))
    assert book.account(1).flagged_at == START


def test_apply__equity_turns_on_accrued_funding__is_valued_with_it() -> None:
    """Long 2 at 4,000 with cash of -8,000 tokens: whatever funding takes makes it bankrupt."""
    book = traded_book()
    even = position(1, 2 * WAD, PRICE, 5, -8 * 10**9, reason=3)
    book.apply(header(3), happened(3, even, FLAG, ("PriceAccepted", (1, PRICE, START + 3))))
    book.apply(header(4), happened(4, ("Withdrawn", (1, 5, 0, -8 * 10**9))))
    assert book.account(1).flagged_at == START
    book.rewind(3)
    book.apply(
        header(4), happened(4, ("FundingAccrued", (1, 0, 0, PRICE)), ("Withdrawn", (1, 5, 0, -8 * 10**9)))
    )
    assert book.account(1).flagged_at == 0
