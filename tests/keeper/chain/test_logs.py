"""Logs of blocks and of history, without sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from keeper.chain.bloom import bits_of
from keeper.chain.errors import Lying, Transient
from keeper.chain.logs import Chunk, LogFilter, block_logs, checked
from keeper.chain.parse import block_ref
from keeper.chain.rpc import Node
from keeper.chain.scan import FIRST_CHUNK, scan
from tests.keeper.chain.fake_transport import CHAIN_ID, FakeTransport, RpcFailure, block_hash, header

HOUSE, STRANGER = "0x" + "11" * 20, "0x" + "22" * 20
FILL, PRICE, OTHER = "0x" + "aa" * 32, "0x" + "bb" * 32, "0x" + "cc" * 32
WANTED = LogFilter.of([HOUSE.upper().replace("X", "x")], [FILL, PRICE])


def log(number: int, index: int, topic: str = FILL, address: str = HOUSE, **more: Any) -> dict[str, Any]:
    return {
        "address": address,
        "topics": [topic],
        "data": "0x",
        "blockNumber": hex(number),
        "blockHash": block_hash(number),
        "transactionHash": "0x" + "ee" * 32,
        "logIndex": hex(index),
        "removed": False,
        **more,
    }


def run(test: Callable[[Node], Awaitable[Any]], *transports: FakeTransport) -> Any:
    async def main() -> Any:
        async with Node(transports, CHAIN_ID, timeout=1.0, probe_seconds=1_000) as node:
            return await test(node)

    return asyncio.run(main())


def test_checked__logs_in_order__are_taken_as_they_are() -> None:
    logs = [log(5, 0), log(5, 3, PRICE), log(6, 0)]
    assert checked(logs, WANTED, 5, 6) is logs


@pytest.mark.parametrize(
    ("logs", "why"),
    [
        ([log(4, 0)], "a log of block 4 for blocks 5 to 6"),
        ([log(7, 0)], "a log of block 7 for blocks 5 to 6"),
        ([log(5, 1), log(5, 1)], "out of order in block 5"),
        ([log(5, 2), log(5, 1)], "out of order in block 5"),
        ([log(6, 0), log(5, 1)], "out of order in block 5"),
        ([log(5, 0), log(5, 1, blockHash=block_hash(5, 1))], "two different blocks 5"),
        ([log(5, 0, removed=True)], "a removed log"),
        ([log(5, 0, address=STRANGER)], "not asked for"),
        ([log(5, 0, topic=OTHER)], "not asked for"),
        ([log(5, 0, topics=[])], "not asked for"),
        ([log(5, 0, blockNumber=None)], "where a number belongs"),
        ([log(5, 0, blockHash="0x12")], "where a hash belongs"),
        (["log"], "not asked for"),
        ({"logs": []}, "no list of logs"),
    ],
)
def test_checked__what_cannot_be_true__is_a_lie(logs: Any, why: str) -> None:
    with pytest.raises(Lying, match=why):
        checked(logs, WANTED, 5, 6)


def with_logs(transport: FakeTransport, logs: list[dict[str, Any]], *, bloom: int = 0) -> FakeTransport:
    def get(where: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in where:
            return [entry for entry in logs if entry["blockHash"] == where["blockHash"]]
        first, last = int(where["fromBlock"], 16), int(where["toBlock"], 16)
        return [entry for entry in logs if first <= int(entry["blockNumber"], 16) <= last]

    for entry in logs:
        bloom |= bits_of(entry["address"]) | bits_of(entry["topics"][0])
    transport.answers["eth_getLogs"] = get
    transport.answers["eth_getBlockByHash"] = lambda wanted, _: header(int(wanted[4:], 16), 0, bloom)
    return transport


def test_block_logs__two_blocks__gives_the_logs_of_each() -> None:
    only = with_logs(FakeTransport(), [log(8, 0), log(9, 0), log(9, 4)])

    async def test(node: Node) -> Any:
        return await block_logs(node, [block_ref(header(8)), block_ref(header(9))], WANTED)

    assert run(test, only) == [[log(8, 0)], [log(9, 0), log(9, 4)]]


def test_block_logs__of_another_block__come_from_the_next_endpoint() -> None:
    liar, honest = FakeTransport("liar"), with_logs(FakeTransport("honest"), [log(9, 0)])
    with_logs(liar, []).answers["eth_getLogs"] = lambda _: [log(9, 0, blockHash=block_hash(9, 1))]

    async def test(node: Node) -> Any:
        return await block_logs(node, [block_ref(header(9))], WANTED), node.health()[0].problem

    assert run(test, liar, honest) == ([[log(9, 0)]], "answered logs of another block 9")


def test_block_logs__left_out_though_the_filter_shows_them__come_from_the_receipts() -> None:
    dropping = with_logs(FakeTransport(), [], bloom=bits_of(HOUSE) | bits_of(FILL))
    strange = log(9, 0, FILL, STRANGER)
    dropping.answers["eth_getBlockReceipts"] = lambda _: [{"logs": [strange, log(9, 1)]}, {"logs": []}]

    async def test(node: Node) -> Any:
        return await block_logs(node, [block_ref(header(9))], WANTED)

    assert run(test, dropping) == [[log(9, 1)]]


def test_block_logs__the_filter_shows_only_what_was_answered__asks_no_receipts() -> None:
    only = with_logs(FakeTransport(), [log(9, 0)], bloom=bits_of(HOUSE) | bits_of(FILL) | bits_of(OTHER))

    async def test(node: Node) -> Any:
        return await block_logs(node, [block_ref(header(9))], WANTED)

    assert run(test, only) == [[log(9, 0)]]
    assert "eth_getBlockReceipts" not in only.asked


def test_block_logs__receipts_are_not_served__keeps_what_was_answered() -> None:
    only = with_logs(FakeTransport(), [], bloom=bits_of(HOUSE) | bits_of(FILL))

    def unknown(_: str) -> Any:
        raise RpcFailure(-32601, "no such method")

    only.answers["eth_getBlockReceipts"] = unknown

    async def test(node: Node) -> Any:
        return await block_logs(node, [block_ref(header(9))], WANTED)

    assert run(test, only) == [[]]


def test_block_logs__a_log_that_the_filter_excludes__is_a_lie() -> None:
    liar, honest = with_logs(FakeTransport("liar"), []), with_logs(FakeTransport("honest"), [log(9, 0)])
    liar.answers["eth_getLogs"] = lambda _: [log(9, 0), log(9, 1, PRICE)]

    async def test(node: Node) -> Any:
        return await block_logs(node, [block_ref(header(9))], WANTED), node.health()[0].problem

    assert run(test, liar, honest) == ([[log(9, 0)]], "answered a log that the block's filter excludes")


def scanned(only: FakeTransport, first: int, last: int, stamped: list[str] | None = None) -> list[Chunk]:
    async def test(node: Node) -> list[Chunk]:
        return [chunk async for chunk in scan(node, WANTED, first, last, stamped)]

    found: list[Chunk] = run(test, only)
    return found


def test_scan__long_history__comes_in_growing_chunks_without_a_gap() -> None:
    logs = [log(number, 0) for number in range(0, 9_000, 500)]
    chunks = scanned(with_logs(FakeTransport(height=9_000), logs), 0, 8_999)
    assert [(c.first, c.upto.number) for c in chunks] == [
        (0, 999),
        (1_000, 2_999),
        (3_000, 6_999),
        (7_000, 8_999),
    ]
    assert [entry for c in chunks for entry in c.logs] == logs
    assert chunks[0].timestamps == {0: 1_000, 500: 1_500}
    assert chunks[-1].upto == block_ref(header(8_999))


def test_scan__stamped_kinds__only_their_blocks_have_timestamps() -> None:
    logs = [log(1, 0), log(2, 0, PRICE), log(3, 0)]
    [chunk] = scanned(with_logs(FakeTransport(), logs), 0, 10, [PRICE])
    assert chunk.timestamps == {2: 1_002}


def test_scan__too_many_results__halves_until_it_fits() -> None:
    only = with_logs(FakeTransport(height=FIRST_CHUNK), [log(n, 0) for n in range(FIRST_CHUNK)])
    honest = only.answers["eth_getLogs"]

    def limited(where: dict[str, Any]) -> Any:
        found = honest(where)
        if len(found) > 300:
            raise RpcFailure(-32005, "query returned more than 300 results")
        return found

    only.answers["eth_getLogs"] = limited
    chunks = scanned(only, 0, FIRST_CHUNK - 1)
    assert len(chunks[0].logs) == FIRST_CHUNK // 4
    assert [entry for c in chunks for entry in c.logs] == [log(n, 0) for n in range(FIRST_CHUNK)]


def test_scan__one_block_is_too_much__says_so() -> None:
    only = with_logs(FakeTransport(), [])

    def refuse(_: dict[str, Any]) -> Any:
        raise RpcFailure(-32005, "query returned more than 1 results")

    only.answers["eth_getLogs"] = refuse
    with pytest.raises(Transient, match="the logs of block 0 alone are too many"):
        scanned(only, 0, 7)


def test_scan__a_reorganisation_between_two_reads__reads_the_chunk_again() -> None:
    only = with_logs(FakeTransport(), [log(3, 0), log(4, 0)])
    honest, torn = only.answers["eth_getBlockByNumber"], [True]

    def once(tag: str, full: bool) -> Any:
        only.fork = 1 if tag == "0x3" and torn and torn.pop() else 0
        return honest(tag, full)

    only.answers["eth_getBlockByNumber"] = once
    [chunk] = scanned(only, 0, 4)
    assert chunk.timestamps == {3: 1_003, 4: 1_004}
    assert not torn
