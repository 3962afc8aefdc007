"""Two endpoints on a real chain, the first of which misbehaves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from keeper.chain.blocks import latest
from keeper.chain.errors import ChainIdMismatch, Transient
from keeper.chain.framing import Call
from keeper.chain.heads import heads
from keeper.chain.rpc import Node
from keeper.chain.sockets import Ipc, WebSocket
from scripts.sandbox.node import CHAIN_ID, Anvil, running_anvil
from tests.keeper.bad_node import BadNode, bad_node

TIMEOUT = 0.4

Test = Callable[[Anvil, BadNode, Node], Awaitable[None]]


def run(test: Test, *, alone: bool = False, pushed: bool = False) -> None:
    """With the bad node first, and the chain itself (IPC) behind it."""

    async def main(anvil: Anvil, bad: BadNode) -> None:
        endpoints = [bad.ws if pushed else bad.url, *([] if alone else [anvil.ipc])]
        async with Node(endpoints, CHAIN_ID, max_lag=2, timeout=TIMEOUT, probe_seconds=0.2) as node:
            await asyncio.wait_for(test(anvil, bad, node), 30)

    with running_anvil() as anvil, bad_node(anvil.http) as bad:
        asyncio.run(main(anvil, bad))


def problems(node: Node) -> list[str]:
    return [endpoint.problem for endpoint in node.health()]


async def problem(node: Node, text: str) -> None:
    """Wait until the first endpoint's problem is this one (empty: none)."""
    for _ in range(100):
        found = problems(node)[0]
        if text in found and bool(text) == bool(found):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{found!r}, not {text!r}")


@pytest.mark.parametrize("pushed", [False, True])
@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"hang": True}, "did not answer eth_blockNumber within 0.4 s"),
        ({"garbage": True}, "answered something that is not JSON"),
        ({"error": (-32005, "too many requests")}, "too many requests (code -32005)"),
    ],
)
def test_call__the_first_misbehaves__is_answered_by_the_second(
    fault: dict[str, Any], text: str, pushed: bool
) -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        anvil.mine(3)
        bad.behave({"eth_blockNumber"}, **fault)
        assert await node.call("eth_blockNumber") == "0x3"
        assert text in problems(node)[0]
        asked = bad.requests["eth_blockNumber"]
        assert await node.call("eth_blockNumber") == "0x3"
        assert bad.requests["eth_blockNumber"] == asked

    run(test, pushed=pushed)


def test_call__the_first_recovers__is_asked_again() -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        bad.behave(http_status=500)
        await node.call("eth_blockNumber")
        assert problems(node) == ["HTTP 500: bad day", ""]
        bad.behave()
        await problem(node, "")
        before = bad.requests["eth_blockNumber"]
        await node.call("eth_blockNumber")
        assert bad.requests["eth_blockNumber"] == before + 1

    run(test)


def test_probe__the_first_falls_behind__is_barred_until_it_catches_up() -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        anvil.mine(9)
        bad.behave(lag=3)
        await problem(node, "is 3 blocks behind the best endpoint")
        assert (await latest(node)).number == 9
        bad.behave(lag=2)
        await problem(node, "")

    run(test)


def test_probe__the_first_changes_its_chain__is_barred() -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        bad.behave(chain_id=1)
        await problem(node, "serves chain 1, the configuration names 31337")
        before = bad.requests["eth_blockNumber"]
        await node.call("eth_blockNumber")
        assert bad.requests["eth_blockNumber"] == before

    run(test)


def test_probe__the_only_endpoint_changes_its_chain__is_fatal() -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        bad.behave(chain_id=1)
        await problem(node, "serves chain 1")
        with pytest.raises(
            ChainIdMismatch, match="correct the chain id or the endpoints in the configuration"
        ):
            await node.call("eth_blockNumber")

    run(test, alone=True)


def test_call__the_only_endpoint_is_down__recovers_by_itself() -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        bad.behave(http_status=502)
        with pytest.raises(
            Transient, match=r"eth_blockNumber failed: http://127\.0\.0\.1:\d+ HTTP 502: bad day"
        ):
            await node.call("eth_blockNumber")
        bad.behave()
        assert await node.call("eth_blockNumber") == "0x0"

    run(test, alone=True)


def test_call__the_connection_breaks_meanwhile__goes_on_over_a_new_one() -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        assert await node.call("eth_blockNumber") == "0x0"
        bad.drop_connections()
        anvil.mine()
        assert await node.call("eth_blockNumber") == "0x1"

    run(test, alone=True, pushed=True)


@pytest.mark.parametrize("fault", [{"mute": True}, {"hang": True}, {"lag": 5}, {"chain_id": 5}])
def test_heads__the_pushing_endpoint_misbehaves__none_is_missed(fault: dict[str, Any]) -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        anvil.mine(10)
        found = []
        async for head in heads(node, 0.3):
            found.append(head.number)
            if head.number == 12:
                bad.behave(**fault)
            if head.number == 16:
                break
            anvil.mine()
        assert found == [10, 11, 12, 13, 14, 15, 16]

    run(test, pushed=True)


def test_heads__the_connection_breaks__none_is_missed() -> None:
    async def test(anvil: Anvil, bad: BadNode, node: Node) -> None:
        found = []
        async for head in heads(node, 0.2):
            found.append(head.number)
            if head.number in (2, 4):
                bad.drop_connections()
            if head.number == 6:
                break
            anvil.mine()
        assert found == list(range(7))

    run(test, pushed=True, alone=True)


@pytest.mark.parametrize("kind", [WebSocket, Ipc])
def test_subscribe__new_heads__come_without_being_asked_for(kind: type[WebSocket | Ipc]) -> None:
    async def main(anvil: Anvil) -> None:
        transport = kind(anvil.ws if kind is WebSocket else anvil.ipc)
        queue = await transport.subscribe("newHeads")
        anvil.mine(2)
        numbers = [int((await asyncio.wait_for(queue.get(), 5))["number"], 16) for _ in range(2)]
        await transport.unsubscribe(queue)
        await transport.close()
        assert numbers == [1, 2]

    with running_anvil() as anvil:
        asyncio.run(main(anvil))


def test_ask__an_answer_that_comes_too_late__is_nobody_elses() -> None:
    async def main(bad: BadNode) -> None:
        transport = WebSocket(bad.ws)
        bad.behave({"eth_chainId"}, delay=0.3)
        late: list[Call] = [("eth_chainId", []), ("eth_chainId", [])]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.ask(late), 0.1)
        bad.behave({"eth_blockNumber"}, delay=0.4)
        both: list[Call] = [("eth_blockNumber", []), ("eth_blockNumber", [])]
        assert [a["result"] for a in await transport.ask(both)] == ["0x0", "0x0"]
        await transport.close()

    with running_anvil() as anvil, bad_node(anvil.http) as bad:
        asyncio.run(main(bad))
