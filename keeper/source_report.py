"""Says which price source gives no usable price: in the log when that changes, in metrics always."""

from collections.abc import Mapping
from typing import Any

from keeper.book.markets import Market
from keeper.chain.source_reads import address_of
from keeper.feed_report import NO_DIGITS
from keeper.strategy.sources import trouble
from keeper.telemetry.metrics import Metrics
from keeper.types import Answers


class SourceReport:
    def __init__(self, metrics: Metrics, log: Any) -> None:
        self._metrics = metrics
        self._log = log
        # Of what was told last, by market and address; empty: all well.
        self._told: dict[tuple[int, int], str] = {}

    def tell(self, markets: Mapping[int, Market], answers: Answers, at: int) -> None:
        """`answers` at a block of that time."""
        for (market_id, source), seen in answers.items():
            why = trouble(markets[market_id].source, seen, at)
            address = address_of(source)
            self._metrics.saw_source(market_id, address, seen.timestamp, usable=not why)
            # The same with other digits is no news: ages change all the time.
            before, told = self._told.get((market_id, source), ""), why.translate(NO_DIGITS)
            self._told[market_id, source] = told
            if why and told != before:
                self._log.warning("price source is stale", market=market_id, source=address, why=why)
            elif before and not why:
                self._log.info("price source gives a price again", market=market_id, source=address)
        for market_id, source in self._told.keys() - answers.keys():
            # Another one has taken its place.
            del self._told[market_id, source]
            self._metrics.forget_source(market_id, address_of(source))
