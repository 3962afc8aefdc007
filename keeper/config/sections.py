"""The tables of the settings file. The README and the errors say a field's description."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from keeper.config.fields import GWEI, Address, Amount, Endpoints, Leverage, Seconds, Section

# EIP-7825: no transaction may have more.
MAX_TX_GAS = 16_777_216


class ChainSettings(Section):
    id: int = Field(ge=1, description="number of the chain, as eth_chainId answers; other chains are refused")
    endpoints: Endpoints = Field(
        description="nodes in order of preference: ws(s)://, http(s)://, or the path of an .ipc socket"
    )
    start_block: int = Field(
        default=0, ge=0, description="block in which ClearingHouse was deployed: history begins here"
    )
    max_lag: int = Field(default=3, ge=0, description="blocks that an endpoint may be behind the best one")
    confirmations: int = Field(default=2, ge=1, description="blocks until a transaction counts as settled")
    poll_seconds: Seconds = Field(
        default=1.0, description="seconds between two looks for a head without subscription"
    )
    call_timeout: Seconds = Field(default=10.0, description="seconds until a call to a node has failed")


class ContractSettings(Section):
    clearing_house: Address = Field(description="address of ClearingHouse")
    lens: Address = Field(description="address of the Lens of that ClearingHouse")


class KeeperSettings(Section):
    account_id: int = Field(
        default=0,
        ge=0,
        lt=2**32,
        description="margin account that takes positions over; 0: take nothing over",
    )
    dry_run: bool = Field(default=False, description="decide and report, never sign")
    folder: Path = Field(default=Path("data"), description="folder of the databases, from this file's folder")
    cycle_seconds: Seconds = Field(
        default=10.0,
        description="seconds that one cycle may take, three times call_timeout at least",
    )
    reconcile_every_blocks: int = Field(
        default=600, ge=1, description="blocks between two comparisons of the whole book with the chain"
    )
    checkpoint_every_seconds: Seconds = Field(
        default=60.0, description="seconds between two checkpoints of the book"
    )


class LimitSettings(Section):
    max_fee_gwei: Decimal = Field(
        default=Decimal(100), gt=0, description="gwei per gas at most, base fee included"
    )
    max_priority_gwei: Decimal = Field(
        default=Decimal(2), ge=0, description="gwei per gas at most to the block's builder"
    )
    max_update_fee_gwei: Decimal = Field(
        default=Decimal(10_000), ge=0, description="gwei paid to Pyth for one update of prices at most"
    )
    replace_after_blocks: int = Field(
        default=3, ge=1, description="blocks until a stuck transaction is sent at a higher fee"
    )
    gas_per_cycle: int = Field(
        default=25_000_000, ge=1_000_000, description="gas of all transactions of one cycle"
    )
    gas_per_tx: int = Field(
        default=14_000_000,
        ge=500_000,
        le=MAX_TX_GAS,
        description="gas of one transaction; the chain allows 16,777,216",
    )
    max_list: int = Field(default=256, ge=1, le=256, description="counterparties in one deleveraging")
    max_actions: int = Field(default=200, ge=1, description="transactions in one cycle")
    min_profit: Amount = Field(
        default=Decimal(0),
        description="collateral tokens a liquidation must earn beyond its gas; needs native_price",
    )
    native_price: Amount = Field(
        default=Decimal(0), description="collateral tokens for one coin that pays gas; 0: gas is not counted"
    )
    always_liquidate: bool = Field(default=True, description="liquidate also at a loss")
    leverage: Leverage = Field(default=5, description="leverage tier of positions that are taken over")
    accrue_after: int = Field(
        default=3_000, ge=60, le=3_600, description="seconds after which a market's funding is touched"
    )

    @model_validator(mode="after")
    def _priority_fits(self) -> "LimitSettings":
        if self.max_priority_gwei > self.max_fee_gwei:
            raise ValueError("max_priority_gwei is above max_fee_gwei: lower it")
        return self

    @property
    def max_fee(self) -> int:
        """Wei per gas."""
        return int(self.max_fee_gwei * GWEI)

    @property
    def max_update_fee(self) -> int:
        """Wei."""
        return int(self.max_update_fee_gwei * GWEI)

    @property
    def max_priority(self) -> int:
        """Wei per gas."""
        return int(self.max_priority_gwei * GWEI)


class TelemetrySettings(Section):
    host: str = Field(default="127.0.0.1", description="address that /metrics and /healthz listen on")
    port: int = Field(default=9_464, ge=0, le=65_535, description="their port; 0: any free one")
    log_format: Literal["auto", "json", "pretty"] = Field(
        default="auto", description="json, pretty, or auto: pretty on a terminal, else json"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level that is logged: debug, info, warning or error"
    )
    max_head_age: Seconds = Field(
        default=60.0, description="age of the newest block in seconds at which /healthz says no"
    )
    max_cycle_age: Seconds = Field(
        default=60.0, description="seconds since the last good cycle at which /healthz says no"
    )
