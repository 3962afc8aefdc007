"""JSON-RPC over WebSocket and IPC: one connection for calls and for what the node pushes."""

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import aiohttp

from keeper.chain.errors import Transient
from keeper.chain.framing import MAX_MESSAGE, Call, encoded, matched, parsed, public_name, told


class Socket(ABC):
    """One connection that carries requests, answers and pushed messages; opened when first needed."""

    pushes = True

    def __init__(self, url: str) -> None:
        self.name = public_name(url)
        self._url = url
        self._ids = itertools.count(1)
        # By the first request id of a message.
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._subscribing: set[int] = set()
        self._queues: dict[str, asyncio.Queue[Any]] = {}
        self._reader_task: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _shut(self) -> None: ...

    @abstractmethod
    async def _write(self, message: bytes) -> None: ...

    @abstractmethod
    async def _read(self) -> bytes | str:
        """The next message; empty at the end."""

    async def ask(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        ids = [next(self._ids) for _ in calls]
        return await self._exchange(calls, ids)

    async def subscribe(self, kind: str) -> asyncio.Queue[Any]:
        ids = [next(self._ids)]
        # The reader makes the queue when it sees the answer: the first message may follow at once.
        self._subscribing.add(ids[0])
        try:
            [answer] = await self._exchange([("eth_subscribe", [kind])], ids)
        finally:
            self._subscribing.discard(ids[0])
        queue = self._queues.get(str(answer.get("result")))
        if queue is None:
            raise Transient(f"does not push {kind}: {str(answer.get('error'))[:80]}")
        return queue

    async def unsubscribe(self, queue: asyncio.Queue[Any]) -> None:
        for subscription in [s for s, q in self._queues.items() if q is queue]:
            del self._queues[subscription]
            await self.ask([("eth_unsubscribe", [subscription])])

    async def close(self) -> None:
        task, self._reader_task = self._reader_task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _exchange(self, calls: Sequence[Call], ids: Sequence[int]) -> list[dict[str, Any]]:
        async with self._lock:
            if self._reader_task is None or self._reader_task.done():
                try:
                    await self._open()
                except (aiohttp.ClientError, OSError) as error:
                    raise Transient(f"cannot be reached: {told(error, self._url)}") from error
                self._reader_task = asyncio.create_task(self._read_all())
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[ids[0]] = future
        try:
            await self._write(encoded(calls, ids))
            return matched(await future, ids)
        except (aiohttp.ClientError, OSError) as error:
            raise Transient(f"cannot be reached: {told(error, self._url)}") from error
        finally:
            self._waiting.pop(ids[0], None)

    async def _read_all(self) -> None:
        failure = Transient("closed the connection")
        try:
            while message := await self._read():
                self._take(parsed(message))
        except Transient as error:
            failure = error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = Transient(f"broke the connection: {told(error, self._url)}")
        finally:
            await self._shut()
            self._fail(failure)
            for queue in self._queues.values():
                queue.put_nowait(None)
            self._queues.clear()

    def _take(self, message: Any) -> None:
        if isinstance(message, dict) and message.get("method") == "eth_subscription":
            params = message.get("params")
            if isinstance(params, dict) and (queue := self._queues.get(str(params.get("subscription")))):
                queue.put_nowait(params.get("result"))
            return
        answers = message if isinstance(message, list) else [message]
        ids = [item.get("id") for item in answers if isinstance(item, dict)]
        for answer in answers:
            if not isinstance(answer, dict) or not isinstance(answer.get("id"), int):
                continue
            if answer["id"] in self._subscribing and answer.get("result"):
                self._queues[str(answer["result"])] = asyncio.Queue()
        for i in ids:
            future = self._waiting.get(i) if isinstance(i, int) else None
            if future is not None and not future.done():
                future.set_result(message)
                return
        if None in ids:
            self._fail(Transient(f"answered no request: {str(message)[:120]}"))

    def _fail(self, failure: Transient) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(failure)


class WebSocket(Socket):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def _open(self) -> None:
        session = aiohttp.ClientSession()
        try:
            self._socket = await session.ws_connect(self._url, heartbeat=30, max_msg_size=MAX_MESSAGE)
        except BaseException:
            await session.close()
            raise
        self._session = session

    async def _shut(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._session is not None:
            await self._session.close()

    async def _write(self, message: bytes) -> None:
        if self._socket is None or self._socket.closed:
            raise ConnectionError("closed")
        await self._socket.send_str(message.decode())

    async def _read(self) -> bytes | str:
        assert self._socket is not None
        message = await self._socket.receive()
        return message.data if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY) else b""


class Ipc(Socket):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def _open(self) -> None:
        self._streams = await asyncio.open_unix_connection(self._url, limit=MAX_MESSAGE)

    async def _shut(self) -> None:
        if self._streams is not None:
            self._streams[1].close()

    async def _write(self, message: bytes) -> None:
        assert self._streams is not None
        writer = self._streams[1]
        writer.write(message + b"\n")
        await writer.drain()

    async def _read(self) -> bytes | str:
        assert self._streams is not None
        return await self._streams[0].readline()
