"""What price sources say, asked as OracleRouter asks them: one that fails has said nothing."""

from collections.abc import Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from keeper.chain.calls import Function
from keeper.chain.errors import ChainError, Lying, Transient
from keeper.chain.framing import Call
from keeper.chain.rpc import Node
from keeper.types import Answers, BlockRef, Observation

LATEST = Function("latest", bytes.fromhex("0007f4a0"), ("uint256",), ("uint256", "uint256"))
# What the router lets a source burn, and the call around it.
GAS = 150_000 + 30_000


async def source_answers(node: Node, block: BlockRef, sources: Sequence[tuple[int, int]]) -> Answers:
    """By market and the source's address, at that block."""
    calls = [_call(block, market_id, source) for market_id, source in sources]
    answers = await node.try_batch(calls)
    return {asked: _said(answer) for asked, answer in zip(sources, answers, strict=True)}


def address_of(source: int) -> str:
    return to_checksum_address(source.to_bytes(20, "big"))


def _call(block: BlockRef, market_id: int, source: int) -> Call:
    message = {"to": address_of(source), "data": LATEST.encoded(market_id), "gas": hex(GAS)}
    return "eth_call", [message, {"blockHash": block.hash}]


def _said(answer: Any) -> Observation:
    if isinstance(answer, Transient):
        # The node's failure, not the source's.
        raise answer
    if isinstance(answer, ChainError):
        return Observation(0, 0)
    try:
        return Observation(*LATEST.decoded(answer))
    except Lying:
        # No contract, or one that answers otherwise.
        return Observation(0, 0)
