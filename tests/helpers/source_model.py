"""SignedSource with one reporter, and the router it tells every new price."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.helpers.model.errors import require
from tests.helpers.oracle_model import MAX_PRICE, MIN_PRICE, Observation, OracleModel


@dataclass
class SourceModel:
    """`latest` is what the source answers when it is asked."""

    oracle: OracleModel
    latest: dict[int, Observation] = field(default_factory=dict)

    def report(self, market_id: int, price: int, timestamp: int, now: int, block: int) -> None:
        require(MIN_PRICE <= price <= MAX_PRICE, "source: price out of range")
        require(timestamp <= now, "source: future timestamp")
        require(timestamp > self.latest.get(market_id, (0, 0))[1], "source: old report")
        self.latest[market_id] = (price, timestamp)
        if market_id in self.oracle.records:
            self.oracle.offer(market_id, price, timestamp, now, block)

    def sync(self, market_ids: Sequence[int], now: int, block: int) -> None:
        for market_id in market_ids:
            if market_id in self.oracle.records:
                self.oracle.poll(market_id, self.latest.get(market_id, (0, 0)), now, block)
