"""From the blocks one knows to a new head, without sockets."""

import asyncio
from typing import Any

import pytest

from keeper.chain.errors import Transient
from keeper.chain.parse import block_ref
from keeper.chain.path import TooFar, path
from keeper.chain.rpc import Node
from keeper.types import BlockRef
from tests.keeper.chain.fake_transport import CHAIN_ID, FakeTransport, block_hash, header

HEAD = 40


class Forked(FakeTransport):
    """Blocks above `at` are of fork 1, on top of fork 0."""

    def __init__(self, at: int) -> None:
        super().__init__(height=HEAD)
        self.at = at
        self.answers["eth_getBlockByNumber"] = lambda tag, _: self.block(
            HEAD if tag == "latest" else int(tag, 16)
        )

    def block(self, number: int) -> dict[str, Any]:
        raw = header(number, fork=int(number > self.at))
        return {**raw, "parentHash": block_hash(number - 1, int(number - 1 > self.at))}

    def head(self) -> BlockRef:
        return block_ref(self.block(HEAD))


def found(transport: Forked, last: int, kept: int = 128, most: int = 128) -> list[int]:
    """Numbers of the path for one who knows fork 0 up to `last`, `kept` blocks of it."""

    def known(number: int) -> str | None:
        return block_hash(number) if last - kept < number <= last else None

    async def main() -> list[int]:
        async with Node([transport], CHAIN_ID, probe_seconds=1_000) as node:
            return [block.number for block in await path(node, transport.head(), last, known, most)]

    return asyncio.run(main())


@pytest.mark.parametrize("last", [39, 38, 30])
def test_path__no_reorganisation__is_the_gap(last: int) -> None:
    assert found(Forked(at=HEAD), last) == list(range(last + 1, HEAD + 1))


def test_path__the_child_of_the_last_known__asks_for_nothing() -> None:
    transport = Forked(at=HEAD)
    assert found(transport, 39) == [40]
    assert transport.asked.count("eth_getBlockByNumber") == 1  # the probe at the start


@pytest.mark.parametrize("last", [35, 39, 40])
@pytest.mark.parametrize("at", [39, 34, 33, 32, 20])
def test_path__a_reorganisation__begins_after_the_common_ancestor(last: int, at: int) -> None:
    first = min(at, last) + 1
    assert found(Forked(at=at), last) == list(range(first, HEAD + 1))


def test_path__the_head_is_known__is_empty() -> None:
    assert found(Forked(at=HEAD), HEAD) == []


def test_path__the_head_became_lower__is_its_other_end() -> None:
    assert found(Forked(at=37), last=45) == [38, 39, 40]


@pytest.mark.parametrize(("kept", "most"), [(5, 128), (128, 10)])
def test_path__no_ancestor_is_kept__is_too_far(kept: int, most: int) -> None:
    with pytest.raises(TooFar, match=r"block 40 .* has no known ancestor in"):
        found(Forked(at=15), last=40, kept=kept, most=most)


def test_path__the_chain_changes_meanwhile__is_transient() -> None:
    transport = Forked(at=HEAD)
    head = transport.head()
    transport.at = 20

    async def main() -> None:
        async with Node([transport], CHAIN_ID, probe_seconds=1_000) as node:
            await path(node, head, 30, lambda number: block_hash(number) if number <= 30 else None)

    with pytest.raises(Transient, match="block 40 is no child of block 39: a reorganisation"):
        asyncio.run(main())
