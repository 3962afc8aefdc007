"""Addresses and arguments on paper, and what another transaction in between does to them."""

from pathlib import Path

import pytest

from scripts.build_cache import ROOT
from scripts.deployment import plan, record
from scripts.deployment.errors import Stop
from scripts.deployment.fields import ZERO
from scripts.deployment.params import load
from scripts.deployment.record import Record, Step
from scripts.system import create_address

DEPLOYER = "0xe239cdc5fbe977a8a141B72194D3CF8c41bC5BC6"
PARAMS = load(ROOT / "scripts" / "params" / "local.yaml").resolved(DEPLOYER)
FEEDS = load(ROOT / "scripts" / "params" / "sepolia.yaml").resolved(DEPLOYER)


def _nonces(count: int, first: int = 0) -> dict[str, int]:
    return {name: first + i for i, name in enumerate(plan.order_of(PARAMS)[:count])}


def test_make__fresh_deployer__names_clearing_house_where_it_will_be() -> None:
    steps = {step.name: step for step in plan.make(PARAMS, DEPLOYER, {}, 5)}
    house = steps["ClearingHouse"]
    assert house.address == create_address(DEPLOYER, 5 + 7)
    assert steps["Governance"].arguments[0] == house.address
    assert steps["Exchange"].arguments == [house.address]
    assert steps["Lens"].nonce == 13


@pytest.mark.parametrize("done", range(10))
def test_make__interrupted_anywhere__is_the_same_plan(done: int) -> None:
    assert plan.make(PARAMS, DEPLOYER, _nonces(done), done) == plan.make(PARAMS, DEPLOYER, {}, 0)


@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_make__foreign_transaction_before_governance__moves_what_is_left(done: int) -> None:
    steps = {step.name: step for step in plan.make(PARAMS, DEPLOYER, _nonces(done), done + 1)}
    assert steps["Governance"].arguments[0] == steps["ClearingHouse"].address
    assert steps["Governance"].arguments[1] == steps["OracleRouter"].address
    assert steps["Governance"].nonce == 4


@pytest.mark.parametrize("done", [4, 5, 6, 7])
def test_make__foreign_transaction_after_governance__says_what_is_deployed_anew(done: int) -> None:
    with pytest.raises(
        plan.Broken, match=r"Governance.* must be deployed anew; run deploy again with --anew"
    ):
        plan.make(PARAMS, DEPLOYER, _nonces(done), done + 1)


def test_make__foreign_transaction_before_lens__is_harmless() -> None:
    assert plan.make(PARAMS, DEPLOYER, _nonces(8), 9)[-1].nonce == 9


def test_make__feeds__their_sources_come_last_with_all_of_them() -> None:
    steps = {step.name: step for step in plan.make(FEEDS, DEPLOYER, {}, 0)}
    assert list(steps)[-3:] == ["Lens", "ChainlinkSource", "PythSource"]
    assert steps["ChainlinkSource"].arguments == [
        [
            [1, "0x694AA1769357215DE4FAC081bf1f309aDC325306", 4_500],
            [2, "0x1b44F3514812d835EB1BDB0acB33d3fA3351Ee43", 4_500],
        ],
        ZERO,
        0,
    ]
    pyth, router, feeds = steps["PythSource"].arguments
    assert (pyth, router) == (
        "0xDd24F84d36BF92C65F92307595335bdFab5Bbd21",
        steps["OracleRouter"].address,
    )
    assert [(market_id, confidence) for market_id, _, confidence in feeds] == [(1, 10**16), (2, 10**16)]


def _record(count: int) -> Record:
    steps = plan.make(PARAMS, DEPLOYER, {}, 0)[:count]
    contracts = {
        s.name: Step(nonce=s.nonce, address=s.address, arguments=s.arguments, block=1) for s in steps
    }
    return Record(
        network="sepolia", chain_id=1, deployer=DEPLOYER, compiler="c", sources="s", contracts=contracts
    )


def test_without_block__half_a_block__keeps_what_names_nothing() -> None:
    kept = plan.without_block(_record(6))
    assert list(kept.contracts) == ["FaucetToken", "OracleRouter", "SignedSource"]
    assert sorted(kept.abandoned.values()) == ["Exchange", "Governance", "InsuranceVault"]


def test_write__twice__is_read_back_and_leaves_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "deployments" / "net.json"
    assert record.read(path) is None
    for count in (1, 3):
        record.write(path, _record(count))
    assert record.read(path) == _record(3)
    assert list(path.parent.iterdir()) == [path]


def test_read__half_a_file__says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text('{"network": ')
    with pytest.raises(Stop, match="restore it from version control"):
        record.read(path)


def test_address__not_mined__says_deploy_first() -> None:
    with pytest.raises(Stop, match="run deploy first"):
        _record(3).address("Lens")
