"""`plimsoll queue`: the numbers of contracts/WATERFALL.md, section 7."""

from decimal import Decimal

import pytest

from keeper.cli.views.queue import NoSuchMarket, QueueRow, queue_view
from tests.keeper.cli.example_book import MAX_AGE, NOW, example_book, parked


def test_queue_view__shorts__best_rank_first() -> None:
    view = queue_view(example_book(), NOW, 1, is_long=False, count=10)
    assert (view.side, view.block, view.price, view.ranked, view.parked) == ("short", 7, Decimal(3_770), 4, 0)
    assert view.price_is_valid
    assert view.rows == (
        QueueRow(1, 5, Decimal("2.992518703241895261"), 50, Decimal(-1), Decimal(4_010), 5),
        QueueRow(2, 4, Decimal("2.875"), 50, Decimal(-2), Decimal(4_000), 4),
        QueueRow(3, 2, Decimal("0.804878048780487804"), 10, Decimal(-2), Decimal(4_100), 3),
        QueueRow(4, 3, Decimal("0.691358024691358024"), 10, Decimal(-5), Decimal(4_050), 2),
    )


def test_queue_view__skip_and_count__ranks_go_on() -> None:
    rows = queue_view(example_book(), NOW, 1, is_long=False, count=2, skip=1).rows
    assert [(row.rank, row.account_id, row.lights) for row in rows] == [(2, 4, 4), (3, 2, 3)]


def test_queue_view__one_is_parked__counted_but_not_ranked() -> None:
    view = queue_view(parked(example_book(), 5), NOW, 1, is_long=False, count=10)
    assert [row.account_id for row in view.rows] == [4, 2, 3]
    assert (view.ranked, view.parked) == (3, 1)


def test_queue_view__stale_price__said() -> None:
    book = example_book(updated_at=NOW - MAX_AGE)
    assert queue_view(book, NOW, 1, is_long=True, count=1).price_is_valid
    assert not queue_view(book, NOW + 1, 1, is_long=True, count=1).price_is_valid


def test_queue_view__unknown_market__names_the_listed_ones() -> None:
    with pytest.raises(NoSuchMarket, match="there is no market 3: the listed ones are 1, 2"):
        queue_view(example_book(), NOW, 3, is_long=True, count=1)
