"""Would it succeed, and with how much gas? Asked of the node before anything is signed."""

from collections.abc import Sequence
from typing import Any

from keeper.chain.blocks import block_by_hash
from keeper.chain.errors import ChainError, Lying, Reverted
from keeper.chain.framing import Call
from keeper.chain.parse import quantity
from keeper.chain.rpc import Node
from keeper.types import TxRequest

# Gas above an estimate, and the most that a transaction may have (EIP-7825).
MARGIN_PERCENT = 120
GAS_CAP = 2**24


async def simulate(node: Node, sender: str, requests: Sequence[TxRequest], at: str) -> list[int | ChainError]:
    """Each request's gas limit, or why it has none: Reverted if it would fail. `at`: a block tag."""
    calls: list[Call] = [
        ("eth_call" if request.gas else "eth_estimateGas", [_message(sender, request), at])
        for request in requests
    ]
    answers = await node.try_batch(calls)
    return [_verdict(request, answer) for request, answer in zip(requests, answers, strict=True)]


async def failure(node: Node, sender: str, request: TxRequest, block_hash: str) -> str:
    """Why a transaction reverted in that block: its call again, after the block and before it.

    Others in the same block may have changed what it met, so the end of the block is nearer to the truth.
    """
    for before in (False, True):
        where = (await block_by_hash(node, block_hash)).parent if before else block_hash
        call = [_message(sender, request), {"blockHash": where}]
        [answer] = await node.try_batch([("eth_call", call)])
        if isinstance(answer, Reverted):
            return answer.reason
    return "reverted, and does not when called again"


def _message(sender: str, request: TxRequest) -> dict[str, Any]:
    message = {"from": sender, "to": request.to, "data": request.data}
    if request.value:
        message["value"] = hex(request.value)
    return {**message, "gas": hex(request.gas)} if request.gas else message


def _verdict(request: TxRequest, answer: Any) -> int | ChainError:
    if isinstance(answer, ChainError):
        return answer
    if request.gas:
        return request.gas
    try:
        return min(quantity(answer) * MARGIN_PERCENT // 100, GAS_CAP)
    except Lying as error:
        return error
