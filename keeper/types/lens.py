"""What a block-pinned read says, to hold the book against."""

from dataclasses import dataclass

from keeper.types.state import SourceConfig


@dataclass(frozen=True, slots=True)
class LensAccount:
    """Lens.accounts."""

    account_id: int
    # Lower-case 0x string.
    owner: str
    cash: int
    epoch: int
    flagged_at: int
    # Oldest first.
    open_markets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LensPosition:
    """Lens.positions; `leverage` is the multiple, not the tier."""

    account_id: int
    size: int
    entry_price: int
    leverage: int
    # WAD, at the last accepted price.
    roe: int
    parked: bool


@dataclass(frozen=True, slots=True)
class LensMarket:
    """A listed market in ClearingHouse and OracleRouter; index and premium accrued to the block's time."""

    market_id: int
    # params_word and liquidation_word.
    params: int
    liquidation: int
    # market_state.
    index: int
    premium: int
    open_interest: int
    # last_accepted: price and its time. Not its block, which some rollups count otherwise than their logs.
    price: int
    updated_at: int
    # peek.
    valid: bool
    # pending_price: price, its time, since when it waits.
    waiting_price: int
    waiting_updated_at: int
    waiting_since: int
    # source_config.
    source: SourceConfig
