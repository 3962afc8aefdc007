"""The parameters file: what it takes, and one line for each mistake."""

from pathlib import Path

import pytest

from scripts.build_cache import ROOT
from scripts.deployment.errors import Stop
from scripts.deployment.fields import WAD, ZERO
from scripts.deployment.params import load
from tests.helpers.parameters import MarketParams, SourceConfig

FOLDER = ROOT / "scripts" / "params"
SEPOLIA = (FOLDER / "sepolia.yaml").read_text()
DEPLOYER = "0xe239cdc5fbe977a8a141B72194D3CF8c41bC5BC6"
SOURCES = {"signed": "0x01", "chainlink": "0x02", "pyth": "0x03"}
FEED = "0x694AA1769357215DE4FAC081bf1f309aDC325306"
ETH_ID = "0xff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace"


def _with(tmp_path: Path, old: str, new: str) -> Path:
    assert old in SEPOLIA
    path = tmp_path / "net.yaml"
    path.write_text(SEPOLIA.replace(old, new))
    return path


@pytest.mark.parametrize("name", ["local", "sepolia", "arbitrum-sepolia"])
def test_load__shipped_file__has_the_contracts_structs(name: str) -> None:
    params = load(FOLDER / f"{name}.yaml").resolved(DEPLOYER)
    assert params.guardian == params.owner == DEPLOYER
    assert params.signers == [DEPLOYER]
    market = params.markets[0]
    assert len(market.words(6)) == len(MarketParams.__dataclass_fields__)
    assert len(market.source.words(SOURCES)) == len(SourceConfig.__dataclass_fields__)
    words = MarketParams(*market.words(6))
    assert words.maintenance_rate == WAD // 100
    assert words.min_notional == 10 * 10**6
    assert words.open_interest_cap == 1_000 * WAD


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("chain_id: 11155111", "chain_id: x", "chain_id"),
        ("decimals: 6", "decimals: 8", "decimals"),
        ("guardian: deployer", "guardian: 0x12", "is no address"),
        ("threshold: 1", "threshold: 2", "threshold is above"),
        ("maintenance_rate: 0.01", "maintenance_rate: 0.02", "at most 1"),
        ("liquidation_penalty: 0.004", "liquidation_penalty: 0.006", "liquidation_penalty is above"),
        ("max_move: 0.1", "max_move: 0.6", "max_move"),
        ("update_threshold: 0.005", "update_threshold: 0.02", "too coarse"),
        ("price_band: 0.05", "price_bond: 0.05", "price_bond"),
        (FEED, FEED[:-1] + "0", "is no address|has a wrong checksum"),
        (FEED, FEED.replace("aDC", "Adc"), "has a wrong checksum"),
        ("kind: chainlink", "kind: chainlinc", "chainlinc"),
        ("heartbeat: 4500", "heartbeat: 172801", "heartbeat"),
        ("max_confidence: 0.01", "max_confidence: 0.051", "max_confidence"),
        (ETH_ID, ETH_ID[:-1], "is no id of a Pyth feed"),
        ("kind: pyth, price_id", "kind: chainlink, price_id", "price_id"),
        ("pyth: {address: 0xDd24F84d36BF92C65F92307595335bdFab5Bbd21}", "", "pyth is missing"),
        ("decimals: 6", "decimals: 6\nchainlink: {grace: 60}", "sequencer and grace"),
    ],
)
def test_load__mistake__says_where(tmp_path: Path, old: str, new: str, text: str) -> None:
    with pytest.raises(Stop, match=text) as caught:
        load(_with(tmp_path, old, new))
    assert all(line.startswith(str(tmp_path)) for line in str(caught.value).splitlines())


def test_load__no_file__says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"copy scripts/params/sepolia\.yaml"):
        load(tmp_path / "none.yaml")


def test_words__kinds_of_feeds__name_their_contracts() -> None:
    polled = load(FOLDER / "sepolia.yaml").markets[0].source.words(SOURCES)
    assert polled[:4] == ("0x02", "0x03", True, 4_500)
    signed = load(FOLDER / "local.yaml").markets[0].source.words(SOURCES)
    assert signed[:3] == ("0x01", ZERO, False)


def test_load__two_feeds_of_a_kind__says_so(tmp_path: Path) -> None:
    second = f"second: {{kind: pyth, price_id: {ETH_ID}, max_confidence: 0.01}}"
    same = f"second: {{kind: chainlink, address: {FEED}, heartbeat: 60}}"
    with pytest.raises(Stop, match="feed and second must be of different kinds"):
        load(_with(tmp_path, second, same))
