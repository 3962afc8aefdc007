"""Prices that this keeper signs: asks the feeds beside the cycle, says what is to be published in it."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keeper.book.book import Book
from keeper.feed_report import FeedReport
from keeper.feeds.base import Feed, FeedUnavailable
from keeper.feeds.signing import ReportDomain, Reporters
from keeper.strategy.prices import PricePolicy, due
from keeper.types import Observation, Publish

# Observations that are kept of each feed.
KEPT = 64


class Publisher:
    """`source`: what takes a market's reports now, by the book: governance may change it, or set it later."""

    def __init__(
        self,
        feeds: Mapping[int, Feed],
        policies: Mapping[int, PricePolicy],
        reporters: Reporters,
        chain_id: int,
        source: Callable[[int], str],
        report: FeedReport,
        log: Any,
        clock: Callable[[], float],
    ) -> None:
        self._feeds = feeds
        self._policies = policies
        self._reporters = reporters
        self._chain_id = chain_id
        self._source = source
        self._report = report
        self._log = log
        self._clock = clock
        # The last ones of each market: the newest is often younger than the newest block, and has to wait.
        self._seen: dict[int, deque[Observation]] = {}
        # When a market's price was last sent, Unix seconds.
        self._published: dict[int, int] = {}

    async def watch(self, seconds: float) -> None:
        """Ask every feed, for ever. A feed that fails leaves no price behind."""
        while True:
            await asyncio.gather(*(self._ask(market_id, feed) for market_id, feed in self._feeds.items()))
            await asyncio.sleep(seconds)

    def due(self, book: Book, at: int) -> list[Publish]:
        seen = {m: newest for m, kept in self._seen.items() if (newest := _newest(kept, at)) is not None}
        markets = due(book.markets, seen, self._policies, self._published, at)
        return [Publish(m, seen[m].price, seen[m].timestamp) for m in markets]

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
            self._report.fails(market_id, str(error))
            return
        self._seen.setdefault(market_id, deque(maxlen=KEPT)).append(seen)
        self._report.answers(market_id)


def _newest(kept: Sequence[Observation], at: int) -> Observation | None:
    return next((seen for seen in reversed(kept) if seen.timestamp <= at), None)
