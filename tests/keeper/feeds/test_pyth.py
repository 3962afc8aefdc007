"""Which prices of Pyth PythSource would use."""

import pytest

from keeper.arithmetic import MAX_PRICE, MIN_PRICE
from keeper.feeds.base import FeedUnavailable
from keeper.feeds.pyth import usable
from keeper.types import Observation, PythPrice

WAD = 10**18
ONE_PERCENT = WAD // 100
AT = 1_700_000_000


@pytest.mark.parametrize(
    ("price", "expo", "wad"),
    [
        (400_012_345_678, -8, 400_012_345_678 * 10**10),
        (7, 0, 7 * WAD),
        (MIN_PRICE, -18, MIN_PRICE),
        (MAX_PRICE // WAD, 0, MAX_PRICE // WAD * WAD),
    ],
)
def test_usable__in_range__scaled_exactly(price: int, expo: int, wad: int) -> None:
    assert usable(PythPrice(price, 0, expo, AT), ONE_PERCENT) == Observation(wad, AT)


def test_usable__confidence__up_to_the_limit_to_the_unit() -> None:
    assert usable(PythPrice(10_000, 100, -2, AT), ONE_PERCENT).price == 100 * WAD
    with pytest.raises(FeedUnavailable, match=r"its confidence is 1.01 % of its price, 1.00 % are allowed"):
        usable(PythPrice(10_000, 101, -2, AT), ONE_PERCENT)
    with pytest.raises(FeedUnavailable, match="its confidence"):
        usable(PythPrice(9_999, 100, -2, AT), ONE_PERCENT)


@pytest.mark.parametrize(
    ("price", "expo", "reason"),
    [
        (0, -8, "its price is 0"),
        (-1, -8, "its price is -1"),
        (1, 1, "its exponent is 1"),
        (1, -19, "its exponent is -19"),
        (MIN_PRICE - 1, -18, "is out of the range"),
        (MAX_PRICE // WAD + 1, 0, "is out of the range"),
    ],
)
def test_usable__what_the_source_refuses__unavailable(price: int, expo: int, reason: str) -> None:
    with pytest.raises(FeedUnavailable, match=reason):
        usable(PythPrice(price, 0, expo, AT), ONE_PERCENT)
