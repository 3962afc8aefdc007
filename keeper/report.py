"""What the parts know of themselves, as metrics."""

import numpy as np

from keeper.book.book import Book
from keeper.chain.rpc import Node
from keeper.telemetry.metrics import Metrics


def tell_book(metrics: Metrics, book: Book) -> None:
    """Every market at the book's head, and how many accounts there are."""
    if book.head is None:
        return
    at = book.head.timestamp
    metrics.accounts.set(book.accounts.count)
    metrics.flagged.set(int(np.count_nonzero(book.accounts.flagged_at)))
    for market_id, market in book.markets.items():
        positions = book.positions[market_id]
        metrics.saw_market(
            market_id,
            price=market.price,
            updated_at=market.updated_at,
            valid=market.is_valid(at),
            open_interest=positions.open_interest,
            positions=int(np.count_nonzero(positions.size)),
            parked=int(np.count_nonzero(positions.parked)),
            funding_touched_at=market.touched,
        )


class NodeReport:
    """Counters are told by what they have grown."""

    def __init__(self, metrics: Metrics, node: Node) -> None:
        self._metrics = metrics
        self._node = node
        self._failures: dict[str, int] = {}
        self._first = ""

    def tell(self) -> None:
        metrics, found = self._metrics, self._node.health()
        best = max((each.height for each in found), default=0)
        for each in found:
            metrics.endpoint_up.labels(each.name).set(not each.problem)
            metrics.endpoint_lag.labels(each.name).set(best - each.height)
            grown = each.failures - self._failures.get(each.name, 0)
            metrics.endpoint_errors.labels(each.name).inc(grown)
            self._failures[each.name] = each.failures
        # The one that is asked first.
        first = next((each.name for each in found if not each.problem), self._first)
        if self._first and first != self._first:
            metrics.failovers.inc()
        self._first = first
