"""Updates of Pyth's prices from an endpoint that speaks as Hermes does.

What it says is checked for form only: whether it is true is asked of Pyth's contract before anything is paid.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.feeds.base import FeedUnavailable
from keeper.feeds.web import Web
from keeper.types import PythPrice

# What contracts/sources/PythSource.vy takes in one call.
MAX_UPDATES, MAX_UPDATE_BYTES = 2, 8_192
# Feeds of one request, so that their update stays below that: 2 kB, and 300 bytes for each.
MOST_FEEDS = 16


@dataclass(frozen=True, slots=True, eq=False)
class PythAnswer:
    """Update data for the contract, and by price id what it is said to hold."""

    data: tuple[bytes, ...]
    prices: Mapping[bytes, PythPrice]


class Hermes:
    def __init__(self, url: str, timeout: float) -> None:
        self._web = Web(url.rstrip("/"), timeout)

    async def latest(self, price_ids: Sequence[bytes]) -> PythAnswer:
        """FeedUnavailable if nothing can be used of the answer. Ids that it does not know are not in it."""
        ids = "&".join(f"ids[]={price_id.hex()}" for price_id in price_ids)
        query = f"{ids}&encoding=hex&parsed=true&ignore_invalid_price_ids=true"
        return self.parsed(await self._web.get(f"/v2/updates/price/latest?{query}"))

    async def close(self) -> None:
        await self._web.close()

    def parsed(self, text: str) -> PythAnswer:
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            raise FeedUnavailable(f"{self._web.host} does not answer JSON") from None
        try:
            data = tuple(bytes.fromhex(each.removeprefix("0x")) for each in answer["binary"]["data"])
            prices = {_price_id(each["id"]): _price(each["price"]) for each in answer["parsed"]}
        except (KeyError, TypeError, ValueError, AttributeError):
            raise FeedUnavailable(f"{self._web.host} does not answer as Hermes does") from None
        if not 0 < len(data) <= MAX_UPDATES or max(map(len, data)) > MAX_UPDATE_BYTES:
            raise FeedUnavailable(f"{self._web.host} answers an update that PythSource does not take")
        return PythAnswer(data, prices)


def _price_id(text: str) -> bytes:
    found = bytes.fromhex(text.removeprefix("0x"))
    if len(found) != 32:
        raise ValueError(text)
    return found


def _price(told: Mapping[str, Any]) -> PythPrice:
    return PythPrice(
        price=_integer(told["price"], -(2**63), 2**63 - 1),
        confidence=_integer(told["conf"], 0, 2**64 - 1),
        expo=_integer(told["expo"], -(2**31), 2**31 - 1),
        publish_time=_integer(told["publish_time"], 0, 2**63 - 1),
    )


def _integer(value: Any, lowest: int, highest: int) -> int:
    """In decimal digits or as a number of JSON, of the contract's type."""
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > len(str(2**64)):
        raise ValueError("no integer")
    number = int(value)
    if not lowest <= number <= highest:
        raise ValueError("out of range")
    return number
