"""Prices that this keeper signs: asks the feeds beside the cycle, says what is to be published in it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keeper.book.book import Book
from keeper.feeds.base import Feed, FeedUnavailable
from keeper.feeds.signing import ReportDomain, Reporters
from keeper.strategy.prices import PricePolicy, due
from keeper.telemetry.metrics import Metrics
from keeper.types import Observation, Publish

NO_DIGITS = str.maketrans("", "", "0123456789")


class Publisher:
    """`source`: what takes a market's reports now, by the book: governance may change it, or set it later."""

    def __init__(
        self,
        feeds: Mapping[int, Feed],
        policies: Mapping[int, PricePolicy],
        reporters: Reporters,
        chain_id: int,
        source: Callable[[int], str],
        metrics: Metrics,
        log: Any,
        clock: Callable[[], float],
    ) -> None:
        self._feeds = feeds
        self._policies = policies
        self._reporters = reporters
        self._chain_id = chain_id
        self._source = source
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._seen: dict[int, Observation] = {}
        # When a market's price was last sent, Unix seconds.
        self._published: dict[int, int] = {}
        # Why a market's feed gives no price, digits left out: ages change all the time.
        self._failing: dict[int, str] = {}

    async def watch(self, seconds: float) -> None:
        """Ask every feed, for ever. A feed that fails leaves no price behind."""
        while True:
            await asyncio.gather(*(self._ask(market_id, feed) for market_id, feed in self._feeds.items()))
            await asyncio.sleep(seconds)

    def due(self, book: Book, at: int) -> list[Publish]:
        markets = due(book.markets, self._seen, self._policies, self._published, at)
        return [Publish(m, self._seen[m].price, self._seen[m].timestamp) for m in markets]

    def report(self, action: Publish) -> tuple[str, str, int]:
        """Where to, signed call data, and the number of signatures."""
        seen = Observation(action.price, action.timestamp)
        source = self._source(action.market_id)
        signed = self._reporters.sign(ReportDomain(self._chain_id, source), action.market_id, seen)
        return source, signed.calldata, len(signed.signatures)

    def sent(self, actions: Sequence[Publish], at: int) -> None:
        self._published.update({action.market_id: at for action in actions})

    async def close(self) -> None:
        for feed in self._feeds.values():
            await feed.close()

    async def _ask(self, market_id: int, feed: Feed) -> None:
        try:
            seen = await feed.read(self._clock())
        except Exception as error:
            # Whatever it is, a feed ends nothing but its own price.
            if not isinstance(error, FeedUnavailable):
                self._log.error("feed failed", market=market_id, kind=type(error).__name__)
            self._seen.pop(market_id, None)
            self._metrics.saw_feed(market_id, answered=False)
            reason = str(error).translate(NO_DIGITS)
            if self._failing.get(market_id) != reason:
                self._failing[market_id] = reason
                self._log.warning("feed gives no price", market=market_id, reason=str(error))
            return
        self._seen[market_id] = seen
        self._metrics.saw_feed(market_id, answered=True)
        if self._failing.pop(market_id, ""):
            self._log.info("feed gives a price again", market=market_id)
