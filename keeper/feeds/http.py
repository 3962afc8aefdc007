"""A price from an endpoint that answers JSON."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from keeper.feeds.base import FeedUnavailable, check_age, to_wad
from keeper.types import Observation

# Bytes of an answer: an endpoint must not fill the memory.
LONGEST = 1_000_000
# From here on a time is in milliseconds: as seconds it is the year 5138.
FIRST_MILLISECOND = 10**11
# No time is above: a huge exponent must not become an integer.
LAST_MILLISECOND = 10**15


class HttpFeed:
    """`field`, `time_field`: steps into the answer, joined by dots, e.g. data.0.price. No redirects."""

    def __init__(self, url: str, field: str, time_field: str, timeout: float, max_age: float) -> None:
        self._url = url
        self._host = urlsplit(url).hostname or url
        self._field = field
        self._time_field = time_field
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._max_age = max_age
        self._session: aiohttp.ClientSession | None = None

    async def read(self, now: float) -> Observation:
        return self.observe(await self._fetch(), now)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def observe(self, answer: str, now: float) -> Observation:
        try:
            data = json.loads(answer, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise FeedUnavailable(f"{self._host} does not answer JSON") from None
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

    async def _fetch(self) -> str:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.get(self._url, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise FeedUnavailable(
                        f"{self._host} answers {answer.status} {answer.reason or ''}".rstrip()
                    )
                body = bytearray()
                async for chunk in answer.content.iter_chunked(65_536):
                    body += chunk
                    if len(body) > LONGEST:
                        raise FeedUnavailable(f"{self._host} answers more than {LONGEST} bytes")
                return body.decode("utf-8")
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as error:
            # Not the error's text: it may hold the address with its key.
            raise FeedUnavailable(f"{self._host} cannot be read: {type(error).__name__}") from None


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
