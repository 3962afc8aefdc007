"""Logs of a few contracts: history in chunks of blocks, and single blocks by hash. Nothing is taken on trust.

A log outside of what was asked, out of order, twice, removed, or of another block than its neighbours proves
a lying node: the endpoint is put aside and another one asked. Logs of single blocks are also held against the
block's filter.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.chain.bloom import missing_topics
from keeper.chain.errors import Behind, Lying, RpcError
from keeper.chain.framing import Call
from keeper.chain.parse import block_ref, quantity, word
from keeper.chain.rpc import Node
from keeper.types import BlockRef, RawLog


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Addresses and first topics, lower case."""

    addresses: frozenset[str]
    topics: frozenset[str]

    @classmethod
    def of(cls, addresses: Collection[str], topics: Collection[str]) -> "LogFilter":
        return cls(frozenset(a.lower() for a in addresses), frozenset(t.lower() for t in topics))

    def params(self, **where: str) -> list[Any]:
        return [{"address": sorted(self.addresses), "topics": [sorted(self.topics)], **where}]

    def matches(self, log: RawLog) -> bool:
        topics = log.get("topics")
        return (
            str(log.get("address")).lower() in self.addresses
            and isinstance(topics, list)
            and bool(topics)
            and topics[0] in self.topics
        )


def checked(raw: Any, wanted: LogFilter, first: int, last: int) -> list[RawLog]:
    """The logs as answered, proven to be of the blocks and kinds asked for, in order, once each."""
    if not isinstance(raw, list):
        raise Lying("answered something that is no list of logs")
    hashes: dict[int, str] = {}
    previous = (-1, -1)
    for log in raw:
        if not isinstance(log, dict) or not wanted.matches(log):
            raise Lying("answered a log that was not asked for")
        if log.get("removed"):
            raise Lying("answered a removed log")
        place = (quantity(log.get("blockNumber")), quantity(log.get("logIndex")))
        if not first <= place[0] <= last:
            raise Lying(f"answered a log of block {place[0]} for blocks {first} to {last}")
        if place <= previous:
            raise Lying(f"answered logs out of order in block {place[0]}")
        if hashes.setdefault(place[0], word(log.get("blockHash"))) != word(log.get("blockHash")):
            raise Lying(f"answered logs of two different blocks {place[0]}")
        previous = place
    return raw


async def block_logs(node: Node, blocks: Sequence[BlockRef], wanted: LogFilter) -> list[list[RawLog]]:
    """The logs of each block, by hash. Transient while no endpoint knows one of the blocks.

    Where the block's filter shows a kind of log that was not answered, its receipts decide.
    """
    calls: list[Call] = []
    for block in blocks:
        calls.append(("eth_getBlockByHash", [block.hash, False]))
        calls.append(("eth_getLogs", wanted.params(blockHash=block.hash)))

    def parse(results: list[Any]) -> list[tuple[list[RawLog], bool]]:
        found = []
        for block, header, raw in zip(blocks, results[::2], results[1::2], strict=True):
            if block_ref(header) != block:
                raise Lying(f"answered another block than {block.number} {block.hash}")
            logs = checked(raw, wanted, block.number, block.number)
            if any(word(log["blockHash"]) != block.hash for log in logs):
                raise Lying(f"answered logs of another block {block.number}")
            seen = {log["topics"][0] for log in logs}
            missing = missing_topics(header.get("logsBloom"), wanted.addresses, wanted.topics, seen)
            found.append((logs, bool(missing)))
        return found

    answered = await node.batch(calls, parse)
    return [
        await _by_receipts(node, block, wanted, logs) if doubtful else logs
        for block, (logs, doubtful) in zip(blocks, answered, strict=True)
    ]


async def _by_receipts(node: Node, block: BlockRef, wanted: LogFilter, logs: list[RawLog]) -> list[RawLog]:
    """The block's logs from its receipts; `logs` where no endpoint gives receipts of whole blocks."""

    def parse(raw: Any) -> list[RawLog]:
        if raw is None:
            raise Behind(f"does not know the receipts of block {block.number}")
        if not isinstance(raw, list) or not all(isinstance(receipt, dict) for receipt in raw):
            raise Lying("answered something that is no list of receipts")
        every = [log for receipt in raw for log in receipt.get("logs") or []]
        if any(not isinstance(log, dict) or word(log.get("blockHash")) != block.hash for log in every):
            raise Lying(f"answered receipts of another block {block.number}")
        return checked([log for log in every if wanted.matches(log)], wanted, block.number, block.number)

    try:
        found: list[RawLog] = await node.call("eth_getBlockReceipts", [block.hash], parse)
    except RpcError:
        return logs
    return found


@dataclass(frozen=True, slots=True)
class Chunk:
    """All logs of blocks `first` to `upto`, and the timestamps of blocks that have logs of a stamped kind."""

    first: int
    upto: BlockRef
    logs: Sequence[RawLog]
    timestamps: Mapping[int, int]
