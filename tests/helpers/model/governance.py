"""Governance's part in the parameters of a market: what is refused, what waits 48 hours."""

from dataclasses import dataclass, field

from tests.helpers.model.arithmetic import notional_up
from tests.helpers.model.errors import require
from tests.helpers.model.market import FUNDING_PERIOD, MarketParams
from tests.helpers.model.protocol import Protocol

DELAY = 48 * 3600


def is_worse(old: MarketParams, new: MarketParams) -> bool:
    """Whether holders must be given time."""
    raised = (
        "maintenance_rate",
        "liquidation_target",
        "liquidation_penalty",
        "min_notional",
        "maker_fee",
        "taker_fee",
        "funding_cap",
    )
    return new.max_leverage < old.max_leverage or any(getattr(new, f) > getattr(old, f) for f in raised)


@dataclass
class GovernanceModel:
    """For parameters that are within the bounds that need no price."""

    protocol: Protocol
    scheduled: dict[int, tuple[MarketParams, int]] = field(default_factory=dict)

    def list_market(self, params: MarketParams) -> None:
        market_id = len(self.protocol.state.markets) + 1
        self._check_depth(market_id, params)
        self.protocol.write_market(market_id, params)

    def set_market(self, market_id: int, params: MarketParams) -> None:
        require(market_id in self.protocol.state.markets, "market: not listed")
        if params.funding_cap != 0:
            self._check_depth(market_id, params)
        self.scheduled.pop(market_id, None)
        if is_worse(self.protocol.state.markets[market_id].params, params):
            self.scheduled[market_id] = (params, self.protocol.now + DELAY)
        else:
            self.protocol.write_market(market_id, params)

    def apply_market(self, market_id: int) -> None:
        require(market_id in self.scheduled, "market: nothing scheduled")
        params, effective_at = self.scheduled[market_id]
        require(self.protocol.now >= effective_at, "market: too early")
        del self.scheduled[market_id]
        self.protocol.write_market(market_id, params)

    def set_reduce_only(self, market_id: int, on: bool) -> None:
        """Market 0: all of them."""
        listed = self.protocol.state.markets
        require(market_id == 0 or market_id in listed, "market: not listed")
        for each in list(listed) if market_id == 0 else [market_id]:
            self.protocol.set_reduce_only(each, on)

    def _check_depth(self, market_id: int, params: MarketParams) -> None:
        mark = self.protocol.mark(market_id)
        require(mark.valid, "market: no price")
        scale = 10 ** (36 - self.protocol.decimals)
        cap_value = notional_up(params.open_interest_cap, mark.price, scale)
        fees = params.maker_fee + params.taker_fee
        enough = (
            params.funding_depth * fees * FUNDING_PERIOD
            >= cap_value * params.funding_cap * params.funding_tau
        )
        require(enough, "market: funding depth too low")
