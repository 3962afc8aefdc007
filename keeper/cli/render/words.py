"""Numbers as people read them."""

from datetime import UTC, datetime
from decimal import Context, Decimal

from rich.text import Text

LIGHTS = 5
# From the last fifth of the queue to the first.
COLOURS = ("green", "green", "yellow", "dark_orange", "red")
NONE = "-"


def money(amount: Decimal | None) -> str:
    """Whole tokens with cents; small amounts with what they have."""
    if amount is None:
        return NONE
    if amount and abs(amount) < Decimal("0.01"):
        return _significant(amount, 3)
    return f"{amount:,.2f}"


def price(amount: Decimal | None) -> str:
    """Six significant digits at least, cents of large ones."""
    if amount is None:
        return NONE
    text = _significant(amount, 6)
    # Cents at least, where a cent is something.
    has_cents = len(text.partition(".")[2]) >= 2
    return text if abs(amount) < 1 or (abs(amount) < 1_000 and has_cents) else f"{amount:,.2f}"


def size(amount: Decimal) -> str:
    return f"{amount:,.4f}".rstrip("0").rstrip(".") if abs(amount) >= 1 else _significant(amount, 4)


def percent(part: Decimal | None, sign: bool = False) -> str:
    if part is None:
        return NONE
    return f"{part * 100:{'+' if sign else ''},.2f} %"


def times(ratio: Decimal | None) -> str:
    """How many times one thing is another."""
    return NONE if ratio is None else f"{ratio:,.2f}"


def age(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7_200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3_600:.0f} h"
    return f"{seconds / 86_400:.0f} d"


def moment(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S")


def lamps(lit: int) -> Text:
    """Five lights: the more are lit, the nearer to being closed."""
    if not lit:
        return Text(NONE, style="dim")
    return Text("●" * lit + "○" * (LIGHTS - lit), style=COLOURS[lit - 1])


def _significant(amount: Decimal, digits: int) -> str:
    rounded = Context(prec=digits).create_decimal(amount)
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
