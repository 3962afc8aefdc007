"""What a price feed answers: an observation, or that there is none."""

from decimal import Decimal, localcontext
from typing import Protocol

from keeper.arithmetic import MAX_PRICE, MIN_PRICE
from keeper.types import Observation

# Digits enough for any price: 2**88 with 18 decimals has 27, a source may send more.
PRECISION = 80
# Seconds that a source's clock may be ahead.
SKEW = 5


class FeedUnavailable(Exception):
    """No price that may be signed; the text says why."""


class Feed(Protocol):
    async def read(self, now: float) -> Observation:
        """Raises FeedUnavailable. `now`: Unix seconds."""
        ...

    async def close(self) -> None: ...


class Bounded:
    """A feed whose price must lie within what the operator holds possible. Whole quote per base."""

    def __init__(self, feed: Feed, lowest: Decimal, highest: Decimal) -> None:
        self._feed = feed
        self._lowest = to_wad(lowest)
        self._highest = to_wad(highest)

    async def read(self, now: float) -> Observation:
        seen = await self._feed.read(now)
        check_bounds(seen.price, self._lowest, self._highest)
        return seen

    async def close(self) -> None:
        await self._feed.close()


def to_wad(value: Decimal | int | str) -> int:
    """Exact, digits beyond the 18th cut off; FeedUnavailable for what is no price."""
    with localcontext(prec=PRECISION):
        try:
            number = Decimal(value)
            # NaN is not comparable and raises; a huge exponent must not become an integer first.
            fits = MIN_PRICE <= number.scaleb(18) < MAX_PRICE + 1
        except (ArithmeticError, ValueError):
            raise FeedUnavailable(f"{value!r} is no number") from None
        if not fits:
            raise FeedUnavailable(f"price {value} is out of the range that the chain accepts")
        return int(number.scaleb(18))


def from_wad(price: int) -> str:
    with localcontext(prec=PRECISION):
        return f"{Decimal(price).scaleb(-18).normalize():f}"


def check_bounds(price: int, lowest: int, highest: int) -> None:
    """What the operator holds possible, WAD."""
    if not lowest <= price <= highest:
        raise FeedUnavailable(f"price {from_wad(price)} is outside what the settings call possible")


def check_age(timestamp: int, now: float, max_age: float) -> None:
    """A source's own time: neither from the future nor too old."""
    if timestamp > now + SKEW:
        raise FeedUnavailable(f"its time is {timestamp - now:.0f} s ahead of this machine's")
    if now - timestamp > max_age:
        raise FeedUnavailable(f"its price is {now - timestamp:.0f} s old, more than {max_age:g} s")
