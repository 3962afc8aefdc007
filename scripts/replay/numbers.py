"""Text of an input as integers of the contracts. ValueError says what is wrong."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation, localcontext

from keeper.arithmetic import LEVERAGES, MAX_PRICE, MAX_SIZE, MIN_PRICE
from scripts.replay.history import DECIMALS, Mapped

# More than any number of the contracts has.
PRECISION = 80
LARGEST = Decimal(10) ** 30
# Unix times from 1973 on, with room for the opening before them; beyond the next in ms, and then in us.
EARLIEST, MS, US = 10**8, 10**11, 10**14


class Numbers:
    """Counts in `mapped` what was cut off or replaced."""

    def __init__(self, mapped: Mapped, *, above: bool) -> None:
        self._mapped = mapped
        self._above = above

    def money(self, text: str) -> int:
        """Whole tokens, from 0; quote units."""
        amount = self._scaled(text, DECIMALS)
        if amount < 0:
            raise ValueError(f"{text} is negative")
        return amount

    def price(self, text: str) -> int:
        price = self._scaled(text, 18)
        if not MIN_PRICE <= price <= MAX_PRICE:
            raise ValueError(f"{text} is no price that the contracts take")
        return price

    def size(self, text: str) -> int:
        """Signed base, not 0."""
        size = self._scaled(text, 18)
        if size == 0:
            raise ValueError(f"{text} is no size: 0, or less than the contracts keep")
        if abs(size) > MAX_SIZE:
            raise ValueError(f"{text} is more than a position holds")
        return size

    def leverage(self, text: str, most: int) -> int:
        """The next tier above or below, from 1 to the market's highest."""
        number = _number(text)
        if number <= 0:
            raise ValueError(f"{text} is no leverage")
        tiers = [tier for tier in LEVERAGES if tier <= most]
        if self._above:
            tier = next((tier for tier in tiers if tier >= number), tiers[-1])
        else:
            tier = next((tier for tier in reversed(tiers) if tier <= number), tiers[0])
        if tier != number:
            key = (text, tier)
            self._mapped.leverages[key] = self._mapped.leverages.get(key, 0) + 1
        return tier

    def time(self, text: str) -> int:
        """Unix seconds of a Unix time in s, ms or us, or of ISO 8601, UTC if it says nothing else."""
        try:
            number = Decimal(text)
        except InvalidOperation:
            return _iso(text)
        if not (number.is_finite() and EARLIEST <= number < US * 1000):
            raise ValueError(f"{text} is no time")
        unit = 1 if number < MS else 10**3 if number < US else 10**6
        return int(number) // unit

    def _scaled(self, text: str, decimals: int) -> int:
        """Toward 0."""
        number = _number(text)
        with localcontext(prec=PRECISION):
            scaled = number.scaleb(decimals)
            whole = int(scaled)
            self._mapped.rounded += scaled != whole
        return whole


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise ValueError(f"{text} is out of range")
    return number


def _iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time: Unix seconds or ISO 8601") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not EARLIEST <= moment.timestamp() < MS:
        raise ValueError(f"{text} is no time")
    return int(moment.timestamp())
