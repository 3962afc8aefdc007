"""History: every log from one block to another, in chunks that fit what the endpoints give."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any

from keeper.chain.endpoint import jittered
from keeper.chain.errors import Behind, TooMuch, Transient
from keeper.chain.logs import Chunk, LogFilter, checked
from keeper.chain.parse import block_ref, word
from keeper.chain.rpc import Node

FIRST_CHUNK = 1_000
LARGEST_CHUNK = 20_000
# Logs in one answer: about 10 MB of JSON.
COMFORTABLE = 10_000
# Failures in a row after which the caller hears of it.
PATIENCE = 6


async def scan(
    node: Node, wanted: LogFilter, first: int, last: int, stamped: Collection[str] | None = None
) -> AsyncIterator[Chunk]:
    """Chunks from block `first` to block `last`, in order; the next one is fetched while one is handled.

    `stamped`: first topics of the logs whose blocks need a timestamp; None: of all. Give blocks that are
    final: a reorganisation between two chunks shows only in the parent of the next block.
    """
    span = FIRST_CHUNK
    following = asyncio.create_task(_chunk(node, wanted, first, last, span, stamped))
    try:
        while True:
            chunk, span = await following
            if chunk.upto.number < last:
                following = asyncio.create_task(
                    _chunk(node, wanted, chunk.upto.number + 1, last, span, stamped)
                )
            yield chunk
            if chunk.upto.number >= last:
                return
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _chunk(
    node: Node, wanted: LogFilter, first: int, last: int, span: int, stamped: Collection[str] | None
) -> tuple[Chunk, int]:
    """The chunk that begins at `first`, and how many blocks to try next."""
    failures = 0
    while True:
        end = min(first + span - 1, last)
        try:
            chunk = await _fetch(node, wanted, first, end, stamped)
        except TooMuch as error:
            if end == first:
                raise Transient(f"the logs of block {first} alone are too many: {error}") from error
            span = max((end - first + 1) // 2, 1)
        except Transient:
            failures += 1
            if failures >= PATIENCE:
                raise
            # A timeout may be the node's way to say that it is too much.
            span = max(span // 2, 1)
            await asyncio.sleep(jittered(min(0.25 * 2**failures, 10.0)))
        else:
            if failures == 0 and len(chunk.logs) < COMFORTABLE:
                span = min(span * 2, LARGEST_CHUNK)
            elif len(chunk.logs) > 2 * COMFORTABLE:
                span = max(span // 2, 1)
            return chunk, span


async def _fetch(
    node: Node, wanted: LogFilter, first: int, end: int, stamped: Collection[str] | None
) -> Chunk:
    def parse(results: list[Any]) -> tuple[Any, Any]:
        upto = block_ref(results[0])
        return upto, checked(results[1], wanted, first, end)

    where = {"fromBlock": hex(first), "toBlock": hex(end)}
    calls = [("eth_getBlockByNumber", [hex(end), False]), ("eth_getLogs", wanted.params(**where))]
    upto, logs = await node.batch(calls, parse)
    hashes = {
        int(log["blockNumber"], 16): word(log["blockHash"])
        for log in logs
        if stamped is None or log["topics"][0] in stamped
    }
    if hashes.get(end, upto.hash) != upto.hash:
        raise Behind(f"block {end} changed while it was read: a reorganisation")

    def parse_headers(results: list[Any]) -> dict[int, int]:
        headers = [block_ref(raw) for raw in results]
        for header, (number, block_hash) in zip(headers, hashes.items(), strict=True):
            if (header.number, header.hash) != (number, block_hash):
                raise Behind(f"block {number} changed while it was read: a reorganisation")
        return {header.number: header.timestamp for header in headers}

    headers = [("eth_getBlockByNumber", [hex(number), False]) for number in hashes]
    timestamps = await node.batch(headers, parse_headers) if headers else {}
    return Chunk(first, upto, logs, timestamps)
