"""What is published of what the feeds say."""

import asyncio
from typing import Any

from keeper.feed_report import FeedReport
from keeper.feeds.base import FeedUnavailable
from keeper.feeds.signing import ReportDomain, Reporters
from keeper.publisher import Publisher
from keeper.strategy.prices import PricePolicy
from keeper.telemetry.metrics import Metrics
from keeper.types import Observation, Publish
from tests.keeper.strategy.town import WAD, Town
from tests.keeper.test_audit import Lines

KEY = "0x" + "11" * 32
SOURCE = "0x" + "22" * 20


class Scripted:
    """Says one thing after another; a text: that there is no price."""

    def __init__(self, *answers: Observation | str) -> None:
        self.answers = list(answers)
        self.closed = False

    async def read(self, now: float) -> Observation:
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise FeedUnavailable(answer)
        return answer

    async def close(self) -> None:
        self.closed = True


class Desk:
    def __init__(self, town: Town, *answers: Observation | str) -> None:
        self.town, self.feed = town, Scripted(*answers)
        self.metrics, self.log = Metrics(), Lines()
        self.metrics.know_feeds([1])
        policy = PricePolicy(threshold_ppm=1_000, heartbeat=60, min_interval=5)
        self.publisher = Publisher(
            {1: self.feed},
            {1: policy},
            Reporters([KEY]),
            31_337,
            {1: SOURCE}.__getitem__,
            FeedReport(self.metrics, self.log),
            self.log,
            lambda: 0.0,
        )

    def ask(self) -> None:
        asyncio.run(self.publisher._ask(1, self.feed))

    def due(self) -> list[Publish]:
        assert self.town.book.head is not None
        return self.publisher.due(self.town.book, self.town.book.head.timestamp)

    def sample(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"market": "1"})


def moved(town: Town) -> Observation:
    """Of the newest block's time, 1 % up."""
    town.happen()
    return Observation(4_040 * WAD, town.now - 1)


def test_due__price_moved__published_and_then_rested() -> None:
    town = Town(4_000)
    seen = moved(town)
    desk = Desk(town, seen)
    desk.ask()
    [action] = desk.due()
    assert action == Publish(1, seen.price, seen.timestamp)
    desk.publisher.sent([action], seen.timestamp)
    assert desk.due() == []
    assert desk.sample("plimsoll_feed_up") == 1


def test_due__feed_fails_after_a_price__nothing_old_is_published() -> None:
    town = Town(4_000)
    desk = Desk(town, moved(town), "is 3 s late", "is 4 s late", "is down", moved(town))
    desk.ask()
    desk.ask()
    assert desk.due() == []
    assert desk.sample("plimsoll_feed_up") == 0
    desk.ask()
    desk.ask()
    desk.ask()
    assert desk.sample("plimsoll_feed_errors_total") == 3
    # Each reason said once, and when it is over.
    assert [line[1] for line in desk.log.lines] == [
        "feed gives no price",
        "feed gives no price",
        "feed gives a price again",
    ]


def test_due__newest_price_is_younger_than_the_block__the_one_before_it_goes_out() -> None:
    town = Town(4_000)
    seen = moved(town)
    desk = Desk(town, seen, Observation(4_050 * WAD, seen.timestamp + 1))
    desk.ask()
    desk.ask()
    assert desk.due() == [Publish(1, seen.price, seen.timestamp)]


def test_report__signed__as_the_source_takes_it() -> None:
    town = Town(4_000)
    seen = moved(town)
    desk = Desk(town)
    source, data, signatures = desk.publisher.report(Publish(1, seen.price, seen.timestamp))
    signed: Any = Reporters([KEY]).sign(ReportDomain(31_337, SOURCE), 1, seen)
    assert (source, data, signatures) == (SOURCE, signed.calldata, 1)


def test_close__feeds_are_closed() -> None:
    desk = Desk(Town(4_000))
    asyncio.run(desk.publisher.close())
    assert desk.feed.closed
