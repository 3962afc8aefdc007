"""Interruptions at every step, and other transactions in between, against a chain of a few lines."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from scripts.build_cache import ROOT
from scripts.deployment import deploying, plan, record
from scripts.deployment.chain import Artifact, Mined, Node
from scripts.deployment.errors import Stop
from scripts.deployment.feeds import Pyth
from scripts.deployment.params import Parameters, load
from scripts.deployment.record import Record
from scripts.system import create_address

DEPLOYER = "0xe239cdc5fbe977a8a141B72194D3CF8c41bC5BC6"
PARAMS = load(ROOT / "scripts" / "params" / "local.yaml").resolved(DEPLOYER)
FEEDS = load(ROOT / "scripts" / "params" / "sepolia.yaml").resolved(DEPLOYER)
NAMES = plan.order_of(FEEDS)


class Killed(Exception):
    """The process ended here."""


@dataclass
class PaperChain:
    """Mines what arrives at once; `kill_before` and `kill_after` end the process around the n-th sending."""

    sender: str = DEPLOYER
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    count: int = 0
    codes: dict[str, bytes] = field(default_factory=dict)
    kill_before: int | None = None
    kill_after: int | None = None

    @property
    def artifacts(self) -> dict[str, Artifact]:
        return {name: Artifact([], b"", name.encode()) for name in NAMES}

    def nonces(self) -> tuple[int, int]:
        return self.count, self.count

    def code(self, address: str) -> bytes:
        return self.codes.get(address, b"")

    def creation(self, name: str, arguments: list[Any]) -> bytes:
        return f"{name}|{arguments}".encode()

    def known(self, transaction: str) -> dict[str, Any] | None:
        return self.sent.get(transaction)

    def mined(self, transaction: str) -> Mined | None:
        return Mined(self.sent[transaction]["nonce"] + 100, True) if transaction in self.sent else None

    def signed(self, nonce: int, data: bytes) -> tuple[str, bytes]:
        return f"{nonce}:{data.decode()}", data

    def send(self, raw: bytes) -> None:
        if self.count == self.kill_before:
            raise Killed
        self.sent[f"{self.count}:{raw.decode()}"] = {"to": None, "input": raw, "nonce": self.count}
        self.codes[create_address(self.sender, self.count)] = raw.split(b"|")[0] + b"immutables"
        self.count += 1
        if self.count - 1 == self.kill_after:
            raise Killed

    def wait(self, transaction: str) -> Mined:
        mined = self.mined(transaction)
        assert mined is not None
        return mined


def _run(chain: PaperChain, path: Path, anew: bool = False, params: Parameters = PARAMS) -> Record:
    found = record.read(path) or Record(
        network="sepolia", chain_id=1, deployer=DEPLOYER, compiler="c", sources="s"
    )
    return deploying.deploy(cast("Node", chain), params, found, path, lambda _: None, anew)


@pytest.mark.parametrize("step", range(9))
@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
def test_deploy__killed_around_a_sending__is_continued(tmp_path: Path, step: int, moment: str) -> None:
    path = tmp_path / "net.json"
    chain = PaperChain()
    setattr(chain, moment, step)
    with pytest.raises(Killed):
        _run(chain, path)
    setattr(chain, moment, None)
    done = _run(chain, path)
    assert chain.count == 9
    assert done.start_block == 107
    assert done == record.read(path) == _run(chain, path)


@pytest.mark.parametrize("step", [4, 5, 6, 7])
@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
def test_deploy__foreign_transaction_in_the_block__stops_then_deploys_anew(
    tmp_path: Path, step: int, moment: str
) -> None:
    path = tmp_path / "net.json"
    chain = PaperChain()
    setattr(chain, moment, step if moment == "kill_before" else step - 1)
    with pytest.raises(Killed):
        _run(chain, path)
    setattr(chain, moment, None)
    chain.count += 1
    for _ in range(2):
        with pytest.raises(Stop, match=r"must be deployed anew; run deploy again with --anew"):
            _run(chain, path)
    assert chain.count == step + 1
    done = _run(chain, path, anew=True)
    house = done.address("ClearingHouse")
    assert done.contracts["Governance"].arguments[0] == done.contracts["Exchange"].arguments[0] == house
    assert done.contracts["Governance"].nonce == step + 1
    assert list(done.abandoned.values()) == NAMES[3:step]
    assert sorted(done.contracts) == sorted(plan.order_of(PARAMS))


def test_deploy__other_code_at_an_address__stops(tmp_path: Path) -> None:
    chain = PaperChain()
    done = _run(chain, tmp_path / "net.json")
    chain.codes[done.address("Exchange")] = b"something else"
    with pytest.raises(Stop, match="Exchange: other bytecode"):
        _run(chain, tmp_path / "net.json")


def test_deploy__other_constructor_arguments__stops(tmp_path: Path) -> None:
    chain = PaperChain()
    done = _run(chain, tmp_path / "net.json")
    done.contracts["InsuranceVault"].arguments[-1] = 1
    record.write(tmp_path / "net.json", done)
    with pytest.raises(Stop, match="InsuranceVault was deployed as"):
        _run(chain, tmp_path / "net.json")


def test_deploy__chain_was_reset__stops(tmp_path: Path) -> None:
    _run(PaperChain(), tmp_path / "net.json")
    with pytest.raises(Stop, match="wrong node"):
        _run(PaperChain(), tmp_path / "net.json")


@pytest.mark.parametrize("step", [9, 10])
@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
def test_deploy__killed_around_a_source__is_continued(tmp_path: Path, step: int, moment: str) -> None:
    path = tmp_path / "net.json"
    chain = PaperChain()
    setattr(chain, moment, step)
    with pytest.raises(Killed):
        _run(chain, path, params=FEEDS)
    setattr(chain, moment, None)
    done = _run(chain, path, params=FEEDS)
    assert chain.count == 11
    assert done == record.read(path) == _run(chain, path, params=FEEDS)


def test_deploy__feeds_asked_for_later__adds_their_sources(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    chain = PaperChain()
    before = _run(chain, path)
    # The account may have been used meanwhile.
    chain.count += 1
    after = _run(chain, path, params=FEEDS)
    assert list(after.contracts)[9:] == ["ChainlinkSource", "PythSource"]
    assert after.contracts["ChainlinkSource"].nonce == 10
    assert {name: after.contracts[name] for name in before.contracts} == before.contracts


def test_deploy__other_feeds__another_source_and_the_old_one_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    chain = PaperChain()
    before = _run(chain, path, params=FEEDS)
    other = FEEDS.model_copy(update={"pyth": Pyth(address=DEPLOYER)})
    after = _run(chain, path, params=other)
    assert after.abandoned == {before.address("PythSource"): "PythSource"}
    assert after.contracts["PythSource"].nonce == 11
    assert after.contracts["PythSource"].arguments[0] == DEPLOYER
    assert after.address("ChainlinkSource") == before.address("ChainlinkSource")
    assert _run(chain, path, params=other) == after
    assert chain.count == 12
    without = _run(chain, path)
    assert "PythSource" not in without.contracts
    assert len(without.abandoned) == 3
