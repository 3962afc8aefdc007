"""What is asked of the sender, and what becomes of it."""

from dataclasses import dataclass

from keeper.types.actions import ActionKey


@dataclass(frozen=True, slots=True)
class TxRequest:
    key: ActionKey
    to: str
    data: str
    # Upper bound; 0: estimate.
    gas: int
    note: str
    # Wei that go with the call.
    value: int = 0


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
    # Wei that went with it, if it is confirmed.
    value: int = 0
