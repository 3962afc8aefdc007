"""A price from an endpoint that answers JSON."""

import json
from decimal import Decimal
from typing import Any

from keeper.feeds.base import FeedUnavailable, check_age, to_wad
from keeper.feeds.web import Web
from keeper.types import Observation

# From here on a time is in milliseconds: as seconds it is the year 5138.
FIRST_MILLISECOND = 10**11
# No time is above: a huge exponent must not become an integer.
LAST_MILLISECOND = 10**15


class HttpFeed:
    """`field`, `time_field`: steps into the answer, joined by dots, e.g. data.0.price. No redirects."""

    def __init__(self, url: str, field: str, time_field: str, timeout: float, max_age: float) -> None:
        self._web = Web(url, timeout)
        self._field = field
        self._time_field = time_field
        self._max_age = max_age

    async def read(self, now: float) -> Observation:
        return self.observe(await self._web.get(), now)

    async def close(self) -> None:
        await self._web.close()

    def observe(self, answer: str, now: float) -> Observation:
        try:
            data = json.loads(answer, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise FeedUnavailable(f"{self._web.host} does not answer JSON") from None
        price = to_wad(_number(_find(data, self._field), self._field))
        if not self._time_field:
            return Observation(price, int(now))
        told = _number(_find(data, self._time_field), self._time_field)
        if not 0 <= told <= LAST_MILLISECOND:
            raise FeedUnavailable(f"{self._time_field} of the answer is no time")
        number = int(told)
        timestamp = number // 1_000 if number >= FIRST_MILLISECOND else number
        check_age(timestamp, now, self._max_age)
        return Observation(price, min(timestamp, int(now)))


def _find(data: Any, path: str) -> Any:
    current = data
    for step in path.split("."):
        try:
            current = current[int(step)] if isinstance(current, list) else current[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise FeedUnavailable(f"the answer has no {path}") from None
    return current


def _number(value: Any, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise FeedUnavailable(f"{path} of the answer is no number")
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise FeedUnavailable(f"{path} of the answer is no number") from None
    if not number.is_finite():
        raise FeedUnavailable(f"{path} of the answer is no number")
    return number


def _refuse(constant: str) -> None:
    raise ValueError(constant)
