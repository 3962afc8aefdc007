"""Integers of the contracts as exact text in whole units."""

from decimal import Decimal
from fractions import Fraction

from keeper.cli.views.units import ratio, tokens, wad
from scripts.replay.history import SCALE


def money(amount: int) -> str:
    return exact(tokens(amount, SCALE))


def number(amount: int) -> str:
    """Of a WAD: size, price, ROE."""
    return exact(wad(amount))


def part(fraction: Fraction) -> str:
    """With 12 digits."""
    found = ratio(fraction.numerator, fraction.denominator)
    assert found is not None
    return exact(found)


def exact(amount: Decimal) -> str:
    """Without an exponent and without trailing zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
