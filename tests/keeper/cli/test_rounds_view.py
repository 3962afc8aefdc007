"""`plimsoll rounds`: the numbers of contracts/WATERFALL.md, section 7."""

from decimal import Decimal

from keeper.cli.views.rounds import VisitView, rounds_view
from tests.keeper.cli.example_book import NOW, SCALE
from tests.keeper.cli.example_rounds import checked


def test_rounds_view__verified__numbers_in_whole_units() -> None:
    (view,) = rounds_view([checked()], SCALE)
    assert (view.block, view.timestamp, view.account_id, view.market_id) == (8, NOW + 1, 1, 1)
    assert (view.closed, view.left) == (Decimal("5.170051231405468798"), Decimal(0))
    assert view.shortfall == view.insurance + view.haircut == Decimal("93.965682")
    assert view.insurance == 40
    assert view.listed
    assert view.verified
    assert view.visits[0] == VisitView(5, Decimal(0), None, Decimal(0), None, passed_over=True)
    assert view.visits[1].price == Decimal("3780.438133")
    assert view.visits[1].haircut == Decimal("20.876266")


def test_rounds_view__recomputed_otherwise__not_verified() -> None:
    (view,) = rounds_view([checked("rank 1 was account 4, is 5")], SCALE)
    assert not view.verified
    assert view.differences == ("rank 1 was account 4, is 5",)


def test_rounds_view__18_decimals__scaled_by_them() -> None:
    (view,) = rounds_view([checked()], 10**18)
    assert view.insurance == Decimal("0.00000000004")
