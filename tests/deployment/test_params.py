"""The parameters file: what it takes, and one line for each mistake."""

from pathlib import Path

import pytest

from scripts.build_cache import ROOT
from scripts.deployment.errors import Stop
from scripts.deployment.params import WAD, load
from tests.helpers.parameters import MarketParams, SourceConfig

FOLDER = ROOT / "scripts" / "params"
SEPOLIA = (FOLDER / "sepolia.yaml").read_text()
DEPLOYER = "0xe239cdc5fbe977a8a141B72194D3CF8c41bC5BC6"


def _with(tmp_path: Path, old: str, new: str) -> Path:
    assert old in SEPOLIA
    path = tmp_path / "net.yaml"
    path.write_text(SEPOLIA.replace(old, new))
    return path


@pytest.mark.parametrize("name", ["local", "sepolia"])
def test_load__shipped_file__has_the_contracts_structs(name: str) -> None:
    params = load(FOLDER / f"{name}.yaml").resolved(DEPLOYER)
    assert params.guardian == params.owner == DEPLOYER
    assert params.signers == [DEPLOYER]
    market = params.markets[0]
    assert len(market.words(6)) == len(MarketParams.__dataclass_fields__)
    assert len(market.source.words(DEPLOYER)) == len(SourceConfig.__dataclass_fields__)
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
    ],
)
def test_load__mistake__says_where(tmp_path: Path, old: str, new: str, text: str) -> None:
    with pytest.raises(Stop, match=text) as caught:
        load(_with(tmp_path, old, new))
    assert all(line.startswith(str(tmp_path)) for line in str(caught.value).splitlines())


def test_load__no_file__says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"copy scripts/params/sepolia\.yaml"):
        load(tmp_path / "none.yaml")
