"""Several transactions in one block, on Ape's Anvil."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ape import chain
from ape.api import AccountAPI, ReceiptAPI
from ape.exceptions import ContractLogicError
from eth_abi import decode

from tests.helpers.reading import rpc

GAS = 10_000_000
# Of `Error(string)`, as hex.
ERROR = "0x08c379a0"


@dataclass(frozen=True)
class Call:
    """One transaction: a method of an Ape contract, with its arguments; `value` in wei."""

    method: Any
    arguments: tuple[Any, ...]
    sender: AccountAPI
    value: int = 0


def send(call: Call) -> ReceiptAPI:
    """In a block of its own."""
    return call.method(*call.arguments, sender=call.sender, value=call.value)


def send_together(calls: Sequence[Call]) -> ReceiptAPI:
    """All in one block, in this order; the last one's receipt. Those before it must succeed; if the last one
    reverts, that is raised as from a block of its own."""
    rpc("evm_setAutomine", False)
    try:
        # The more tip, the earlier in the block.
        hashes = [_send(call, tip) for tip, call in zip(range(len(calls), 0, -1), calls, strict=True)]
        rpc("evm_mine")
    finally:
        rpc("evm_setAutomine", True)
    receipts = [rpc("eth_getTransactionReceipt", each) for each in hashes]
    places = [(int(r["blockNumber"], 16), int(r["transactionIndex"], 16)) for r in receipts]
    assert places == [(places[0][0], index) for index in range(len(calls))], places
    *before, last = (int(r["status"], 16) for r in receipts)
    assert all(before), f"reverted before the last: {before}"
    if not last:
        raise ContractLogicError(revert_message=_reason(hashes[-1]))
    return chain.provider.get_receipt(hashes[-1])


def _send(call: Call, tip: int) -> str:
    gwei = 10**9
    transaction = {
        "from": str(call.sender.address),
        "to": str(call.method.contract.address),
        "data": "0x" + bytes(call.method.encode_input(*call.arguments)).hex(),
        "value": hex(call.value),
        "gas": hex(GAS),
        "maxFeePerGas": hex(1_000 * gwei),
        "maxPriorityFeePerGas": hex(tip * gwei),
    }
    return str(rpc("eth_sendTransaction", transaction))


def _reason(transaction: str) -> str:
    output = rpc("debug_traceTransaction", transaction, {"tracer": "callTracer"}).get("output", "0x")
    if not output.startswith(ERROR):
        return "Transaction failed."
    return str(decode(["string"], bytes.fromhex(output.removeprefix(ERROR)))[0])
