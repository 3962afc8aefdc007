"""What the chain says of the transactions that are not settled, read at one head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.chain.errors import Lying
from keeper.chain.framing import Call
from keeper.chain.parse import block_ref, quantity, word
from keeper.chain.rpc import Node
from keeper.tx.intents import MINED, Intent
from keeper.types import BlockRef


@dataclass(frozen=True, slots=True)
class Receipt:
    tx_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    # Wei.
    fee: int


@dataclass(frozen=True, slots=True)
class Sight:
    """`nonce`: the next one after those mined."""

    nonce: int
    receipts: Mapping[str, Receipt]
    # Attempts that are mined above the head: looked at with a later one.
    above: frozenset[str]
    # Attempts that the node holds or has mined.
    known: frozenset[str]


async def look(node: Node, sender: str, intents: Sequence[Intent], head: BlockRef) -> Sight:
    """From one endpoint, which must know `head`: one that is behind would take back what was mined."""
    hashes = [attempt.tx_hash for intent in intents for attempt in intent.attempts]
    newest = [intent.last.tx_hash for intent in intents if intent.status != MINED]
    calls: list[Call] = [
        ("eth_getBlockByHash", [head.hash, False]),
        ("eth_getTransactionCount", [sender, "latest"]),
        *(("eth_getTransactionReceipt", [tx_hash]) for tx_hash in hashes),
        *(("eth_getTransactionByHash", [tx_hash]) for tx_hash in newest),
    ]

    def parse(results: list[Any]) -> Sight:
        block_ref(results[0])
        receipts = results[2 : 2 + len(hashes)]
        held = results[2 + len(hashes) :]
        found = {tx_hash: receipt_of(raw, tx_hash) for tx_hash, raw in zip(hashes, receipts, strict=True)}
        return Sight(
            nonce=quantity(results[1]),
            receipts={
                tx_hash: receipt
                for tx_hash, receipt in found.items()
                if receipt is not None and receipt.block_number <= head.number
            },
            above=frozenset(h for h, r in found.items() if r is not None and r.block_number > head.number),
            known=frozenset(tx_hash for tx_hash, raw in zip(newest, held, strict=True) if raw is not None),
        )

    sight: Sight = await node.batch(calls, parse)
    return sight


def receipt_of(raw: Any, tx_hash: str) -> Receipt | None:
    if raw is None or (isinstance(raw, dict) and raw.get("blockHash") is None):
        return None
    if not isinstance(raw, dict) or str(raw.get("transactionHash")).lower() != tx_hash:
        raise Lying("answered the receipt of another transaction")
    status = quantity(raw.get("status"))
    if status not in (0, 1):
        raise Lying(f"answered a receipt of status {status}")
    gas_used = quantity(raw.get("gasUsed"))
    return Receipt(
        tx_hash=tx_hash,
        block_number=quantity(raw.get("blockNumber")),
        block_hash=word(raw.get("blockHash")),
        succeeded=status == 1,
        gas_used=gas_used,
        fee=gas_used * quantity(raw.get("effectiveGasPrice", "0x0")),
    )
