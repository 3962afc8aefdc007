"""Whether an intent is settled, by what was seen at a head."""

import asyncio

from keeper.chain.errors import ChainError
from keeper.chain.rpc import Node
from keeper.tx.intents import CANCELLED, CONFIRMED, DROPPED, MINED, OPEN, REVERTED, Intent
from keeper.tx.simulate import failure
from keeper.tx.tracking import Receipt, Sight
from keeper.types import BlockRef, Outcome


async def settle(
    node: Node,
    sender: str,
    intent: Intent,
    sight: Sight,
    head: BlockRef,
    confirmations: int,
    few: asyncio.Semaphore,
    until: float,
) -> Outcome | None:
    """Bring the intent up to date; its outcome once it has one.

    Why it reverted is asked as `few` lets it, and `until` a time of the loop.
    """
    receipt = next((r for a in intent.attempts if (r := sight.receipts.get(a.tx_hash))), None)
    if receipt is not None:
        _mined(intent, receipt)
        if intent.failed and not intent.reason:
            intent.reason = await _why(node, sender, intent, receipt, few, until)
        if head.number - receipt.block_number + 1 < confirmations:
            return None
        intent.status = _status(intent, receipt)
        if intent.status == CANCELLED:
            intent.reason = intent.reason or intent.request.note
        return _outcome(intent)
    if intent.status == MINED:
        _taken_back(intent, head)
    if sight.nonce <= intent.nonce or any(a.tx_hash in sight.above for a in intent.attempts):
        intent.missed_at = None
        return None
    # The nonce is gone and no receipt of ours: of two heads, because receipts may appear a moment later.
    if intent.missed_at is None:
        intent.missed_at = head.number
    if head.number - intent.missed_at < max(confirmations, 1):
        return None
    intent.status = DROPPED
    intent.reason = (
        f"nonce {intent.nonce} was used by a transaction that this keeper did not send: "
        f"is the key of {sender} used elsewhere?"
    )
    return _outcome(intent)


def _mined(intent: Intent, receipt: Receipt) -> None:
    intent.status = MINED
    intent.tx_hash = receipt.tx_hash
    intent.block_number, intent.block_hash = receipt.block_number, receipt.block_hash
    intent.gas_used, intent.fee = receipt.gas_used, receipt.fee
    intent.failed = not receipt.succeeded
    intent.missed_at = None


def _taken_back(intent: Intent, head: BlockRef) -> None:
    """A reorganisation: it waits again, from now."""
    intent.status = OPEN
    intent.tx_hash = intent.block_hash = ""
    intent.block_number = intent.gas_used = intent.fee = 0
    if intent.failed:
        intent.failed = intent.told = False
        intent.reason = ""
    intent.waiting_since = head.number


def _status(intent: Intent, receipt: Receipt) -> str:
    if next(a for a in intent.attempts if a.tx_hash == receipt.tx_hash).cancels:
        return CANCELLED
    return CONFIRMED if receipt.succeeded else REVERTED


async def _why(
    node: Node, sender: str, intent: Intent, receipt: Receipt, few: asyncio.Semaphore, until: float
) -> str:
    """Why it reverted."""
    if receipt.gas_used * 64 >= intent.gas * 63:
        return f"out of gas: used {receipt.gas_used} of {intent.gas}"
    try:
        async with asyncio.timeout_at(until), few:
            return await failure(node, sender, intent.request, receipt.block_hash)
    except TimeoutError:
        return "reverted; why was not answered in time"
    except ChainError as error:
        return f"reverted; why could not be read: {error}"


def _outcome(intent: Intent) -> Outcome:
    return Outcome(
        key=intent.key,
        nonce=intent.nonce,
        tx_hash=intent.tx_hash or intent.last.tx_hash,
        status=intent.status,
        block_number=intent.block_number,
        gas_used=intent.gas_used,
        reason=intent.reason,
        fee=intent.fee,
        decided_at=intent.block,
        value=intent.request.value if intent.status == CONFIRMED else 0,
    )
