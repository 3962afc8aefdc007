"""A deployment on feeds of Chainlink and Pyth, as processes: priced by them, verified, changed 48 h ahead."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from web3 import HTTPProvider, Web3

from tests.deployment.stranger import Stranger, plain_anvil
from tests.helpers.foreign import deploy_aggregator, deploy_pyth, pyth_update
from tests.helpers.solidity import needs_solidity

pytestmark = needs_solidity

SIGNED = ("--account", "stranger")
# How Chainlink's test contract describes itself: the market must be called so too.
DESCRIPTION = "v0.8/tests/MockV3Aggregator.sol"
PRICE_ID = "0x" + "cd" * 32
# Deploys the feeds.
ORACLE = Web3.to_checksum_address("0x" + "0a" * 20)
SOURCE = "source: {max_age: 3600, max_move: 0.1, confirm: 60, stale_move: 0.3, update_threshold: 0.005}"


@dataclass
class FedStranger:
    """A stranger whose first market stands on Chainlink, with Pyth beside it, and whose second on Pyth."""

    stranger: Stranger
    w3: Web3
    aggregator: Any
    pyth: Any
    # The parameters without feeds.
    original: str = ""

    def write(self, heartbeat: int = 3_000) -> None:
        text = self.original = self.original or self.stranger.params.read_text()
        chainlink = f"{{kind: chainlink, address: {self.aggregator.address}, heartbeat: {heartbeat}}}"
        pyth = f"{{kind: pyth, price_id: {PRICE_ID}, max_confidence: 0.01}}"
        head, first, second = text.split(SOURCE)
        rules = SOURCE.removeprefix("source: {")
        text = f"{head}source: {{feed: {chainlink}, second: {pyth}, {rules}{first}"
        text += f"source: {{feed: {pyth}, {rules}{second}"
        text = text.replace("name: ETH-USD", f"name: {DESCRIPTION}")
        text = text.replace("decimals: 6", f"decimals: 6\npyth: {{address: {self.pyth.address}}}")
        self.stranger.params.write_text(text)

    def update_pyth(self) -> None:
        at = self.w3.eth.get_block("latest")["timestamp"]
        price = (100_000 * 10**8, 10**8, -8, at)
        data = pyth_update(bytes.fromhex(PRICE_ID[2:]), price)
        self._wait(self.pyth.functions.updatePriceFeeds([data]).transact({"from": ORACLE, "value": 1}))

    def answer(self) -> None:
        self._wait(self.aggregator.functions.updateAnswer(3_000 * 10**8).transact({"from": ORACLE}))

    def _wait(self, transaction: Any) -> None:
        assert self.w3.eth.wait_for_transaction_receipt(transaction)["status"] == 1


@pytest.fixture(scope="module")
def fed_stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FedStranger]:
    with plain_anvil() as port:
        w3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
        w3.provider.make_request("anvil_setBalance", [ORACLE, hex(10**20)])  # type: ignore[arg-type]
        w3.provider.make_request("anvil_impersonateAccount", [ORACLE])  # type: ignore[arg-type]
        aggregator = deploy_aggregator(w3, ORACLE, 8, 3_000 * 10**8)
        pyth = deploy_pyth(w3, ORACLE, 1)
        yield FedStranger(Stranger(tmp_path_factory.mktemp("fed"), port), w3, aggregator, pyth)


def test_scripts__feeds__deployed_priced_and_verified(fed_stranger: FedStranger) -> None:
    stranger = fed_stranger.stranger
    fed_stranger.write()
    code, output = stranger.run("deploy", *SIGNED)
    assert code == 0, output
    contracts = stranger.recorded()["contracts"]
    assert list(contracts)[-3:] == ["Lens", "ChainlinkSource", "PythSource"]

    # Pyth has no price on this chain yet: the first market is listed, the second waits for one.
    fed_stranger.answer()
    code, output = stranger.run("configure", *SIGNED, "--yes")
    assert code == 0, output
    assert "OracleRouter.sync: block" in output
    assert "have a keeper push one to PythSource, then run configure again" in output
    fed_stranger.update_pyth()
    code, output = stranger.run("configure", *SIGNED, "--yes")
    assert code == 0, output
    assert "PythSource.pull: block" in output
    assert "done: the chain is as the parameters say" in output

    code, output = stranger.run("verify_deployment")
    assert code == 0, output
    assert f"Chainlink: {fed_stranger.aggregator.address}, {DESCRIPTION}, 8 decimals" in output
    assert f"market 2 (BTC-USD) Pyth: {PRICE_ID}, has a price on the chain" in output
    assert "verified: 11 contracts, 2 markets" in output


def test_scripts__another_heartbeat__another_source_that_is_only_announced(fed_stranger: FedStranger) -> None:
    stranger = fed_stranger.stranger
    before = stranger.recorded()["contracts"]
    fed_stranger.write(heartbeat=2_000)
    code, output = stranger.run("deploy", *SIGNED)
    assert code == 0, output
    assert f"ChainlinkSource at {before['ChainlinkSource']['address']} has other feeds" in output
    after = stranger.recorded()
    assert after["abandoned"] == {before["ChainlinkSource"]["address"]: "ChainlinkSource"}
    assert after["contracts"]["PythSource"] == before["PythSource"]

    code, output = stranger.run("configure", *SIGNED, "--yes")
    assert code == 0, output
    assert "scheduled: run configure again after" in output
    # What is in force still is the old one, and says so.
    code, output = stranger.run("verify_deployment")
    assert code == 1, output
    assert before["ChainlinkSource"]["address"] in output
