"""The way from the blocks one knows to a new head, across a gap or a reorganisation."""

from collections.abc import Callable

from keeper.chain.blocks import blocks
from keeper.chain.errors import Behind, ChainError
from keeper.chain.rpc import Node
from keeper.types import BlockRef


class TooFar(ChainError):
    """No known ancestor near enough: read the history again."""


async def path(
    node: Node, head: BlockRef, last: int, known: Callable[[int], str | None], most: int = 128
) -> list[BlockRef]:
    """Blocks to apply, oldest first, up to `head`: the first one's parent is a known block.

    `last`: number of the newest known block; `known`: hash of a known block, None for one that is not kept.
    Rewind to the number below the first one before applying. Empty if `head` itself is known. TooFar beyond
    `most` blocks.
    """
    if known(head.number) == head.hash:
        return []
    found = [head]
    step = 1
    # An honest gap is closed in one read; a reorganisation is looked for in growing steps below it.
    below = min(last, head.number - 1)
    while known(found[0].number - 1) != found[0].parent:
        if head.number - below > most or known(below) is None:
            raise TooFar(
                f"block {head.number} {head.hash} has no known ancestor in {head.number - below} blocks"
            )
        earlier = await blocks(node, below + 1, found[0].number - 1) if below + 1 < found[0].number else []
        if earlier and earlier[-1].hash != found[0].parent:
            raise Behind(
                f"block {found[0].number} is no child of block {earlier[-1].number}: a reorganisation"
            )
        found = earlier + found
        below -= step
        step *= 2
    while len(found) > 1 and known(found[0].number) == found[0].hash:
        found.pop(0)
    return found
