"""Numbers as people read them."""

from decimal import Decimal

import pytest

from keeper.cli.render.plain import to_json
from keeper.cli.render.words import age, lamps, moment, money, percent, price, size, times
from keeper.cli.views.queue import QueueRow
from keeper.cli.views.units import ratio, tokens, wad


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0.00"), ("-1234567.891", "-1,234,567.89"), ("0.0001239", "0.000124"), ("-0.004", "-0.004")],
)
def test_money__amount__cents_or_what_there_is(amount: str, text: str) -> None:
    assert money(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("123456.789", "123,456.79"),
        ("91", "91.00"),
        ("999.99991", "1,000.00"),
        ("12.3456789", "12.3457"),
        ("1.5", "1.50"),
        ("0.000001234567", "0.00000123457"),
        ("0", "0"),
    ],
)
def test_price__amount__six_digits_or_cents(amount: str, text: str) -> None:
    assert price(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("-2", "-2"), ("5.170051231405468798", "5.1701"), ("0.00012345", "0.0001234"), ("0", "0")],
)
def test_size__amount__four_digits(amount: str, text: str) -> None:
    assert size(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d")]
)
def test_age__seconds__largest_fitting_unit(seconds: int, text: str) -> None:
    assert age(seconds) == text


def test_words__nothing__a_dash() -> None:
    assert (money(None), price(None), percent(None), times(None), str(lamps(0))) == ("-",) * 5


def test_percent__sign_asked_for__shown() -> None:
    assert percent(Decimal("0.0953"), sign=True) == "+9.53 %"
    assert percent(Decimal("-12.5"), sign=True) == "-1,250.00 %"
    assert percent(Decimal("0.442")) == "44.20 %"


@pytest.mark.parametrize("lit", [1, 2, 3, 4, 5])
def test_lamps__lit__always_five(lit: int) -> None:
    assert str(lamps(lit)) == "●" * lit + "○" * (5 - lit)


def test_moment__unix_time__utc() -> None:
    assert moment(1_700_000_000) == "2023-11-14 22:13:20"


def test_units__integers__exact() -> None:
    assert wad(2**95 - 1) == Decimal("39614081257.132168796771975167")
    assert tokens(-1, 10**30) == Decimal("-0.000001")
    assert tokens(2**127, 10**18) == Decimal("170141183460469231731.687303715884105728")
    assert ratio(1, 0) is None
    assert ratio(1, 3) == Decimal("0.333333333333")


def test_to_json__view__amounts_as_exact_text() -> None:
    row = QueueRow(1, 5, wad(2_992518703241895261), 50, wad(-(10**18)), wad(10**6), 5)
    assert '"roe": "2.992518703241895261"' in to_json(row)
    assert '"size": "-1"' in to_json(row)
    assert '"entry_price": "0.000000000001"' in to_json([row])
    assert '"rank": 1,' in to_json({"rows": (row,)})
