"""A price from another chain: an AggregatorV3, or the OracleRouter of another Plimsoll."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils import function_signature_to_4byte_selector as selector

from keeper.chain.errors import ChainError
from keeper.feeds.base import FeedUnavailable, check_age, to_wad
from keeper.types import Observation

DECIMALS = selector("decimals()")
LATEST_ROUND_DATA = selector("latestRoundData()")
PRICE = selector("price(uint256)")
MAX_DECIMALS = 36


class RemoteNode(Protocol):
    """What is needed of chain.rpc.Node."""

    async def start(self) -> None: ...
    async def close(self) -> None: ...
    def call(self, method: str, params: Sequence[Any] = ...) -> Awaitable[Any]: ...


class _Remote:
    """Connects when it is read first, so that a dead other chain does not keep the daemon from starting."""

    def __init__(self, make_node: Callable[[], RemoteNode], address: str, max_age: float) -> None:
        self._make_node = make_node
        self._node: RemoteNode | None = None
        self._address = address
        self._max_age = max_age

    async def close(self) -> None:
        if self._node is not None:
            await self._node.close()
            self._node = None

    async def _ask(self, call: bytes, types: list[str]) -> tuple[Any, ...]:
        try:
            node = await self._connected()
            answer = await node.call("eth_call", [{"to": self._address, "data": "0x" + call.hex()}, "latest"])
        except ChainError as error:
            raise FeedUnavailable(f"the other chain: {error}") from None
        try:
            data = bytes.fromhex(str(answer).removeprefix("0x"))
            # Said here, not left to the decoder: other packages register ones that pad what is missing.
            if len(data) != 32 * len(types):
                raise ValueError("not the words that were asked for")
            return tuple(decode(types, data))
        except (DecodingError, ValueError):
            raise FeedUnavailable(f"{self._address} is no such contract on the other chain") from None

    async def _connected(self) -> RemoteNode:
        if self._node is None:
            node = self._make_node()
            try:
                await node.start()
            except BaseException:
                await node.close()
                raise
            self._node = node
        return self._node


class AggregatorFeed(_Remote):
    """As of now: an aggregator speaks when its price moves or its heartbeat is due, and holds in between."""

    _decimals: int | None = None

    async def read(self, now: float) -> Observation:
        if self._decimals is None:
            (decimals,) = await self._ask(DECIMALS, ["uint8"])
            if decimals > MAX_DECIMALS:
                raise FeedUnavailable(f"{self._address} has {decimals} decimals")
            self._decimals = decimals
        round_id, answer, _, updated_at, answered_in = await self._ask(
            LATEST_ROUND_DATA, ["uint80", "int256", "uint256", "uint256", "uint80"]
        )
        if answer <= 0 or answered_in < round_id:
            raise FeedUnavailable(f"{self._address} has no answer in round {round_id}")
        check_age(updated_at, now, self._max_age)
        # Through to_wad, for its bounds.
        return Observation(to_wad(f"{answer}e-{self._decimals}"), int(now))


class RouterFeed(_Remote):
    def __init__(
        self, make_node: Callable[[], RemoteNode], address: str, max_age: float, market_id: int
    ) -> None:
        super().__init__(make_node, address, max_age)
        self._call = PRICE + encode(["uint256"], [market_id])

    async def read(self, now: float) -> Observation:
        price, updated_at = await self._ask(self._call, ["uint256", "uint256"])
        check_age(updated_at, now, self._max_age)
        return Observation(to_wad(f"{price}e-18"), min(updated_at, int(now)))
