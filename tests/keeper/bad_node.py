"""A proxy on loopback in front of a node that errs, hangs, lags, lies, drops and invents logs: on command."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

START_SECONDS = 20
# How often new heads are looked for, for those who subscribe.
WATCH_SECONDS = 0.05
MAX_MESSAGE = 2**27


@dataclass(frozen=True)
class Faults:
    """What is wrong at the moment, with the named methods only (empty: with all of them)."""

    methods: frozenset[str] = frozenset()
    # HTTP status instead of an answer.
    http_status: int = 0
    # JSON-RPC error instead of an answer: code and message.
    error: tuple[int, str] | None = None
    # Never answers.
    hang: bool = False
    # Does what it is asked, and never says so.
    hang_after: bool = False
    # Answers so many seconds late.
    delay: float = 0.0
    # So many blocks behind the chain.
    lag: int = 0
    # The chain id it claims; 0: the truth.
    chain_id: int = 0
    # Leaves out every log, or each second one.
    drop_logs: bool = False
    drop_half: bool = False
    # Says the first log twice.
    repeat_logs: bool = False
    # Adds a log that never was: a copy of the last one with the next index.
    invent_logs: bool = False
    # Text that is not JSON.
    garbage: bool = False
    # Results that are not what the method gives.
    nonsense: bool = False
    # Subscribers hear nothing.
    mute: bool = False
    # Takes transactions, says the hash, and forgets them.
    swallow: bool = False


class BadNode:
    """Serves HTTP and WebSocket on `url` and `ws`. Without faults it is an honest node.

    `behave(hang=True, methods={"eth_getLogs"})` sets faults, `behave()` ends them; both from any thread.
    Requests are counted by method in `requests`.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.requests: Counter[str] = Counter()
        self.port = 0
        self._faults = Faults()
        self._faults_left: int | None = None
        self._loop = asyncio.new_event_loop()
        self._hung: set[asyncio.Future[None]] = set()
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def behave(self, methods: set[str] | frozenset[str] = frozenset(), **faults: Any) -> None:
        self._faults = Faults(frozenset(methods), **faults)
        self._faults_left = None
        if not (self._faults.hang or self._faults.hang_after):
            self._loop.call_soon_threadsafe(self._release)

    def mend_after(self, requests: int) -> None:
        """End the faults once they have met so many requests."""
        self._faults_left = requests

    def drop_connections(self) -> None:
        """Close every WebSocket."""

        async def close() -> None:
            for ws in list(self._sockets):
                await ws.close()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(START_SECONDS)

    # -- one request
    def _at_fault(self, method: str) -> bool:
        return not self._faults.methods or method in self._faults.methods

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        method = str(request.get("method"))
        self.requests[method] += 1
        faults = self._faults if self._at_fault(method) else Faults()
        if faults is self._faults and self._faults_left is not None:
            self._faults_left -= 1
            if self._faults_left < 0:
                self._faults = faults = Faults()
        if faults.hang:
            await self._hang()
        if faults.delay:
            await asyncio.sleep(faults.delay)
        if faults.error is not None:
            return _error(request, *faults.error)
        if faults.nonsense:
            return {"jsonrpc": "2.0", "id": request.get("id"), "result": {"what": "ever"}}
        if faults.lag and (answer := await self._lagging(request, faults.lag)) is not None:
            return answer
        if faults.swallow and method == "eth_sendRawTransaction":
            from eth_utils import keccak

            digest = keccak(hexstr=request["params"][0])
            return {"jsonrpc": "2.0", "id": request.get("id"), "result": "0x" + digest.hex()}
        answer = await self._forward(request)
        if faults.hang_after:
            await self._hang()
        if faults.chain_id and method == "eth_chainId":
            answer["result"] = hex(faults.chain_id)
        if method == "eth_getLogs" and isinstance(answer.get("result"), list):
            answer["result"] = _spoiled(answer["result"], faults)
        return answer

    async def _hang(self) -> None:
        hung = self._loop.create_future()
        self._hung.add(hung)
        await hung

    async def _lagging(self, request: dict[str, Any], lag: int) -> dict[str, Any] | None:
        """An old node's answer; None: forward the request, whose block tags have become old numbers."""
        method, params = request["method"], request.setdefault("params", [])
        height = int((await self._ask("eth_blockNumber"))["result"], 16)
        old = max(height - lag, 0)
        if method == "eth_blockNumber":
            return {"jsonrpc": "2.0", "id": request.get("id"), "result": hex(old)}
        for i, param in enumerate(params):
            if param in ("latest", "pending", "safe", "finalized"):
                params[i] = hex(old)
        if method == "eth_getBlockByNumber" and int(params[0], 16) > old:
            return {"jsonrpc": "2.0", "id": request.get("id"), "result": None}
        if method == "eth_getBlockByHash":
            header = (await self._ask(method, *params))["result"]
            if header and int(header["number"], 16) > old:
                return {"jsonrpc": "2.0", "id": request.get("id"), "result": None}
        if method == "eth_getLogs":
            block_hash = params[0].get("blockHash")
            header = (
                (await self._ask("eth_getBlockByHash", block_hash, False))["result"] if block_hash else None
            )
            if header and int(header["number"], 16) > old:
                return _error(request, -32000, "unknown block")
        return None

    async def _ask(self, method: str, *params: Any) -> dict[str, Any]:
        return await self._forward({"jsonrpc": "2.0", "id": 0, "method": method, "params": list(params)})

    async def _forward(self, request: dict[str, Any]) -> dict[str, Any]:
        async with self._session.post(self.upstream, json=request) as response:
            answer = await response.json(content_type=None)
            assert isinstance(answer, dict)
            return answer

    # -- serving
    async def _handle(self, http_request: web.Request) -> web.StreamResponse:
        if http_request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._serve_socket(http_request)
        body = await http_request.json()
        requests = body if isinstance(body, list) else [body]
        faulty = [r for r in requests if self._at_fault(str(r.get("method")))]
        if faulty and self._faults.http_status:
            return web.Response(status=self._faults.http_status, text="bad day")
        if faulty and self._faults.garbage:
            return web.Response(text="<html>not JSON</html>")
        answers = await asyncio.gather(*map(self._answer, requests))
        return web.json_response(answers if isinstance(body, list) else answers[0])

    async def _serve_socket(self, http_request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(max_msg_size=MAX_MESSAGE)
        await ws.prepare(http_request)
        self._sockets.add(ws)
        tasks: set[asyncio.Task[None]] = set()
        try:
            async for message in ws:
                tasks.add(asyncio.create_task(self._serve_message(ws, message.json(), tasks)))
        finally:
            self._sockets.discard(ws)
            for task in tasks:
                task.cancel()
        return ws

    async def _serve_message(
        self, ws: web.WebSocketResponse, body: Any, tasks: set[asyncio.Task[None]]
    ) -> None:
        requests = body if isinstance(body, list) else [body]
        if self._faults.garbage and any(self._at_fault(str(r.get("method"))) for r in requests):
            await ws.send_str("<html>not JSON</html>")
        elif not isinstance(body, list) and body.get("method") == "eth_subscribe":
            self.requests["eth_subscribe"] += 1
            if self._faults.hang and self._at_fault("eth_subscribe"):
                return
            await ws.send_json({"jsonrpc": "2.0", "id": body["id"], "result": "0xfeed"})
            tasks.add(asyncio.create_task(self._push_heads(ws)))
        else:
            answers = await asyncio.gather(*map(self._answer, requests))
            await ws.send_json(answers if isinstance(body, list) else answers[0])

    async def _push_heads(self, ws: web.WebSocketResponse) -> None:
        last = None
        while not ws.closed:
            header = (await self._ask("eth_getBlockByNumber", "latest", False))["result"]
            if self._faults.lag:
                old = max(int(header["number"], 16) - self._faults.lag, 0)
                header = (await self._ask("eth_getBlockByNumber", hex(old), False))["result"]
            if last is not None and header["hash"] != last and not (self._faults.mute or self._faults.hang):
                params = {"subscription": "0xfeed", "result": header}
                await ws.send_json({"jsonrpc": "2.0", "method": "eth_subscription", "params": params})
            last = header["hash"]
            await asyncio.sleep(WATCH_SECONDS)

    def _release(self) -> None:
        for hung in self._hung:
            if not hung.done():
                hung.set_result(None)
        self._hung.clear()

    async def _start(self) -> web.AppRunner:
        self._session = aiohttp.ClientSession()
        app = web.Application(client_max_size=MAX_MESSAGE)
        app.router.add_route("*", "/", self._handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = int(runner.addresses[0][1])
        return runner

    async def _stop(self, runner: web.AppRunner) -> None:
        self._release()
        await runner.cleanup()
        await self._session.close()

    def run(self, started: threading.Event) -> None:
        """Serve until the loop is stopped; for a thread of its own."""
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._start())
        started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._stop(runner))
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


@contextmanager
def bad_node(upstream: str) -> Iterator[BadNode]:
    """A proxy in front of the HTTP endpoint `upstream`, in a thread of its own."""
    node = BadNode(upstream)
    started = threading.Event()
    thread = threading.Thread(target=node.run, args=(started,), daemon=True)
    thread.start()
    if not started.wait(START_SECONDS):
        raise RuntimeError("the proxy did not start")
    try:
        yield node
    finally:
        node.stop()
        thread.join(START_SECONDS)


def _error(request: dict[str, Any], code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request.get("id"), "error": {"code": code, "message": message}}


def _spoiled(logs: list[dict[str, Any]], faults: Faults) -> list[dict[str, Any]]:
    if faults.drop_logs:
        return []
    if faults.drop_half:
        return logs[::2]
    if faults.invent_logs and logs:
        return [*logs, {**logs[-1], "logIndex": hex(int(logs[-1]["logIndex"], 16) + 1)}]
    if faults.repeat_logs and logs:
        return [logs[0], *logs]
    return logs
