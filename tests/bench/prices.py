"""Gas of a market's price by source, part of `make bench`: feeds as Chainlink and Pyth ship them.

What a trade pays for a price is what `OracleRouter.refresh` uses beyond the transaction that calls it: its
21,000 and its calldata. A market whose source pushes reads what is stored. A polled one asks its source, and
a new price is accepted, with its record and its event.
"""

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

from web3.contract import Contract

from scripts.sandbox.artifacts import artifact
from scripts.sandbox.market import Market
from tests.bench.waterfall import Measuring
from tests.helpers.parameters import WAD, SourceConfig
from tests.helpers.solidity import compiled

AGGREGATOR = "@chainlink/contracts/src/v0.8/tests/MockV3Aggregator.sol"
UPTIME = "@chainlink/contracts/src/v0.8/l2ep/dev/optimism/OptimismSequencerUptimeFeed.sol"
PYTH = "@pythnetwork/pyth-sdk-solidity/MockPyth.sol"
# With 8 decimals.
PRICE = 4_000 * 10**8
# Ids of the router, where nothing trades.
SIGNED, CHAINLINK, ROLLUP, PUSHED_PYTH, POLLED_PYTH = 60, 61, 62, 63, 64
NOBODY = "0x" + "00" * 20
HEARTBEAT = GRACE = 3_600
PRICE_ID = b"\x11" * 32
FEE = 1


class Feeds:
    """Sources in the router of a deployment, each with a price that was accepted."""

    def __init__(self, market: Market) -> None:
        self.market = market
        router = market.system.router
        self.aggregator = self._solidity(AGGREGATOR, 8, PRICE)
        uptime = self._solidity(UPTIME, market.sender, market.sender, False)
        market.send(uptime.functions.disableAccessCheck())
        self.pyth = self._solidity(PYTH, HEARTBEAT, FEE)
        feed = self.aggregator.address
        chainlink = self._vyper("ChainlinkSource", [(CHAINLINK, feed, HEARTBEAT)], NOBODY, 0)
        rollup = self._vyper("ChainlinkSource", [(ROLLUP, feed, HEARTBEAT)], uptime.address, GRACE)
        ids = [(market_id, PRICE_ID, WAD // 100) for market_id in (PUSHED_PYTH, POLLED_PYTH)]
        self.source = self._vyper("PythSource", self.pyth.address, router.address, ids)
        for market_id, source, polled in (
            (SIGNED, market.system.source, False),
            (CHAINLINK, chainlink, True),
            (ROLLUP, rollup, True),
            (PUSHED_PYTH, self.source, False),
            (POLLED_PYTH, self.source, True),
        ):
            config = SourceConfig(source.address, polled=polled)
            market.send(router.functions.set_source(market_id, astuple(config)))
        market.rpc("evm_increaseTime", GRACE)
        market.report(SIGNED, PRICE * 10**10)
        self.answer()
        self.update_source()
        market.send(router.functions.sync([CHAINLINK, ROLLUP, POLLED_PYTH]))

    def read(self, market_id: int) -> int:
        call = self.market.system.router.functions.refresh(market_id)
        data = bytes.fromhex(call._encode_transaction_data().removeprefix("0x"))
        return int(self.market.send(call)["gasUsed"]) - 21_000 - sum(16 if byte else 4 for byte in data)

    def answer(self) -> None:
        """Chainlink has a new price."""
        self.market.send(self.aggregator.functions.updateAnswer(PRICE + 1))

    def update_pyth(self) -> None:
        """Pyth has a new price, brought past our source."""
        self._pay(self.pyth.functions.updatePriceFeeds([self._update()]))

    def update_source(self) -> int:
        """Gas of an update of one feed, which one market takes over."""
        return self._pay(self.source.functions.update([self._update()], [PUSHED_PYTH]))

    def _update(self) -> bytes:
        now = self.market.w3.eth.get_block("latest")["timestamp"]
        create = self.pyth.functions.createPriceFeedUpdateData
        data: bytes = create(PRICE_ID, PRICE + 1, PRICE // 1_000, -8, PRICE, PRICE // 1_000, now, 0).call()
        return data

    def _pay(self, call: Any) -> int:
        w3 = self.market.w3
        receipt = w3.eth.wait_for_transaction_receipt(
            call.transact({"from": self.market.sender, "value": FEE})
        )
        if receipt["status"] != 1:
            raise RuntimeError(f"reverted: {call.fn_name}")
        return int(receipt["gasUsed"])

    def _solidity(self, source: str, *arguments: object) -> Contract:
        contract = compiled(source, source.rpartition("/")[2].removesuffix(".sol"))
        return self._deploy(contract.abi, contract.bytecode, *arguments)

    def _vyper(self, name: str, *arguments: object) -> Contract:
        contract = artifact(name)
        return self._deploy(contract.abi, contract.bytecode, *arguments)

    def _deploy(self, abi: list[dict[str, Any]], bytecode: str, *arguments: object) -> Contract:
        factory = self.market.w3.eth.contract(abi=abi, bytecode=bytecode)
        address = self.market.send(factory.constructor(*arguments))["contractAddress"]
        assert address is not None
        return self.market.w3.eth.contract(address=address, abi=abi)


def prices(bench: Measuring) -> None:
    feeds = Feeds(bench.market)
    bench.market.rpc("evm_increaseTime", 1)
    bench.market.rpc("evm_mine")
    bench.snapshot = bench.market.rpc("evm_snapshot")

    def after(news: Callable[[], object], market_id: int) -> Callable[[], int]:
        def read() -> int:
            news()
            return feeds.read(market_id)

        return read

    bench.repeat("price_signed", lambda: feeds.read(SIGNED))
    bench.repeat("price_chainlink", after(feeds.answer, CHAINLINK))
    bench.repeat("price_chainlink_same_round", lambda: feeds.read(CHAINLINK))
    bench.repeat("price_chainlink_behind_sequencer", after(feeds.answer, ROLLUP))
    bench.repeat("price_pyth", after(feeds.update_pyth, POLLED_PYTH))
    bench.repeat("price_pyth_update", feeds.update_source)
