"""What the keeper wants on the chain: one intent per nonce, one attempt per signed transaction for it."""

from dataclasses import dataclass, field

from keeper.tx.fees import Fee
from keeper.types import ActionKey, TxRequest

OPEN, MINED = "open", "mined"
CONFIRMED, REVERTED, CANCELLED, DROPPED = "confirmed", "reverted", "cancelled", "dropped"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed transaction. `cancels`: it only uses the nonce up."""

    tx_hash: str
    raw: str
    fee: Fee
    cancels: bool
    # Head when it was signed.
    block: int


@dataclass(slots=True)
class Intent:
    nonce: int
    request: TxRequest
    gas: int
    # Head when it was decided.
    block: int
    attempts: list[Attempt] = field(default_factory=list)
    row: int = 0
    status: str = OPEN
    # Where it was mined, once it was.
    tx_hash: str = ""
    block_number: int = 0
    block_hash: str = ""
    gas_used: int = 0
    reason: str = ""
    # Wei paid, once it was mined, whether it reverted, and whether that was told.
    fee: int = 0
    failed: bool = False
    told: bool = False
    # Head since which the stuck clock runs, and head at which the nonce was first seen used by another.
    waiting_since: int = 0
    missed_at: int | None = None
    # The operator's limit forbids a higher fee.
    at_limit: bool = False

    @property
    def key(self) -> ActionKey:
        return self.request.key

    @property
    def last(self) -> Attempt:
        return self.attempts[-1]


@dataclass(frozen=True, slots=True)
class InFlight:
    """For logs, metrics and `plimsoll status`."""

    key: ActionKey
    nonce: int
    tx_hash: str
    since_block: int
    attempts: int
    at_limit: bool
