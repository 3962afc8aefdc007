"""What plan() is told beside the book, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keeper.types.actions import Action
from keeper.types.state import BlockRef


@dataclass(frozen=True, slots=True)
class Observation:
    """What a price feed says: WAD quote per base, and the Unix second it was so."""

    price: int
    timestamp: int


Answers = Mapping[tuple[int, int], Observation]
"""What price sources say, by market and the source's address.

(0, 0): nothing; price 0 with a time: in doubt.
"""


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
    answers: Answers = field(default_factory=dict)


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
