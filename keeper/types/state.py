"""What the book is made of: blocks, marks, accounts, positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RawLog = Mapping[str, Any]
"""A log as a node sends it: hex strings."""


@dataclass(frozen=True, slots=True)
class BlockRef:
    """One block; hashes are lower-case 0x strings."""

    number: int
    hash: str
    parent: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A market's price at a time: the last accepted one, whether it is valid, and F accrued to that time.

    Without a valid price the index is the stored one.
    """

    price: int
    valid: bool
    stale_move_ppm: int
    index: int


@dataclass(frozen=True, slots=True)
class PositionState:
    size: int
    entry_price: int
    tier: int
    parked: bool
    # Grows with every (re)link: among equal entry prices of a tier the lower one stands first.
    order: int


@dataclass(frozen=True, slots=True)
class AccountState:
    account_id: int
    cash: int
    # When it was flagged bankrupt; 0: it is not.
    flagged_at: int
    positions: Mapping[int, PositionState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """As OracleRouter's: moves and thresholds WAD, times seconds. Addresses are integers, 0: none."""

    source: int = 0
    second_source: int = 0
    polled: bool = False
    max_age: int = 0
    max_move: int = 0
    confirm: int = 0
    stale_move: int = 0
    update_threshold: int = 0
