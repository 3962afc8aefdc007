"""Bounds that an operator sets around a feed."""

import asyncio
from decimal import Decimal

import pytest

from keeper.feeds.base import Bounded, FeedUnavailable, from_wad, to_wad
from keeper.types import Observation

WAD = 10**18


class Constant:
    def __init__(self, price: int) -> None:
        self.price = price
        self.closed = False

    async def read(self, now: float) -> Observation:
        return Observation(self.price, int(now))

    async def close(self) -> None:
        self.closed = True


def read(price: int) -> Observation:
    feed = Bounded(Constant(price), Decimal("0.5"), Decimal(2))
    return asyncio.run(feed.read(9.5))


@pytest.mark.parametrize("price", [WAD // 2, WAD, 2 * WAD])
def test_bounded__inside__passed_on(price: int) -> None:
    assert read(price) == Observation(price, 9)


@pytest.mark.parametrize(("price", "said"), [(WAD // 2 - 1, "0.499999999999999999"), (3 * WAD, "3")])
def test_bounded__outside__unavailable(price: int, said: str) -> None:
    with pytest.raises(FeedUnavailable, match=f"price {said} is outside what the settings call possible"):
        read(price)


def test_close__bounded__closes_what_it_bounds() -> None:
    inner = Constant(WAD)
    asyncio.run(Bounded(inner, Decimal(1), Decimal(2)).close())
    assert inner.closed


def test_to_wad__more_than_18_digits__cut_off() -> None:
    assert to_wad("1.0000000000000000019") == WAD + 1
    assert to_wad("309485009.821345068724781055") == 2**88 - 1


@pytest.mark.parametrize(
    "text", ["", "one", "NaN", "Infinity", "1e999999999", "309485009.821345068724781056"]
)
def test_to_wad__no_price__unavailable(text: str) -> None:
    with pytest.raises(FeedUnavailable):
        to_wad(text)


def test_from_wad__price__plain_decimals() -> None:
    assert from_wad(4_000 * WAD) == "4000"
    assert from_wad(WAD + 1) == "1.000000000000000001"
