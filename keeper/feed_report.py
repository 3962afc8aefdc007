"""Says which market's feed gives no price: in the log when that changes, in metrics always."""

from typing import Any

from keeper.telemetry.metrics import Metrics

NO_DIGITS = str.maketrans("", "", "0123456789")


class FeedReport:
    def __init__(self, metrics: Metrics, log: Any) -> None:
        self._metrics = metrics
        self._log = log
        # Why a market's feed gives no price, digits left out: ages change all the time.
        self._failing: dict[int, str] = {}

    def fails(self, market_id: int, reason: str) -> None:
        self._metrics.saw_feed(market_id, answered=False)
        told = reason.translate(NO_DIGITS)
        if self._failing.get(market_id) != told:
            self._failing[market_id] = told
            self._log.warning("feed gives no price", market=market_id, reason=reason)

    def answers(self, market_id: int) -> None:
        self._metrics.saw_feed(market_id, answered=True)
        if self._failing.pop(market_id, ""):
            self._log.info("feed gives a price again", market=market_id)
