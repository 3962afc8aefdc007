"""A whole deployment as a stranger would do it: killed, cut off, continued, configured, verified."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from web3 import HTTPProvider, Web3

from tests.deployment.stranger import SECONDS, Stranger, cut_after, plain_anvil

SIGNED = ("--account", "stranger")


@pytest.fixture(scope="module")
def stranger_on_testnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    with plain_anvil() as port:
        yield Stranger(tmp_path_factory.mktemp("stranger"), port)


def _kill_when_sent(stranger: Stranger, name: str) -> None:
    """SIGKILL as soon as the record has the contract, mined or not."""
    process = stranger.start("deploy", *SIGNED)
    deadline = time.monotonic() + SECONDS
    while not (stranger.record.exists() and name in stranger.recorded()["contracts"]):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_scripts__killed_and_cut_off_and_run_again__deploy_one_system(stranger_on_testnet: Stranger) -> None:
    stranger = stranger_on_testnet
    _kill_when_sent(stranger, "Governance")
    killed = stranger.recorded()["contracts"]
    assert killed["Governance"]["block"] is None

    # The next run sends two more; the second arrives, its receipt does not.
    with cut_after(stranger.port, 2) as port:
        code, output = stranger.run("deploy", *SIGNED, port=port)
    assert code == 1, output
    assert "run the same command again" in output
    cut = stranger.recorded()["contracts"]
    assert len(killed) < len(cut) < 9

    code, output = stranger.run("deploy", *SIGNED)
    assert code == 0, output
    recorded = stranger.recorded()
    contracts = recorded["contracts"]
    assert [step["nonce"] for step in contracts.values()] == list(range(9))
    assert recorded["start_block"] == contracts["ClearingHouse"]["block"]
    assert f"start_block = {recorded['start_block']}" in output
    assert all(contracts[name]["address"] == step["address"] for name, step in killed.items())

    code, output = stranger.run("deploy", *SIGNED)
    assert (code, stranger.recorded()) == (0, recorded), output
    assert "nothing to do" in output


def test_scripts__deployed__configure_once_and_verify_notices_tampering(
    stranger_on_testnet: Stranger,
) -> None:
    stranger = stranger_on_testnet
    code, output = stranger.run("configure", *SIGNED, "--yes")
    assert code == 0, output
    assert "done: the chain is as the parameters say" in output
    w3 = Web3(HTTPProvider(f"http://127.0.0.1:{stranger.port}"))
    before = w3.eth.get_transaction_count(Web3.to_checksum_address(stranger.recorded()["deployer"]))

    code, output = stranger.run("configure", *SIGNED, "--yes")
    assert code == 0, output
    assert "nothing to do" in output
    assert w3.eth.get_transaction_count(Web3.to_checksum_address(stranger.recorded()["deployer"])) == before

    code, output = stranger.run("verify_deployment")
    assert code == 0, output
    assert "verified: 9 contracts, 2 markets" in output

    text = stranger.params.read_text()
    stranger.params.write_text(text.replace("gate_floor: 1000", "gate_floor: 2000"))
    code, output = stranger.run("verify_deployment")
    assert code == 1, output
    assert "mismatch: gate floor: 1000000000 -> 2000000000" in output
    stranger.params.write_text(text)

    _tamper_code(w3, stranger.recorded()["contracts"]["Exchange"]["address"])
    code, output = stranger.run("verify_deployment")
    assert code == 1, output
    assert "mismatch: Exchange: other bytecode" in output


def _tamper_code(w3: Web3, address: str) -> None:
    w3.provider.make_request("anvil_setCode", [address, "0x6000"])  # type: ignore[arg-type]


def test_deploy__wrong_chain__sends_nothing(stranger_on_testnet: Stranger, tmp_path: Path) -> None:
    stranger = stranger_on_testnet
    text = stranger.params.read_text()
    stranger.params.write_text(text.replace("chain_id: 11155111", "chain_id: 1"))
    code, output = stranger.run("deploy", *SIGNED, "--record", str(tmp_path / "other.json"))
    stranger.params.write_text(text)
    assert code == 1, output
    assert "pass another --network" in output
    assert list(tmp_path.iterdir()) == []
