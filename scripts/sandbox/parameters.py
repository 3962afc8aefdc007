"""Market and source parameters with defaults for a local chain."""

from dataclasses import dataclass, replace
from typing import Any

WAD = 10**18
HOUR = 3_600


@dataclass(frozen=True)
class MarketParams:
    """Governance's struct, field for field; rates and base WAD, money in quote units of a 6-decimal token."""

    max_leverage: int = 100
    maintenance_rate: int = WAD * 5 // 1000
    maker_fee: int = WAD * 2 // 10_000
    taker_fee: int = WAD * 5 // 10_000
    price_band: int = WAD * 5 // 100
    open_interest_cap: int = 100_000 * WAD
    open_interest_lower: int = 50_000 * WAD
    open_interest_upper: int = 200_000 * WAD
    min_notional: int = 10 * 10**6
    funding_cap: int = WAD // 100
    # Governance's bound for the cap above at 4,000 a coin, with room for the price to double.
    funding_depth: int = 12_000_000_000 * 10**6
    funding_tau: int = 8 * HOUR
    liquidation_target: int = WAD * 125 // 100
    liquidation_penalty: int = WAD * 2 // 1000
    liquidator_reward: int = WAD // 1000

    def but(self, **changes: Any) -> "MarketParams":
        return replace(self, **changes)


@dataclass(frozen=True)
class SourceConfig:
    """OracleRouter's struct, field for field."""

    source: str
    second_source: str = "0x0000000000000000000000000000000000000000"
    polled: bool = False
    max_age: int = 2 * HOUR
    max_move: int = WAD // 10
    confirm: int = 60
    stale_move: int = WAD // 2
    update_threshold: int = WAD * 5 // 1000
