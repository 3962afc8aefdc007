"""The chain as the keeper sees it: several endpoints behind one `call`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self, TypeVar

from keeper.chain.endpoint import Endpoint, EndpointHealth, jittered, transport
from keeper.chain.errors import Behind, ChainError, ChainIdMismatch, Lying, Transient, classified
from keeper.chain.framing import Call, Transport
from keeper.chain.parse import block_ref, quantity

Parse = Callable[[Any], Any]
T = TypeVar("T")

# Requests in one message: what providers take.
BATCH = 100
ROUNDS = 2
# What reading an answer of another shape than the method's ends in.
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
PAUSE_SECONDS = 0.25
PROBE: tuple[Call, ...] = (("eth_chainId", ()), ("eth_getBlockByNumber", ("latest", False)))


class Node:
    """Asks the first endpoint in the configured order that is sound, and the next one when it fails.

    A probe every `probe_seconds` bars an endpoint that serves another chain or is more than `max_lag` blocks
    behind the best, and lets it back in. `timeout`: seconds for one message.
    """

    def __init__(
        self,
        endpoints: Sequence[str | Transport],
        chain_id: int,
        max_lag: int = 3,
        timeout: float = 5.0,
        probe_seconds: float = 2.0,
    ) -> None:
        self.endpoints = [Endpoint(transport(e) if isinstance(e, str) else e) for e in endpoints]
        self.chain_id = chain_id
        self.max_lag = max_lag
        self.timeout = timeout
        self.probe_seconds = probe_seconds
        self._probing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Probe all endpoints. Fatal if all that answer serve another chain, Transient if none answers."""
        await self.probe()
        self._order()
        self._probing = asyncio.create_task(self._probe_forever())

    async def close(self) -> None:
        task, self._probing = self._probing, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        for endpoint in self.endpoints:
            await endpoint.transport.close()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def health(self) -> list[EndpointHealth]:
        return [endpoint.health() for endpoint in self.endpoints]

    def pusher(self) -> Endpoint | None:
        """The first sound endpoint that can subscribe."""
        return next((e for e in self.endpoints if e.usable and e.transport.pushes), None)

    async def call(self, method: str, params: Sequence[Any] = (), parse: Parse | None = None) -> Any:
        """The raw result, or what `parse` makes of it.

        `parse` raises Lying or Behind on an answer that cannot be used: the next endpoint is asked.
        """

        async def work(endpoint: Endpoint) -> Any:
            [answer] = await self._ask(endpoint, [(method, params)])
            return _read(parse, _result(answer, method), method)

        return await self._attempt(work, method)

    async def batch(self, calls: Sequence[Call], parse: Parse | None = None) -> Any:
        """The raw results of all calls, or what `parse` makes of them. One error fails all."""

        async def work(endpoint: Endpoint) -> Any:
            answers = await self._ask_all(endpoint, calls)
            results = [_result(answer, method) for answer, (method, _) in zip(answers, calls, strict=True)]
            return _read(parse, results, calls[0][0])

        return await self._attempt(work, calls[0][0]) if calls else []

    async def try_batch(self, calls: Sequence[Call]) -> list[Any]:
        """Each call's raw result, or its error as a value."""

        async def work(endpoint: Endpoint) -> list[Any]:
            answers = await self._ask_all(endpoint, calls)
            return [_result_or_error(a, method) for a, (method, _) in zip(answers, calls, strict=True)]

        return await self._attempt(work, calls[0][0]) if calls else []

    async def spread(self, calls: Sequence[Call]) -> list[Any]:
        """As `try_batch`, by all sound endpoints at once: each call's result from any of them, else an error.

        For transactions that one endpoint took and did not pass on.
        """

        async def ask(endpoint: Endpoint) -> list[Any]:
            try:
                answers = await self._ask_all(endpoint, calls)
            except Transient as error:
                endpoint.failed(error)
                return [error] * len(calls)
            return [_result_or_error(a, method) for a, (method, _) in zip(answers, calls, strict=True)]

        every = await asyncio.gather(*map(ask, self._order()))
        return [
            min(found, key=lambda answer: isinstance(answer, ChainError))
            for found in zip(*every, strict=True)
        ]

    async def probe(self) -> None:
        """Learn each endpoint's chain and height, and bar or readmit it."""
        await asyncio.gather(*(self._probe(endpoint) for endpoint in self.endpoints))
        heights = [e.height for e in self.endpoints if e.chain_id == self.chain_id and not e.resting]
        best = max(heights, default=0)
        for endpoint in self.endpoints:
            if endpoint.chain_id is None:
                continue
            if endpoint.chain_id != self.chain_id:
                endpoint.barred = f"serves chain {endpoint.chain_id}, the configuration names {self.chain_id}"
            elif best - endpoint.height > self.max_lag:
                endpoint.barred = f"is {best - endpoint.height} blocks behind the best endpoint"
            else:
                endpoint.barred = ""

    async def _probe(self, endpoint: Endpoint) -> None:
        try:
            answers = await self._ask(endpoint, PROBE)
            chain, head = (_result(a, method) for a, (method, _) in zip(answers, PROBE, strict=True))
            endpoint.chain_id = quantity(chain)
            endpoint.height = block_ref(head).number
        except Transient as error:
            endpoint.failed(error)
        except ChainError as error:
            endpoint.failed(Transient(str(error)))
        else:
            endpoint.probed()

    async def _probe_forever(self) -> None:
        while True:
            await asyncio.sleep(jittered(self.probe_seconds))
            await self.probe()

    def _order(self) -> list[Endpoint]:
        """Sound endpoints as configured; if there are none, those that rest."""
        reached = [e for e in self.endpoints if not e.barred]
        order = [e for e in reached if not e.resting] or reached
        if order:
            return order
        summary = "; ".join(f"{e.name} {e.problem}" for e in self.endpoints)
        known = [e.chain_id for e in self.endpoints if e.chain_id is not None]
        if known and all(chain_id != self.chain_id for chain_id in known):
            raise ChainIdMismatch(f"{summary}: correct the chain id or the endpoints in the configuration")
        raise Transient(f"no endpoint can be used: {summary}")

    async def _attempt(self, work: Callable[[Endpoint], Awaitable[T]], what: str) -> T:
        reasons: dict[str, str] = {}
        for attempt in range(ROUNDS):
            if attempt:
                await asyncio.sleep(jittered(PAUSE_SECONDS))
            for endpoint in self._order():
                try:
                    result = await work(endpoint)
                except Behind as error:
                    reasons[endpoint.name] = str(error)
                except Transient as error:
                    endpoint.failed(error)
                    reasons[endpoint.name] = str(error)
                else:
                    endpoint.answered()
                    return result
        raise Transient(f"{what} failed: " + "; ".join(f"{name} {why}" for name, why in reasons.items()))

    async def _ask_all(self, endpoint: Endpoint, calls: Sequence[Call]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for first in range(0, len(calls), BATCH):
            answers += await self._ask(endpoint, calls[first : first + BATCH])
        return answers

    async def _ask(self, endpoint: Endpoint, calls: Sequence[Call]) -> list[dict[str, Any]]:
        endpoint.requests += len(calls)
        try:
            async with asyncio.timeout(self.timeout):
                return await endpoint.transport.ask(calls)
        except TimeoutError:
            raise Transient(f"did not answer {calls[0][0]} within {self.timeout:g} s") from None


def _read(parse: Parse | None, result: Any, method: str) -> Any:
    try:
        return parse(result) if parse else result
    except UNREADABLE as error:
        raise Lying(f"{method}: answered what cannot be read ({type(error).__name__})") from error


def _result(answer: dict[str, Any], method: str) -> Any:
    if answer.get("error") is not None:
        raise classified(answer["error"], method)
    if "result" not in answer:
        raise Lying(f"{method}: no result")
    return answer["result"]


def _result_or_error(answer: dict[str, Any], method: str) -> Any:
    try:
        return _result(answer, method)
    except ChainError as error:
        return error
