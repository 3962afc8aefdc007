"""`plimsoll status`: the book of contracts/WATERFALL.md, section 7."""

from dataclasses import replace
from decimal import Decimal

import pytest

from keeper.book.book import Book
from keeper.chain.source_reads import address_of
from keeper.cli.views.status import OwnLine, ThinLine, status_view
from keeper.types import Facts, Observation
from tests.keeper.cli.example_book import HEAD, MAX_AGE, NOW, SCALE, example_book, parked

FACTS = Facts(HEAD, {1: 40_000_000, 2: 0}, 100_000_000, gate_until=NOW + 60, gate_floor=0, gas_price=0)


def test_status_view__crash__thin_accounts_worst_first() -> None:
    view = status_view(example_book(flagged_at=NOW - 5), NOW)
    assert (view.block, view.accounts, view.positions) == (7, 7, 8)
    assert (view.liquidatable, view.bankrupt, view.flagged) == (2, 1, 1)
    assert view.thin == (
        ThinLine(
            1, "bankrupt", Decimal("-93.965682"), Decimal("97.455466"), Decimal("-0.964190987502"), NOW - 5
        ),
        ThinLine(5, "liquidatable", Decimal(5), Decimal("46.15"), Decimal("0.108342361863"), 0),
    )


def test_status_view__few_asked_for__all_counted() -> None:
    view = status_view(example_book(), NOW, most=1)
    assert [line.account_id for line in view.thin] == [1]
    assert view.liquidatable == 2


def test_status_view__markets__counts_caps_and_prices() -> None:
    book = parked(example_book(updated_at=NOW - 90), 5)
    first, second = status_view(book, NOW, facts=FACTS).markets
    assert (first.market_id, first.price, first.price_age, first.trouble) == (1, Decimal(3_770), 90, "")
    assert (first.longs, first.shorts, first.parked) == (2, 4, 1)
    assert (first.open_interest, first.open_interest_cap) == (Decimal(10), Decimal(100_000))
    assert first.maintenance_rate == Decimal("0.005")
    assert (first.insurance, second.insurance) == (Decimal(40), Decimal(0))
    assert second.open_interest == 60


def test_status_view__stale_price__said() -> None:
    view = status_view(example_book(updated_at=NOW - MAX_AGE - 1), NOW)
    assert [line.trouble for line in view.markets] == ["stale", "stale"]
    assert view.insurance is None


def test_status_view__sources__those_without_a_usable_price() -> None:
    book = example_book()
    source = book.markets[1].source.source
    silent = replace(FACTS, answers={(1, source): Observation(0, 0), (2, source): Observation(10**18, NOW)})
    first, second = status_view(book, NOW, facts=silent).markets
    assert first.stale_sources == ((address_of(source), "has no usable price"),)
    assert second.stale_sources == ()


def test_status_view__own_account__usage() -> None:
    own = status_view(example_book(), NOW, own_account=6).own
    # 1,820.890686 for the long, 546 for the short.
    assert own == OwnLine(6, Decimal("5355.553915"), Decimal("2366.890686"), Decimal("0.441950678411"), 2)
    assert status_view(example_book(), NOW, own_account=8).own is None


@pytest.mark.parametrize(("until", "shown"), [(NOW + 60, NOW + 60), (NOW, 0), (0, 0)])
def test_status_view__gate__only_while_it_is_up(until: int, shown: int) -> None:
    assert status_view(example_book(), NOW, facts=replace(FACTS, gate_until=until)).gate_until == shown


def test_status_view__empty_book__error() -> None:
    with pytest.raises(LookupError, match="the book is empty"):
        status_view(Book(SCALE), NOW)
