"""Amounts of a story as people read them: the keeper's words over its units."""

from datetime import UTC, datetime

from keeper.cli.render import words
from keeper.cli.views.units import ratio, wad, whole

# Of the collateral of local chains.
DECIMALS = 6


def money(units: int) -> str:
    return words.money(whole(units, DECIMALS))


def price(amount: int) -> str:
    return words.price(wad(amount))


def size(amount: int) -> str:
    return words.size(wad(amount))


def percent(part: int, of: int, sign: bool = False) -> str:
    """ "-" of nothing."""
    return words.percent(ratio(part, of), sign)


def roe(amount: int) -> str:
    return words.percent(wad(amount), sign=True)


def moment(timestamp: int) -> str:
    return words.moment(timestamp) + " UTC"


def clock(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%H:%M:%S")


def count(number: int, one: str, many: str = "") -> str:
    """ "1 round", "2 rounds"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def accounts(ids: tuple[int, ...], most: int = 8) -> str:
    """The first of them; a list may be hundreds long."""
    shown = ", ".join(str(each) for each in ids[:most])
    return f"{shown}, and {len(ids) - most:,} more" if len(ids) > most else shown
