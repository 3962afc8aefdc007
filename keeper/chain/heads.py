"""New heads, pushed where an endpoint can push, polled otherwise and whenever the pushing falls silent."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable

from keeper.chain.blocks import block_at, latest
from keeper.chain.endpoint import Endpoint, jittered
from keeper.chain.errors import Transient
from keeper.chain.parse import block_ref
from keeper.chain.rpc import Node
from keeper.types import BlockRef

# Heads that are remembered, so that an endpoint which is a little behind does not announce them again.
REMEMBERED = 256
# Polls in a row that found a head which should have been pushed: the subscription is dead.
BEATEN = 2


async def heads(
    node: Node, poll_seconds: float, trouble: Callable[[Transient], None] | None = None
) -> AsyncIterator[BlockRef]:
    """Each head once, newest only: who is slow gets fewer, and reads the blocks between.

    Transient failures are told to `trouble` and do not end it; Fatal ones do.
    """
    feed = _Feed(node, trouble)
    seen: OrderedDict[str, None] = OrderedDict()
    last: BlockRef | None = None
    beaten = 0
    # The first head need not wait for the next block.
    head = None
    try:
        while True:
            # A pushed block that is not above the last head may be late news or a reorganisation: ask which.
            pushed = head is not None and (last is None or head.number > last.number)
            if not pushed:
                try:
                    head = await latest(node)
                except Transient as error:
                    _tell(trouble, error)
                    head = None
            if head is not None and head.hash not in seen and not await _is_late(node, head, last):
                beaten = 0 if pushed or feed.idle else beaten + 1
                seen[head.hash] = None
                if len(seen) > REMEMBERED:
                    seen.popitem(last=False)
                last = head
                yield head
            if beaten >= BEATEN:
                beaten = 0
                await feed.restart()
            head = await feed.next(poll_seconds)
    finally:
        await feed.stop()


async def _is_late(node: Node, head: BlockRef, last: BlockRef | None) -> bool:
    """Lower than the last head, which still stands: an endpoint that is behind, not a reorganisation."""
    if last is None or head.number >= last.number:
        return False
    try:
        return (await block_at(node, last.number)).hash == last.hash
    except Transient:
        return False


def _tell(trouble: Callable[[Transient], None] | None, error: Transient) -> None:
    if trouble is not None:
        trouble(error)


class _Feed:
    """A subscription that is opened again, elsewhere if need be, whenever it ends."""

    def __init__(self, node: Node, trouble: Callable[[Transient], None] | None) -> None:
        self._node = node
        self._trouble = trouble
        self._queue: asyncio.Queue[BlockRef] = asyncio.Queue()
        self._task = asyncio.create_task(self._run())
        # No endpoint pushes: nothing can be late.
        self.idle = True

    async def next(self, seconds: float) -> BlockRef | None:
        """The newest pushed head within that time."""
        try:
            async with asyncio.timeout(seconds):
                head = await self._queue.get()
        except TimeoutError:
            return None
        while not self._queue.empty():
            head = self._queue.get_nowait()
        return head

    async def restart(self) -> None:
        await self.stop()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            endpoint = self._node.pusher()
            self.idle = endpoint is None
            if endpoint is not None:
                try:
                    await self._follow(endpoint)
                except Transient as error:
                    endpoint.failed(error)
                    _tell(self._trouble, Transient(f"new heads: {endpoint.name} {error}"))
            await asyncio.sleep(jittered(1.0))

    async def _follow(self, endpoint: Endpoint) -> None:
        try:
            async with asyncio.timeout(self._node.timeout):
                queue = await endpoint.transport.subscribe("newHeads")
        except TimeoutError:
            raise Transient(f"did not answer eth_subscribe within {self._node.timeout:g} s") from None
        try:
            while True:
                raw = await queue.get()
                if raw is None:
                    raise Transient("closed the connection")
                if self._node.pusher() is not endpoint:
                    return
                head = block_ref(raw)
                # Only the newest is asked for, however long that takes.
                while not self._queue.empty():
                    self._queue.get_nowait()
                self._queue.put_nowait(head)
        finally:
            with contextlib.suppress(TimeoutError, Transient):
                async with asyncio.timeout(self._node.timeout):
                    await endpoint.transport.unsubscribe(queue)
