"""What the keeper's layers hand to one another.

Units as on the chain: sizes, prices, rates and ROE are WAD, money is in quote units, times are Unix seconds.
"""

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


# --- what a block-pinned read says, to hold the book against --------------------------------------
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


# --- a round of deleveraging, as its receipts tell it ---------------------------------------------
@dataclass(frozen=True, slots=True)
class Deleveraged:
    counterparty: int
    rank: int
    roe: int
    # Signed as the counterparty's change.
    size: int
    price: int
    haircut: int
    left: int
    cash: int


@dataclass(frozen=True, slots=True)
class PassedOver:
    counterparty: int
    rank: int
    equity: int


Visit = Deleveraged | PassedOver


@dataclass(frozen=True, slots=True)
class Round:
    """`size`: the bankrupt position before it, signed. `shortfall` H, `insurance` C for the whole of it."""

    account_id: int
    market_id: int
    size: int
    equity: int
    shortfall: int
    insurance: int
    verified: bool
    visits: tuple[Visit, ...]
    closed: int
    left: int
    insurance_paid: int
    haircut: int


@dataclass(frozen=True, slots=True)
class RoundReceipt:
    """Where a round happened, and when."""

    round: Round
    block_number: int
    timestamp: int
    tx_hash: str
    # Of its first event.
    log_index: int


# --- what the keeper may do -----------------------------------------------------------------------
ActionKey = tuple[str, int, int]
"""(kind, account id or 0, market id or 0): two actions with the same key are never in flight together."""


Side = tuple[int, bool]
"""Market, and whether its longs are meant."""


@dataclass(frozen=True, slots=True)
class Liquidate:
    account_id: int
    market_id: int
    # Base, at most so much; what the keeper's own account can carry.
    size: int
    liquidator_account_id: int
    leverage: int
    hint: int

    @property
    def key(self) -> ActionKey:
        return ("liquidate", self.account_id, self.market_id)


@dataclass(frozen=True, slots=True)
class Flag:
    account_id: int

    @property
    def key(self) -> ActionKey:
        return ("flag", self.account_id, 0)


@dataclass(frozen=True, slots=True)
class Deleverage:
    """Verified: `ranked` must be the top of the queue."""

    account_id: int
    market_id: int
    ranked: tuple[int, ...]

    @property
    def key(self) -> ActionKey:
        return ("deleverage", self.account_id, self.market_id)


@dataclass(frozen=True, slots=True)
class DeleverageNext:
    """The chain's own pick: what is left when the list was beaten twice."""

    account_id: int
    market_id: int
    max_count: int

    @property
    def key(self) -> ActionKey:
        return ("deleverage", self.account_id, self.market_id)


@dataclass(frozen=True, slots=True)
class Relink:
    account_id: int
    market_id: int
    hint: int

    @property
    def key(self) -> ActionKey:
        return ("relink", self.account_id, self.market_id)


@dataclass(frozen=True, slots=True)
class Accrue:
    market_id: int

    @property
    def key(self) -> ActionKey:
        return ("accrue", 0, self.market_id)


@dataclass(frozen=True, slots=True)
class Sync:
    """Have the router ask the sources of these markets."""

    market_ids: tuple[int, ...]

    @property
    def key(self) -> ActionKey:
        return ("sync", 0, self.market_ids[0])


@dataclass(frozen=True, slots=True)
class Publish:
    """A signed report of a price to SignedSource."""

    market_id: int
    price: int
    timestamp: int

    @property
    def key(self) -> ActionKey:
        return ("publish", 0, self.market_id)


Action = Liquidate | Flag | Deleverage | DeleverageNext | Relink | Accrue | Sync | Publish


# --- what plan() is told beside the book ----------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Facts:
    """Read from the chain at one block."""

    block: BlockRef
    # Quote units the vault would pay for a market now, and for all together.
    capacity: Mapping[int, int]
    capacity_overall: int
    gate_until: int
    gate_floor: int
    # Wei per gas that a transaction of now would pay.
    gas_price: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The operator's."""

    # Gas of all transactions of one cycle, and of one transaction.
    gas_per_cycle: int = 25_000_000
    gas_per_tx: int = 14_000_000
    # Counterparties in one list.
    max_list: int = 256
    # Quote units: what a liquidation must earn beyond its gas. Ignored while `always_liquidate`.
    min_profit: int = 0
    always_liquidate: bool = True
    # Quote units per 1e18 wei, to compare gas with rewards; 0: gas is not counted.
    native_price: int = 0
    # Tier of the keeper's own position where it opens or flips one.
    leverage: int = 5
    # Touch a market's funding when its last touch is older, seconds.
    accrue_after: int = 3_000
    max_actions: int = 200


@dataclass(frozen=True, slots=True)
class Own:
    """The keeper's margin account; 0: it takes nothing over."""

    account_id: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the plan saw and could not act on, for logs and alerts."""

    kind: str
    account_id: int
    market_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    # Accounts below their maintenance requirement, and of those with negative equity, by this plan's marks.
    liquidatable: tuple[int, ...]
    bankrupt: tuple[int, ...]


# --- transactions ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TxRequest:
    key: ActionKey
    to: str
    data: str
    # Upper bound; 0: estimate.
    gas: int
    note: str


@dataclass(frozen=True, slots=True)
class Submission:
    key: ActionKey
    nonce: int
    tx_hash: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The simulation failed; nothing was sent."""

    key: ActionKey
    reason: str


@dataclass(frozen=True, slots=True)
class Setback:
    """A transaction was mined and reverted: told at once, its Outcome when it is settled."""

    key: ActionKey
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status`: confirmed, reverted, cancelled, dropped (another transaction used its nonce)."""

    key: ActionKey
    nonce: int
    tx_hash: str
    status: str
    block_number: int
    gas_used: int
    reason: str = ""
    # Wei paid for its gas, and the head when it was decided.
    fee: int = 0
    decided_at: int = 0
