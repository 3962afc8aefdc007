"""Block headers by number or hash."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from keeper.chain.errors import Behind, Lying
from keeper.chain.parse import block_ref
from keeper.chain.rpc import Node
from keeper.types import BlockRef


async def latest(node: Node) -> BlockRef:
    found = await node.call("eth_getBlockByNumber", ["latest", False], block_ref)
    assert isinstance(found, BlockRef)
    return found


async def block_at(node: Node, number: int) -> BlockRef:
    """The canonical block of that number, by the endpoint that answers."""
    [found] = await blocks(node, number, number)
    return found


async def block_by_hash(node: Node, block_hash: str) -> BlockRef:
    """Transient if no endpoint knows it: it was reorganised away, or is not there yet."""

    def parse(raw: Any) -> BlockRef:
        found = block_ref(raw)
        if found.hash != block_hash:
            raise Lying("answered another block than was asked for")
        return found

    found = await node.call("eth_getBlockByHash", [block_hash, False], parse)
    assert isinstance(found, BlockRef)
    return found


async def blocks(node: Node, first: int, last: int) -> list[BlockRef]:
    """Canonical blocks `first` to `last`, each the parent of the next."""

    def parse(results: list[Any]) -> list[BlockRef]:
        found = [block_ref(raw) for raw in results]
        for number, block in enumerate(found, first):
            if block.number != number:
                raise Lying(f"answered block {block.number} for block {number}")
        for parent, child in pairwise(found):
            if child.parent != parent.hash:
                # Its chain changed between two answers.
                raise Behind(f"block {child.number} is no child of block {parent.number}: a reorganisation")
        return found

    calls = [("eth_getBlockByNumber", [hex(number), False]) for number in range(first, last + 1)]
    found: list[BlockRef] = await node.batch(calls, parse)
    return found


async def timestamps(node: Node, numbers: Sequence[int]) -> dict[int, int]:
    """Of final blocks."""

    def parse(results: list[Any]) -> dict[int, int]:
        found = [block_ref(raw) for raw in results]
        if [block.number for block in found] != list(numbers):
            raise Lying("answered other blocks than were asked for")
        return {block.number: block.timestamp for block in found}

    calls = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
    found: dict[int, int] = await node.batch(calls, parse) if calls else {}
    return found
