"""Failover, bars and rests of endpoints, without sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from keeper.chain.blocks import block_by_hash, blocks, latest
from keeper.chain.errors import ChainIdMismatch, Lying, Reverted, RpcError, Transient
from keeper.chain.parse import quantity
from keeper.chain.rpc import Node
from tests.keeper.chain.fake_transport import CHAIN_ID, FakeTransport, RpcFailure, block_hash


def run(test: Callable[[Node], Awaitable[Any]], *transports: FakeTransport, **options: Any) -> Any:
    async def main() -> Any:
        async with Node(transports, CHAIN_ID, probe_seconds=1_000, **options) as node:
            return await test(node)

    return asyncio.run(main())


def test_call__the_first_endpoint_is_sound__is_asked_alone() -> None:
    first, second = FakeTransport("first"), FakeTransport("second")

    async def test(node: Node) -> Any:
        return await node.call("eth_blockNumber")

    assert run(test, first, second) == "0xa"
    assert (first.asked.count("eth_blockNumber"), second.asked.count("eth_blockNumber")) == (1, 0)


def test_call__the_first_endpoint_fails__the_second_answers_and_the_first_rests() -> None:
    first, second = FakeTransport("first"), FakeTransport("second")

    async def test(node: Node) -> Any:
        first.down = "HTTP 503: busy"
        await node.call("eth_blockNumber")
        first.down = ""
        await node.call("eth_blockNumber")
        return node.health()

    health = run(test, first, second)
    assert [(h.problem, h.failures) for h in health] == [("HTTP 503: busy", 1), ("", 0)]
    assert second.asked.count("eth_blockNumber") == 2


def test_call__every_endpoint_fails__says_why_each() -> None:
    first, second = FakeTransport("first"), FakeTransport("second")

    async def test(node: Node) -> None:
        first.down, second.down = "hangs", "is garbage"
        await node.call("eth_blockNumber")

    with pytest.raises(Transient, match=r"^eth_blockNumber failed: first hangs; second is garbage$"):
        run(test, first, second)


def test_call__the_only_endpoint_rests__is_asked_all_the_same() -> None:
    only = FakeTransport()

    async def test(node: Node) -> Any:
        only.down = "down"
        with pytest.raises(Transient):
            await node.call("eth_blockNumber")
        only.down = ""
        return await node.call("eth_blockNumber"), node.health()[0].problem

    assert run(test, only) == ("0xa", "")


def test_call__slower_than_the_timeout__goes_elsewhere() -> None:
    first, second = FakeTransport("first"), FakeTransport("second")

    async def never(calls: Any) -> Any:
        await asyncio.sleep(1_000)

    async def test(node: Node) -> Any:
        first.ask = never  # type: ignore[method-assign]
        return await node.call("eth_blockNumber"), node.health()[0].problem

    result = run(test, first, second, timeout=0.05)
    assert result == ("0xa", "did not answer eth_blockNumber within 0.05 s")


def test_call__the_node_declines__is_not_asked_of_others() -> None:
    first, second = FakeTransport("first"), FakeTransport("second")

    def declined() -> Any:
        raise RpcFailure(-32601, "no such method")

    first.answers["eth_what"] = declined

    async def test(node: Node) -> None:
        await node.call("eth_what")

    with pytest.raises(RpcError, match=r"^no such method \(code -32601\)$"):
        run(test, first, second)
    assert "eth_what" not in second.asked


def test_call__parse_finds_a_lie__the_next_endpoint_is_asked() -> None:
    liar, honest = FakeTransport("liar"), FakeTransport("honest")
    liar.answers["eth_what"] = lambda: "lie"
    honest.answers["eth_what"] = lambda: "truth"

    def parse(raw: Any) -> Any:
        if raw == "lie":
            raise Lying("lies")
        return raw

    async def test(node: Node) -> Any:
        return await node.call("eth_what", [], parse), [h.problem for h in node.health()]

    assert run(test, liar, honest) == ("truth", ["lies", ""])


def test_call__parse_stumbles__the_next_endpoint_is_asked() -> None:
    liar, honest = FakeTransport("liar"), FakeTransport("honest")
    liar.answers["eth_what"] = lambda: {"fees": {}}
    honest.answers["eth_what"] = lambda: {"fees": ["0x1"]}

    async def test(node: Node) -> Any:
        found = await node.call("eth_what", [], lambda raw: raw["fees"][-1])
        batched = await node.batch([("eth_what", [])], lambda results: results[0]["fees"][-1])
        return found, batched, [h.problem for h in node.health()]

    problem = "eth_what: answered what cannot be read (KeyError)"
    assert run(test, liar, honest) == ("0x1", "0x1", [problem, ""])


@pytest.mark.parametrize(
    "raw", [None, 5, "", "0x", "5", "-0x5", "0x-5", "0x1_0", " 0x1", "0x1\n", "0x1" + "0" * 64]
)
def test_quantity__no_unsigned_word__is_a_lie(raw: object) -> None:
    with pytest.raises(Lying, match="where a number belongs"):
        quantity(raw)


def test_call__the_block_is_not_there_yet__asks_on_and_blames_nobody() -> None:
    behind, ahead = FakeTransport("behind", height=9), FakeTransport("ahead", height=10)

    async def test(node: Node) -> Any:
        found = await block_by_hash(node, block_hash(11 - 1))
        return found.number, [h.problem for h in node.health()]

    behind.answers["eth_getBlockByHash"] = lambda *_: None
    assert run(test, behind, ahead) == (10, ["", ""])


def test_start__one_endpoint_of_another_chain__is_barred() -> None:
    foreign, ours = FakeTransport("foreign"), FakeTransport("ours")
    foreign.chain_id = 1

    async def test(node: Node) -> Any:
        await node.call("eth_blockNumber")
        return [h.problem for h in node.health()]

    assert run(test, foreign, ours) == ["serves chain 1, the configuration names 7", ""]
    assert "eth_blockNumber" not in foreign.asked


def test_start__only_endpoints_of_another_chain__is_fatal() -> None:
    foreign, down = FakeTransport("foreign"), FakeTransport("down")
    foreign.chain_id = 1
    down.down = "cannot be reached"

    async def test(node: Node) -> None: ...

    expected = (
        "foreign serves chain 1, the configuration names 7; down cannot be reached: correct the chain id"
    )
    with pytest.raises(ChainIdMismatch, match=expected):
        run(test, foreign, down)
    assert foreign.asked[-1] == "close"


def test_start__nothing_answers__is_transient() -> None:
    down = FakeTransport("down")
    down.down = "cannot be reached"

    async def test(node: Node) -> None: ...

    with pytest.raises(Transient, match="no endpoint can be used: down cannot be reached"):
        run(test, down)


def test_probe__four_blocks_behind__is_barred_and_let_back_in() -> None:
    slow, fast = FakeTransport("slow", height=6), FakeTransport("fast", height=10)

    async def test(node: Node) -> Any:
        before = [h.problem for h in node.health()]
        slow.height = 7
        await node.probe()
        return before, [h.problem for h in node.health()]

    before, after = run(test, slow, fast, max_lag=3)
    assert before == ["is 4 blocks behind the best endpoint", ""]
    assert after == ["", ""]


def test_probe__begins_to_serve_another_chain__is_barred() -> None:
    first, second = FakeTransport("first"), FakeTransport("second")

    async def test(node: Node) -> Any:
        first.chain_id = 1
        await node.probe()
        return [h.problem for h in node.health()]

    assert run(test, first, second) == ["serves chain 1, the configuration names 7", ""]


def test_probe__an_endpoint_comes_up_later__is_used() -> None:
    first, second = FakeTransport("first"), FakeTransport("second")
    first.down = "cannot be reached"

    async def test(node: Node) -> Any:
        before = node.health()[0].problem
        first.down = ""
        await asyncio.sleep(0.8)  # the longest first rest
        await node.probe()
        await node.call("eth_blockNumber")
        return before, node.health()[0].problem

    assert run(test, first, second) == ("cannot be reached", "")
    assert "eth_blockNumber" in first.asked


def test_batch__250_calls__are_answered_in_order_by_one_endpoint() -> None:
    first, second = FakeTransport("first"), FakeTransport("second")
    first.answers["echo"] = second.answers["echo"] = lambda i: i

    async def test(node: Node) -> Any:
        return await node.batch([("echo", [i]) for i in range(250)])

    assert run(test, first, second) == list(range(250))
    assert "echo" not in second.asked


def test_try_batch__some_calls_fail__are_errors_in_their_places() -> None:
    only = FakeTransport()

    def call(i: int) -> Any:
        if i == 1:
            raise RpcFailure(3, "execution reverted: no", None)
        return i

    only.answers["eth_call"] = call

    async def test(node: Node) -> Any:
        return await node.try_batch([("eth_call", [i]) for i in range(3)])

    first, second, third = run(test, only)
    assert (first, third) == (0, 2)
    assert isinstance(second, Reverted)
    assert second.reason == "no"


def test_blocks__a_reorganisation_between_answers__is_transient() -> None:
    only = FakeTransport()
    honest = only.answers["eth_getBlockByNumber"]

    def torn(tag: str, full: bool) -> Any:
        only.fork = 1 if tag == "0x9" else 0
        return honest(tag, full)

    async def test(node: Node) -> Any:
        found = await blocks(node, 8, 10)
        assert [b.number for b in found] == [8, 9, 10]
        only.answers["eth_getBlockByNumber"] = torn
        await blocks(node, 8, 10)

    with pytest.raises(Transient, match="block 9 is no child of block 8: a reorganisation"):
        run(test, only)


def test_latest__nonsense__is_never_a_block() -> None:
    only = FakeTransport()

    async def test(node: Node) -> None:
        only.answers["eth_getBlockByNumber"] = lambda *_: {"number": "ten"}
        await latest(node)

    with pytest.raises(Transient, match="answered 'ten' where a number belongs"):
        run(test, only)
