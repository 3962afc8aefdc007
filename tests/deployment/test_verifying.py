"""What is said of feeds that are not those of the parameters. The chain is scripted."""

from typing import Any, cast

import pytest

from scripts.build_cache import ROOT
from scripts.deployment import plan, verifying
from scripts.deployment.chain import Node
from scripts.deployment.fields import WAD, ZERO
from scripts.deployment.params import load
from scripts.deployment.record import Record, Step

DEPLOYER = "0xe239cdc5fbe977a8a141B72194D3CF8c41bC5BC6"
PARAMS = load(ROOT / "scripts" / "params" / "sepolia.yaml").resolved(DEPLOYER)
CHAINLINK, PYTH = PARAMS.chainlink_feeds(), PARAMS.pyth_feeds()
RECORD = Record(
    network="sepolia",
    chain_id=1,
    deployer=DEPLOYER,
    compiler="c",
    sources="s",
    contracts={
        step.name: Step(nonce=step.nonce, address=step.address, arguments=step.arguments, block=1)
        for step in plan.make(PARAMS, DEPLOYER, {}, 0)
    },
)


class ScriptedNode:
    """Sources and feeds as the parameters say; a test changes `says`."""

    def __init__(self) -> None:
        assert PARAMS.pyth is not None
        self.says: dict[Any, Any] = {
            ("ChainlinkSource", "sequencer"): ZERO,
            ("ChainlinkSource", "grace"): 0,
            ("PythSource", "PYTH"): PARAMS.pyth.address,
            "priceFeedExists(bytes32)": True,
            "decimals()": 8,
            (CHAINLINK[1].address, "description()"): "ETH / USD",
            (CHAINLINK[2].address, "description()"): "BTC / USD",
        }
        for market_id, feed in CHAINLINK.items():
            held = [market_id, feed.address, feed.heartbeat]
            self.says["ChainlinkSource", "feed_of", market_id] = held
        for market_id, pyth in PYTH.items():
            held = [market_id, bytes.fromhex(pyth.price_id[2:]), WAD // 100]
            self.says["PythSource", "feed_of", market_id] = held

    def call(self, name: str, address: str, function: str, *arguments: Any) -> Any:
        assert address == RECORD.address(name)
        return self.says[name, function, *arguments]

    def ask(self, address: str, signature: str, _output: str, *_arguments: Any) -> Any:
        return self.says.get((address, signature), self.says.get(signature))


def _found(node: ScriptedNode) -> tuple[list[str], list[str]]:
    return verifying.feeds(cast("Node", node), PARAMS, RECORD)


def test_feeds__as_the_parameters_say__are_shown() -> None:
    lines, mistakes = _found(ScriptedNode())
    assert mistakes == []
    assert lines[0] == f"market 1 (ETH-USD) Chainlink: {CHAINLINK[1].address}, ETH / USD, 8 decimals"
    assert lines[3] == f"market 2 (BTC-USD) Pyth: {PYTH[2].price_id}, has a price on the chain"


@pytest.mark.parametrize(
    ("said", "answer", "mistake"),
    [
        ((CHAINLINK[1].address, "description()"), "BTC / USD", "describes itself as 'BTC / USD'"),
        (("ChainlinkSource", "feed_of", 2), [2, DEPLOYER, 4_500], "market 2 (BTC-USD) Chainlink is (2, "),
        (("ChainlinkSource", "sequencer"), DEPLOYER, f"sequencer is {DEPLOYER}, not {ZERO}"),
        (("ChainlinkSource", "grace"), 60, "grace is 60, not 0"),
        (("PythSource", "PYTH"), DEPLOYER, f"contract is {DEPLOYER}, not"),
        (("PythSource", "feed_of", 1), [1, bytes(32), WAD // 100], "market 1 (ETH-USD) Pyth is (1, '0x00"),
        ("priceFeedExists(bytes32)", None, "does not answer as Pyth's contract"),
    ],
)
def test_feeds__otherwise__is_a_mismatch(said: Any, answer: Any, mistake: str) -> None:
    node = ScriptedNode()
    node.says[said] = answer
    assert any(mistake in line for line in _found(node)[1])


def test_feeds__without_a_description_or_a_price_yet__are_no_mismatch() -> None:
    node = ScriptedNode()
    node.says |= {(CHAINLINK[1].address, "description()"): None, "priceFeedExists(bytes32)": False}
    lines, mistakes = _found(node)
    assert mistakes == []
    assert "no description" in lines[0]
    assert "never had a price on the chain" in lines[2]
