"""Prices of Pyth that this keeper hands on: asks endpoints beside the cycle, says which updates go out in it.

Nothing is paid for before Pyth's contract was asked what an update holds, and that is what was promised and
what the router takes.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keeper.book.book import Book
from keeper.chain.source_reads import address_of
from keeper.feed_report import FeedReport
from keeper.feeds.base import FeedUnavailable, check_bounds
from keeper.feeds.hermes import Hermes, PythAnswer
from keeper.feeds.pyth import usable
from keeper.feeds.pyth_reads import PythReads
from keeper.strategy.prices import PricePolicy, due
from keeper.types import ActionKey, BlockRef, Observation, PythRule, Update

# Answers that are kept: the newest ones are often younger than the newest block, and wait for the next.
KEPT = 64


@dataclass(frozen=True, slots=True)
class PythMarket:
    """The operator's wishes. Prices WAD; `max_age` in seconds."""

    price_id: bytes
    lowest: int
    highest: int
    max_age: float


@dataclass(slots=True)
class PythEndpoint:
    """One endpoint, the markets it is asked for, and what it said."""

    hermes: Hermes
    markets: Mapping[int, PythMarket]
    answers: deque[PythAnswer] = field(default_factory=lambda: deque(maxlen=KEPT))
    # Why it failed when it was asked last.
    problem: str = "did not answer yet"

    async def ask(self) -> None:
        try:
            answer = await self.hermes.latest([market.price_id for market in self.markets.values()])
        except FeedUnavailable as error:
            # What it said before is no price of now.
            self.problem = str(error)
            self.answers.clear()
        else:
            self.problem = ""
            self.answers.append(answer)

    def newest(self, price_id: bytes, at: int) -> PythAnswer:
        """The newest answer whose price of that feed is of a block of that time, or older."""
        if self.problem:
            raise FeedUnavailable(self.problem)
        if price_id not in self.answers[-1].prices:
            raise FeedUnavailable(f"the endpoint does not know the price id 0x{price_id.hex()}")
        for answer in reversed(self.answers):
            said = answer.prices.get(price_id)
            if said is not None and said.publish_time <= at:
                return answer
        raise FeedUnavailable("its time is ahead of the chain's")


@dataclass(frozen=True, slots=True)
class Found:
    """A price that would be used, where it stands, and the source that takes it."""

    seen: Observation
    answer: PythAnswer
    source: str
    rule: PythRule


class Pusher:
    """`max_fee`: wei for one update at most."""

    def __init__(
        self,
        endpoints: Sequence[PythEndpoint],
        policies: Mapping[int, PricePolicy],
        reads: PythReads,
        max_fee: int,
        report: FeedReport,
        log: Any,
    ) -> None:
        self._endpoints = endpoints
        self._policies = policies
        self._reads = reads
        self._max_fee = max_fee
        self._report = report
        self._log = log
        # When a market's price was last sent, block timestamps.
        self._published: dict[int, int] = {}

    async def watch(self, seconds: float) -> None:
        """Ask every endpoint, for ever."""
        while True:
            await asyncio.gather(*(self._ask(endpoint) for endpoint in self._endpoints))
            await asyncio.sleep(seconds)

    async def due(self, book: Book, head: BlockRef, busy: frozenset[ActionKey]) -> list[Update]:
        """Updates to be sent now; those in flight, `busy`, are not made again."""
        updates: list[Update] = []
        for endpoint in self._endpoints:
            found, reasons = await self._look(endpoint, book, head)
            seen = {market_id: each.seen for market_id, each in found.items()}
            ready = due(book.markets, seen, self._policies, self._published, head.timestamp)
            for source in dict.fromkeys(found[market_id].source for market_id in ready):
                lead = min(m for m in endpoint.markets if m in book.markets and _source(book, m) == source)
                if ("update", 0, lead) in busy:
                    continue
                batch = {m: found[m] for m in ready if found[m].source == source}
                try:
                    updates.append(await self._made(head, lead, batch))
                except FeedUnavailable as error:
                    reasons |= dict.fromkeys(batch, str(error))
            self._tell(endpoint, reasons)
        return updates

    def sent(self, updates: Sequence[Update], at: int) -> None:
        for update in updates:
            self._published.update(dict.fromkeys(update.market_ids, at))

    async def close(self) -> None:
        for endpoint in self._endpoints:
            await endpoint.hermes.close()

    async def _ask(self, endpoint: PythEndpoint) -> None:
        try:
            await endpoint.ask()
        except Exception as error:
            # Whatever it is, an endpoint ends nothing but its own prices.
            endpoint.problem = f"cannot be asked: {type(error).__name__}"
            self._log.error("feed failed", markets=sorted(endpoint.markets), kind=type(error).__name__)

    async def _look(
        self, endpoint: PythEndpoint, book: Book, head: BlockRef
    ) -> tuple[dict[int, Found], dict[int, str]]:
        """Prices that the router would take, by market; and why there is none of others."""
        found, reasons = {}, {}
        for market_id, wanted in endpoint.markets.items():
            try:
                found[market_id] = await self._price(endpoint, market_id, wanted, book, head)
            except FeedUnavailable as error:
                reasons[market_id] = str(error)
        return found, reasons

    async def _price(
        self, endpoint: PythEndpoint, market_id: int, wanted: PythMarket, book: Book, head: BlockRef
    ) -> Found:
        market = book.markets.get(market_id)
        if market is None or not market.source.source:
            raise FeedUnavailable("the market has no price source")
        source = _source(book, market_id)
        rule = await self._reads.rule(head, source, market_id)
        if rule is None:
            raise FeedUnavailable(f"its source {source} takes no price of Pyth")
        if rule.price_id != wanted.price_id:
            raise FeedUnavailable(f"its source takes the price id 0x{rule.price_id.hex()}")
        answer = endpoint.newest(wanted.price_id, head.timestamp)
        seen = usable(answer.prices[wanted.price_id], rule.max_confidence)
        check_bounds(seen.price, wanted.lowest, wanted.highest)
        age = head.timestamp - seen.timestamp
        if age > wanted.max_age:
            raise FeedUnavailable(f"its price is {age} s old, more than {wanted.max_age:g} s")
        return Found(seen, answer, source, rule)

    async def _made(self, head: BlockRef, lead: int, batch: Mapping[int, Found]) -> Update:
        """For markets of one source, from the first one's answer; the others may have to wait for a block."""
        first = next(iter(batch.values()))
        answer, rule = first.answer, first.rule
        market_ids = tuple(m for m, each in batch.items() if each.answer is answer)
        price_ids = [batch[market_id].rule.price_id for market_id in market_ids]
        fee = await self._reads.fee(head, first.source, answer.data)
        if fee > self._max_fee:
            raise FeedUnavailable(f"an update costs {fee} wei, max_update_fee_gwei allows {self._max_fee}")
        held = await self._reads.held(head, rule.pyth, answer.data, price_ids, fee)
        for price_id in price_ids:
            if held.get(price_id) != answer.prices[price_id]:
                raise FeedUnavailable(f"its update does not hold what it says of 0x{price_id.hex()}")
        return Update(first.source, lead, market_ids, answer.data, fee)

    def _tell(self, endpoint: PythEndpoint, reasons: Mapping[int, str]) -> None:
        for market_id in endpoint.markets:
            if market_id in reasons:
                self._report.fails(market_id, reasons[market_id])
            else:
                self._report.answers(market_id)


def _source(book: Book, market_id: int) -> str:
    return address_of(book.markets[market_id].source.source)
