"""What PythSource and Pyth's contract say before an update is paid for."""

from collections.abc import Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from keeper.chain.calls import Function, function, pinned
from keeper.chain.errors import ChainError, Transient
from keeper.chain.reads import Reads
from keeper.feeds.base import FeedUnavailable
from keeper.types import BlockRef, PythPrice, PythRule

_PRICE = "(int64,uint64,int32,uint256)"
PARSE = Function(
    name="Pyth.parsePriceFeedUpdates",
    selector=bytes.fromhex("4716e9c5"),
    inputs=("bytes[]", "bytes32[]", "uint64", "uint64"),
    outputs=(f"(bytes32,{_PRICE},{_PRICE})[]",),
)
EVER = 2**64 - 1


class PythReads:
    """`payer`: in whose name Pyth is asked; it needs the fee, which is not taken."""

    def __init__(self, reads: Reads, payer: str) -> None:
        self._reads = reads
        self._payer = payer
        # A source never changes.
        self._rules: dict[tuple[str, int], PythRule] = {}

    async def rule(self, block: BlockRef, source: str, market_id: int) -> PythRule | None:
        """None: that contract takes no price of Pyth for the market."""
        known = self._rules.get((source, market_id))
        if known is None and (known := await self._read_rule(block, source, market_id)) is not None:
            self._rules[source, market_id] = known
        return known

    async def fee(self, block: BlockRef, source: str, data: Sequence[bytes]) -> int:
        """Wei. FeedUnavailable: Pyth makes nothing of the data."""
        ask = function("PythSource", "update_fee")
        [answer] = await self._reads.node.try_batch([pinned(source, ask.encoded(data), block.hash)])
        return int(_decoded(ask, answer))

    async def held(
        self, block: BlockRef, pyth: str, data: Sequence[bytes], price_ids: Sequence[bytes], fee: int
    ) -> dict[bytes, PythPrice]:
        """What the data holds of those feeds, signatures verified. FeedUnavailable: Pyth does not take it."""
        message = {
            "from": self._payer,
            "to": pyth,
            "data": PARSE.encoded(data, price_ids, 0, EVER),
            "value": hex(fee),
        }
        [answer] = await self._reads.node.try_batch([("eth_call", [message, {"blockHash": block.hash}])])
        return {price_id: PythPrice(*price) for price_id, price, _ in _decoded(PARSE, answer)}

    async def _read_rule(self, block: BlockRef, source: str, market_id: int) -> PythRule | None:
        feed_of, pyth_of = function("PythSource", "feed_of"), function("PythSource", "PYTH")
        calls = [
            pinned(source, feed_of.encoded(market_id), block.hash),
            pinned(source, pyth_of.encoded(), block.hash),
        ]
        feed, pyth = await self._reads.node.try_batch(calls)
        try:
            found, price_id, max_confidence = _decoded(feed_of, feed)
            address = to_checksum_address(_decoded(pyth_of, pyth))
        except FeedUnavailable:
            return None
        return PythRule(address, price_id, max_confidence) if found else None


def _decoded(view: Function, answer: Any) -> Any:
    """Here and not by the node's reader: a contract of another kind is not an endpoint's lie."""
    if isinstance(answer, Transient):
        raise answer
    try:
        if isinstance(answer, ChainError):
            raise answer
        return view.decoded(answer)
    except ChainError as error:
        raise FeedUnavailable(f"{view.name}: {error}") from None
