"""Prices of another chain: aggregators and routers, without a network."""

import asyncio
from typing import Any

import pytest
from eth_abi.abi import encode

from keeper.chain.errors import Reverted, Transient
from keeper.feeds.base import FeedUnavailable
from keeper.feeds.remote import AggregatorFeed, RouterFeed
from keeper.types import Observation
from tests.keeper.feeds.answers import ScriptedNode, read

NOW = 1_700_000_000
ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
DECIMALS, ROUND, PRICE = "0x313ce567", "0xfeaf968c", "0x26a49e37"


def round_data(answer: int = 4_000 * 10**8, age: int = 100, answered_in: int = 7) -> str:
    words = ["uint80", "int256", "uint256", "uint256", "uint80"]
    return "0x" + encode(words, [7, answer, NOW - age, NOW - age, answered_in]).hex()


def aggregator(answers: dict[str, Any]) -> tuple[AggregatorFeed, ScriptedNode]:
    node = ScriptedNode({DECIMALS: "0x" + encode(["uint8"], [8]).hex(), ROUND: round_data()} | answers)
    return AggregatorFeed(lambda: node, ADDRESS, max_age=3_600), node


def router(answer: Any) -> tuple[RouterFeed, ScriptedNode]:
    node = ScriptedNode({PRICE: answer})
    return RouterFeed(lambda: node, ADDRESS, max_age=60, market_id=3), node


def test_aggregator__answer__scaled_by_its_decimals_as_of_now() -> None:
    feed, node = aggregator({})
    assert read(feed, NOW) == Observation(4_000 * 10**18, NOW)
    assert read(feed, NOW + 9) == Observation(4_000 * 10**18, NOW + 9)
    assert [call["data"] for call in node.calls] == [DECIMALS, ROUND, ROUND]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({ROUND: round_data(answer=0)}, "has no answer in round 7"),
        ({ROUND: round_data(answer=-5)}, "has no answer in round 7"),
        ({ROUND: round_data(answered_in=6)}, "has no answer in round 7"),
        ({ROUND: round_data(age=3_601)}, "its price is 3601 s old, more than 3600 s"),
        ({ROUND: round_data(answer=2**100)}, "out of the range that the chain accepts"),
        ({DECIMALS: "0x"}, "is no such contract on the other chain"),
        ({DECIMALS: "0x" + encode(["uint8"], [77]).hex()}, "has 77 decimals"),
        ({ROUND: Transient("timed out")}, "the other chain: timed out"),
    ],
)
def test_aggregator__no_good_answer__unavailable(answers: dict[str, Any], reason: str) -> None:
    feed, _ = aggregator(answers)
    with pytest.raises(FeedUnavailable, match=reason):
        read(feed, NOW)


def test_router__price__with_its_own_time() -> None:
    feed, node = router("0x" + encode(["uint256", "uint256"], [5 * 10**18 + 1, NOW - 60]).hex())
    assert read(feed, NOW) == Observation(5 * 10**18 + 1, NOW - 60)
    assert node.calls == [{"to": ADDRESS, "data": PRICE + encode(["uint256"], [3]).hex()}]


def test_router__old__unavailable() -> None:
    feed, _ = router("0x" + encode(["uint256", "uint256"], [5 * 10**18, NOW - 61]).hex())
    with pytest.raises(FeedUnavailable, match="61 s old"):
        read(feed, NOW)


def test_router__reverts__unavailable_with_the_reason() -> None:
    feed, _ = router(Reverted(3, "execution reverted: oracle: stale price"))
    with pytest.raises(FeedUnavailable, match="oracle: stale price"):
        read(feed, NOW)


def test_close__connected__closes_the_node() -> None:
    feed, node = router("0x" + encode(["uint256", "uint256"], [10**18, NOW]).hex())

    async def read_and_close() -> bool:
        await feed.read(NOW)
        was_open = node.open
        await feed.close()
        return was_open

    assert asyncio.run(read_and_close())
    assert not node.open
