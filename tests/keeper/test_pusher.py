"""Which updates of Pyth go out, and which are never paid for. The chain and the endpoint are scripted."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from keeper.chain.source_reads import address_of
from keeper.feed_report import FeedReport
from keeper.feeds.base import FeedUnavailable
from keeper.feeds.hermes import PythAnswer
from keeper.pusher import Pusher, PythEndpoint, PythMarket
from keeper.strategy.prices import PricePolicy
from keeper.telemetry.metrics import Metrics
from keeper.types import PythPrice, PythRule, Update
from tests.keeper.strategy.town import WAD, Town
from tests.keeper.test_audit import Lines

PYTH = "0x" + "77" * 20
SOURCE = address_of(0xA)
IDS = {1: bytes([1]) * 32, 2: bytes([2]) * 32}
DATA = (b"update",)
FEE = 5
MAX_AGE = 30
POLICY = PricePolicy(threshold_ppm=1_000, heartbeat=60, min_interval=5)


class ScriptedReads:
    """PythSource and Pyth, by what they would answer."""

    def __init__(self) -> None:
        self.rules: dict[int, PythRule | None] = {m: PythRule(PYTH, i, WAD // 100) for m, i in IDS.items()}
        self.wei = FEE
        # What Pyth finds in the data; a text: that it refuses it.
        self.content: dict[bytes, PythPrice] | str = {}
        self.asked: list[str] = []

    async def rule(self, _block: object, source: str, market_id: int) -> PythRule | None:
        assert source == SOURCE
        return self.rules[market_id]

    async def fee(self, _block: object, source: str, data: tuple[bytes, ...]) -> int:
        self.asked.append("fee")
        return self.wei

    async def held(
        self, _block: object, pyth: str, data: tuple[bytes, ...], price_ids: list[bytes], fee: int
    ) -> dict[bytes, PythPrice]:
        self.asked.append("held")
        assert (pyth, fee) == (PYTH, self.wei)
        if isinstance(self.content, str):
            raise FeedUnavailable(self.content)
        return {price_id: self.content[price_id] for price_id in price_ids}


class ScriptedHermes:
    """Says `answer`, or fails with what it is."""

    def __init__(self) -> None:
        self.answer: PythAnswer | Exception = FeedUnavailable("nobody there")
        self.closed = False

    async def latest(self, _ids: object) -> PythAnswer:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        self.closed = True


class PushDesk:
    """Two markets at 1,000 and 2,000, one endpoint."""

    def __init__(self) -> None:
        self.town = Town(1_000, 2_000)
        self.hermes, self.reads = ScriptedHermes(), ScriptedReads()
        self.metrics, self.log = Metrics(), Lines()
        hermes: Any = self.hermes
        markets = {m: PythMarket(i, 100 * WAD, 10_000 * WAD, MAX_AGE) for m, i in IDS.items()}
        self.endpoint = PythEndpoint(hermes, markets)
        reads: Any = self.reads
        report = FeedReport(self.metrics, self.log)
        self.pusher = Pusher([self.endpoint], dict.fromkeys(IDS, POLICY), reads, FEE, report, self.log)

    def says(self, first: float, second: float = 2_000, age: int = 0, **changes: Any) -> PythAnswer:
        """The endpoint from now on, in whole quote; `changes` of the first price. Pyth agrees."""
        prices = {
            IDS[market_id]: PythPrice(int(price * 10**8), 10**6, -8, self.town.now - age)
            for market_id, price in ((1, first), (2, second))
        }
        prices[IDS[1]] = replace(prices[IDS[1]], **changes)
        self.hermes.answer = PythAnswer(DATA, prices)
        self.reads.content = dict(prices)
        asyncio.run(self.pusher._ask(self.endpoint))
        return self.hermes.answer

    def due(self, busy: frozenset[tuple[str, int, int]] = frozenset()) -> list[Update]:
        """In the next block."""
        self.town.happen()
        head = self.town.book.head
        assert head is not None
        return asyncio.run(self.pusher.due(self.town.book, head, busy))

    def reasons(self) -> list[str]:
        return [fields["reason"] for _, event, fields in self.log.lines if event == "feed gives no price"]

    def up(self, market_id: int) -> float | None:
        return self.metrics.registry.get_sample_value("plimsoll_feed_up", {"market": str(market_id)})


def update(*market_ids: int) -> Update:
    return Update(SOURCE, 1, market_ids, DATA, FEE)


def test_due__price_moved__one_update_and_then_rest() -> None:
    desk = PushDesk()
    desk.says(1_002)
    [action] = desk.due()
    assert action == update(1)
    assert action.key == ("update", 0, 1)
    desk.pusher.sent([action], desk.town.now)
    desk.says(1_002)
    assert desk.due() == []
    assert (desk.up(1), desk.up(2)) == (1, 1)


def test_due__two_markets_moved__one_update_for_both() -> None:
    desk = PushDesk()
    desk.says(1_002, 2_004)
    assert desk.due() == [update(1, 2)]


def test_due__not_moved__nothing_is_asked_of_pyth() -> None:
    desk = PushDesk()
    desk.says(1_000.5)
    assert desk.due() == []
    assert desk.reads.asked == []


def test_due__in_flight__is_not_made_again() -> None:
    desk = PushDesk()
    desk.says(1_002)
    assert desk.due(frozenset({("update", 0, 1)})) == []
    assert desk.reads.asked == []


def test_due__only_the_second_market_moved__is_in_flight_under_the_same_key() -> None:
    desk = PushDesk()
    desk.says(1_000, 2_004)
    assert desk.due() == [update(2)]
    assert desk.due(frozenset({("update", 0, 1)})) == []


def test_due__fee_above_the_limit__is_not_paid_and_said_once() -> None:
    desk = PushDesk()
    desk.reads.wei = FEE + 1
    desk.says(1_002)
    assert desk.due() == desk.due() == []
    assert desk.reads.asked == ["fee", "fee"]
    assert desk.reasons() == ["an update costs 6 wei, max_update_fee_gwei allows 5"]
    assert (desk.up(1), desk.up(2)) == (0, 1)


def test_due__data_hold_another_price__is_not_paid() -> None:
    desk = PushDesk()
    said = desk.says(1_002)
    desk.reads.content = {IDS[1]: replace(said.prices[IDS[1]], publish_time=desk.town.now - 20)}
    assert desk.due() == []
    assert desk.reasons() == [f"its update does not hold what it says of 0x{IDS[1].hex()}"]


def test_due__pyth_refuses_the_data__is_not_paid() -> None:
    desk = PushDesk()
    desk.says(1_002)
    desk.reads.content = "Pyth: not signed"
    assert desk.due() == []
    assert desk.reasons() == ["Pyth: not signed"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"confidence": 10**10}, "its confidence is 9.98 % of its price, 1.00 % are allowed"),
        ({"price": 0}, "its price is 0"),
        ({"price": -1}, "its price is -1"),
        ({"expo": 2}, "its exponent is 2"),
        ({"expo": 0}, "is out of the range that the chain accepts"),
        ({"price": 99 * 10**8}, "price 99 is outside what the settings call possible"),
    ],
)
def test_due__price_that_the_chain_would_refuse__keeps_the_others_alive(
    changes: dict[str, Any], reason: str
) -> None:
    desk = PushDesk()
    desk.says(1_002, 2_004, **changes)
    assert desk.due() == [update(2)]
    assert reason in desk.reasons()[0]
    assert (desk.up(1), desk.up(2)) == (0, 1)


def test_due__old_price__is_not_pushed() -> None:
    desk = PushDesk()
    desk.town.now_is(desk.town.now + 50)
    desk.says(1_002, age=MAX_AGE)
    assert desk.due() == [update(1)]
    assert desk.due() == []
    assert desk.reasons() == [f"its price is {MAX_AGE + 1} s old, more than {MAX_AGE} s"] * 2


def test_due__no_newer_than_the_accepted_price__is_not_pushed() -> None:
    desk = PushDesk()
    accepted = desk.town.book.markets[1].updated_at
    desk.says(1_002, age=desk.town.now - accepted)
    assert desk.due() == []
    assert desk.reads.asked == []


def test_due__newest_answer_is_ahead_of_the_chain__the_one_before_it_goes_out() -> None:
    desk = PushDesk()
    first = desk.says(1_002)
    desk.says(1_003, age=-1)
    desk.reads.content = dict(first.prices)
    [action] = desk.due()
    assert action.data is first.data
    assert desk.reads.asked == ["fee", "held"]


def test_due__only_from_the_future__says_so() -> None:
    desk = PushDesk()
    desk.says(1_002, age=-60)
    assert desk.due() == []
    assert desk.reasons() == ["its time is ahead of the chain's"] * 2


def test_due__endpoint_fails_after_a_price__nothing_old_is_pushed() -> None:
    desk = PushDesk()
    assert desk.due() == []
    desk.says(1_002)
    desk.hermes.answer = FeedUnavailable("hermes.example answers 503")
    asyncio.run(desk.pusher._ask(desk.endpoint))
    assert desk.due() == []
    assert desk.reasons() == ["did not answer yet"] * 2 + ["hermes.example answers 503"] * 2
    desk.says(1_002)
    assert desk.due() == [update(1)]
    assert [event for _, event, _ in desk.log.lines][-2:] == ["feed gives a price again"] * 2


def test_due__endpoint_breaks_in_an_unforeseen_way__is_survived() -> None:
    desk = PushDesk()
    desk.hermes.answer = RuntimeError("secret")
    asyncio.run(desk.pusher._ask(desk.endpoint))
    assert desk.due() == []
    assert desk.reasons() == ["cannot be asked: RuntimeError"] * 2


def test_due__wrong_settings__said_by_market() -> None:
    desk = PushDesk()
    desk.reads.rules = {1: None, 2: PythRule(PYTH, bytes([9]) * 32, WAD // 100)}
    desk.says(1_002, 2_004)
    assert desk.due() == []
    assert desk.reasons() == [
        f"its source {SOURCE} takes no price of Pyth",
        f"its source takes the price id 0x{'09' * 32}",
    ]


def test_due__unknown_price_id__said() -> None:
    desk = PushDesk()
    said = desk.says(1_002)
    desk.hermes.answer = PythAnswer(DATA, {IDS[2]: said.prices[IDS[2]]})
    asyncio.run(desk.pusher._ask(desk.endpoint))
    assert desk.due() == []
    assert desk.reasons() == [f"the endpoint does not know the price id 0x{IDS[1].hex()}"]


def test_close__endpoints_are_closed() -> None:
    desk = PushDesk()
    asyncio.run(desk.pusher.close())
    assert desk.hermes.closed
