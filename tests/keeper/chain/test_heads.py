"""New heads, without sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from keeper.chain.errors import Transient
from keeper.chain.heads import heads
from keeper.chain.rpc import Node
from tests.keeper.chain.fake_transport import CHAIN_ID, FakeTransport, block_hash, header

POLL = 0.02
# Long enough that nothing is polled.
NEVER = 1_000.0


def run(test: Callable[[Node], Awaitable[Any]], *transports: FakeTransport) -> Any:
    async def main() -> Any:
        async with Node(transports, CHAIN_ID, timeout=1.0, probe_seconds=1_000) as node:
            return await asyncio.wait_for(test(node), 20)

    return asyncio.run(main())


def test_heads__nothing_pushes__polls_and_says_each_once() -> None:
    only = FakeTransport(height=10)

    async def test(node: Node) -> list[int]:
        found = []
        async for head in heads(node, POLL):
            found.append(head.number)
            if head.number == 12:
                return found
            await asyncio.sleep(3 * POLL)
            only.height += 1
        return found

    assert run(test, only) == [10, 11, 12]


def test_heads__pushed__does_not_wait_for_a_poll() -> None:
    only = FakeTransport(height=10, pushes=True)

    async def test(node: Node) -> list[int]:
        found = []
        async for head in heads(node, NEVER):
            found.append(head.number)
            if head.number == 12:
                return found
            await only.subscribed.wait()
            only.height += 1
            only.queues[0].put_nowait(header(only.height))
        return found

    assert run(test, only) == [10, 11, 12]
    assert only.asked.count("subscribe newHeads") == 1


def test_heads__many_pushed_meanwhile__yields_the_newest() -> None:
    only = FakeTransport(height=10, pushes=True)

    async def test(node: Node) -> list[int]:
        found = []
        async for head in heads(node, NEVER):
            found.append(head.number)
            if head.number != 10:
                return found
            await only.subscribed.wait()
            for number in (11, 12, 13):
                only.queues[0].put_nowait(header(number))
            only.height = 13
            await asyncio.sleep(0.01)
        return found

    assert run(test, only) == [10, 13]


def test_heads__late_news_of_an_ancestor__is_no_new_head() -> None:
    only = FakeTransport(height=10, pushes=True)

    async def test(node: Node) -> list[int]:
        found = []
        async for head in heads(node, NEVER):
            found.append(head.number)
            if head.number == 11:
                return found
            await only.subscribed.wait()
            only.queues[0].put_nowait(header(9))
            await asyncio.sleep(0.01)
            only.height = 11
            only.queues[0].put_nowait(header(11))
        return found

    assert run(test, only) == [10, 11]


def test_heads__a_reorganisation_to_the_same_height__is_a_new_head() -> None:
    only = FakeTransport(height=10, pushes=True)

    async def test(node: Node) -> list[str]:
        found = []
        async for head in heads(node, NEVER):
            found.append(head.hash)
            if len(found) == 2:
                return found
            await only.subscribed.wait()
            only.fork = 1
            only.queues[0].put_nowait(header(10, fork=1))
        return found

    assert run(test, only) == [block_hash(10), block_hash(10, fork=1)]


def test_heads__the_subscription_falls_silent__polls_and_subscribes_again() -> None:
    only = FakeTransport(height=10, pushes=True)

    async def test(node: Node) -> list[int]:
        found = []
        async for head in heads(node, POLL):
            found.append(head.number)
            if only.asked.count("subscribe newHeads") == 2:
                return found
            await asyncio.sleep(2 * POLL)
            only.height += 1
        return found

    assert run(test, only)[:3] == [10, 11, 12]
    assert "unsubscribe" in only.asked


def test_heads__the_connection_ends__goes_on_with_the_next_endpoint() -> None:
    first = FakeTransport("first", height=10, pushes=True)
    second = FakeTransport("second", height=10, pushes=True)
    told: list[str] = []

    async def test(node: Node) -> list[int]:
        found = []
        async for head in heads(node, NEVER, lambda error: told.append(str(error))):
            found.append(head.number)
            if head.number == 11:
                return found
            await first.subscribed.wait()
            first.queues[0].put_nowait(None)
            await second.subscribed.wait()
            second.queues[0].put_nowait(header(11))
        return found

    assert run(test, first, second) == [10, 11]
    assert told == ["new heads: first closed the connection"]


def test_heads__all_endpoints_fail_for_a_while__tells_and_recovers() -> None:
    only = FakeTransport(height=10)
    told: list[Transient] = []

    async def test(node: Node) -> list[int]:
        found = []

        def trouble(error: Transient) -> None:
            told.append(error)
            only.down = ""

        async for head in heads(node, POLL, trouble):
            found.append(head.number)
            if head.number == 11:
                return found
            only.height = 11
            only.down = "HTTP 502: bad gateway"
        return found

    assert run(test, only) == [10, 11]
    assert str(told[0]) == "eth_getBlockByNumber failed: fake HTTP 502: bad gateway"


def test_heads__failover_to_a_node_behind__announces_no_old_head() -> None:
    first, second = FakeTransport("first", height=10), FakeTransport("second", height=9)

    async def test(node: Node) -> list[int]:
        found = []
        async for head in heads(node, POLL):
            found.append(head.number)
            if head.number == 12:
                return found
            if head.number == 10:
                first.height = 11
            if head.number == 11:
                first.down = "hangs"
                second.height = 11
                asyncio.get_running_loop().call_later(5 * POLL, setattr, second, "height", 12)
        return found

    assert run(test, first, second) == [10, 11, 12]
