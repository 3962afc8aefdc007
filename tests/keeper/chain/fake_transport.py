"""A transport without sockets: answers by a table, failures on command."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from keeper.chain.errors import Transient
from keeper.chain.framing import Call

CHAIN_ID = 7
Answer = Callable[..., Any]


def block_hash(number: int, fork: int = 0) -> str:
    return f"0x{fork:02x}{number:062x}"


def header(number: int, fork: int = 0, bloom: int = 0) -> dict[str, Any]:
    return {
        "number": hex(number),
        "hash": block_hash(number, fork),
        "parentHash": block_hash(number - 1, fork) if number else "0x" + "0" * 64,
        "timestamp": hex(1_000 + number),
        "logsBloom": f"0x{bloom:0512x}",
    }


class FakeTransport:
    """`answers[method](*params)` gives a result, or raises RpcFailure."""

    def __init__(self, name: str = "fake", height: int = 10, pushes: bool = False) -> None:
        self.name = name
        self.pushes = pushes
        self.height = height
        self.chain_id = CHAIN_ID
        self.fork = 0
        self.down = ""
        self.asked: list[str] = []
        self.queues: list[asyncio.Queue[Any]] = []
        self.subscribed = asyncio.Event()
        self.answers: dict[str, Answer] = {
            "eth_chainId": lambda: hex(self.chain_id),
            "eth_blockNumber": lambda: hex(self.height),
            "eth_getBlockByNumber": self._by_number,
            "eth_getBlockByHash": self._by_hash,
        }

    def _by_number(self, tag: str, _: bool) -> Any:
        number = self.height if tag == "latest" else int(tag, 16)
        return header(number, self.fork) if number <= self.height else None

    def _by_hash(self, wanted: str, _: bool) -> Any:
        number = int(wanted[4:], 16)
        return header(number, self.fork) if block_hash(number, self.fork) == wanted else None

    async def ask(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        await asyncio.sleep(0)
        if self.down:
            raise Transient(self.down)
        return [self._answer(method, params) for method, params in calls]

    def _answer(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        self.asked.append(method)
        try:
            return {"id": 1, "result": self.answers[method](*params)}
        except RpcFailure as failure:
            return {"id": 1, "error": failure.error}

    async def subscribe(self, kind: str) -> asyncio.Queue[Any]:
        self.asked.append(f"subscribe {kind}")
        if self.down:
            raise Transient(self.down)
        self.queues.append(asyncio.Queue())
        self.subscribed.set()
        return self.queues[-1]

    async def unsubscribe(self, queue: asyncio.Queue[Any]) -> None:
        self.asked.append("unsubscribe")
        self.queues.remove(queue)

    async def close(self) -> None:
        self.asked.append("close")


class RpcFailure(Exception):
    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, "data": data}
