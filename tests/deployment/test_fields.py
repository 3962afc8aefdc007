"""Amounts as they are written, and as the contracts store them."""

from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from scripts.deployment.fields import Amount, units, wad

AMOUNT = TypeAdapter(Amount)
# More digits than Python's decimals keep by default.
LONG = "12345678901234567890.123456789012345678"


@pytest.mark.parametrize("text", ["0", "1e10", LONG, "1e40"])
def test_amount__exact_in_18_decimals__taken(text: str) -> None:
    assert AMOUNT.validate_python(text) == Decimal(text)


@pytest.mark.parametrize("text", ["-1", "1e-19", "0.0000000000000000001", "1e200", "NaN", "Infinity"])
def test_amount__else__refused_in_words(text: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(text)


def test_wad__many_digits__every_one_of_them() -> None:
    assert wad(Decimal(LONG)) == 12345678901234567890123456789012345678


def test_units__more_decimals_than_the_token__cut_off() -> None:
    assert units(Decimal("98765432109876543210.1234569"), 6) == 98765432109876543210123456
