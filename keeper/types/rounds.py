"""A round of deleveraging, as its receipts tell it."""

from dataclasses import dataclass


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
