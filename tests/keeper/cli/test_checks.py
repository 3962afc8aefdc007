"""`plimsoll keeper --check`: one thing wrong at a time, and what is said of it. Without sockets."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from pydantic import SecretStr

from keeper import checks
from keeper.chain.calls import DECIMALS, function
from keeper.chain.rpc import Node
from keeper.config import Secrets, Settings, parse_settings
from keeper.keys import open_reporters, open_wallet
from keeper.verdict import Check
from tests.keeper.chain.fake_transport import CHAIN_ID, FakeTransport, RpcFailure
from tests.keeper.config.examples import CLEARING_HOUSE, LENS, example, price

# The fake chain's block 10 has the time 1,010.
NOW = 1_012.0
ROUTER, VAULT, TOKEN, GOVERNANCE, SOURCE = (f"0x{digit * 40}" for digit in "12345")
BARS = "timestamp,open,high,low,close\n0,4000,4000,4000,4000\n60,4000,4000,4000,4000\n"
SECRETS = Secrets(
    private_key=SecretStr("0x" + "11" * 32),
    signer_keys=(SecretStr("0x" + "22" * 32), SecretStr("0x" + "33" * 32)),
)
SENDER = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"


SIGNERS = "signers of market 1"
UNPRICED = RpcFailure(3, "execution reverted: margin: unpriced leg")


class FakeVenue:
    """Contracts by what they answer; a test changes `answers`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bars.csv").write_text(BARS)
        self.transport = FakeTransport("node")
        self.balance = 10**21
        self.deployed_at = 5
        self.answers: dict[tuple[str, str], Any] = {}
        for contract, name, answer in (
            ("ClearingHouse", "router", ROUTER),
            ("ClearingHouse", "vault", VAULT),
            ("ClearingHouse", "collateral", TOKEN),
            ("ClearingHouse", "account_count", 9),
            ("ClearingHouse", "is_authorized", True),
            ("ClearingHouse", "account_values", (5_000_000, 2_000_000, 200_000, 3_000_000)),
            ("Lens", "CLEARING_HOUSE", CLEARING_HOUSE),
            ("Lens", "ROUTER", ROUTER),
            ("InsuranceVault", "governance", GOVERNANCE),
            ("OracleRouter", "source_of", SOURCE),
            ("SignedSource", "is_signer", True),
            ("SignedSource", "threshold", 2),
            # What the sources say has tests of its own.
            ("Governance", "market_count", 0),
        ):
            self.answers[contract, name] = answer
        self.transport.answers |= {
            "eth_call": self._call,
            "eth_getCode": self._code,
            "eth_getBalance": lambda *_: hex(self.balance),
        }
        self.data = example(
            chain={"id": CHAIN_ID, "start_block": 5}, keeper={"account_id": 7, "folder": str(folder / "data")}
        ) | {"prices": [price({"kind": "file", "path": "bars.csv"})]}
        self.secrets = SECRETS

    def _code(self, _address: str, block: str | dict[str, str]) -> str:
        return "0x" if isinstance(block, str) and int(block, 16) < self.deployed_at else "0x60"

    def _call(self, call: dict[str, str], _block: object) -> str:
        selector = bytes.fromhex(call["data"][2:10])
        if selector == DECIMALS.selector:
            return "0x" + encode(["uint8"], [6]).hex()
        for (contract, name), answer in self.answers.items():
            found = function(contract, name)
            # ROUTER and router() differ in their selectors, and so do all others that are asked.
            if found.selector == selector:
                if isinstance(answer, Exception):
                    raise answer
                values = answer if name == "account_values" else [answer]
                if name == "account_values":
                    return "0x" + encode(["int256", "uint256", "uint256", "uint256"], values).hex()
                return "0x" + encode(found.outputs, values).hex()
        raise AssertionError(f"nobody asked for {call}")

    def settings(self) -> Settings:
        return parse_settings(self.data, self.folder)

    def check(self, now: float = NOW) -> list[Check]:
        return asyncio.run(checks.run(self.settings(), self.secrets, now))


@pytest.fixture
def fake_venue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeVenue:
    venue = FakeVenue(tmp_path)

    def node(_endpoints: object, chain_id: int, max_lag: int, timeout: float) -> Node:
        return Node([venue.transport], chain_id, max_lag, timeout)

    monkeypatch.setattr(checks, "Node", node)
    return venue


def test_run__all_well__every_line_ok(fake_venue: FakeVenue) -> None:
    found = fake_venue.check()
    assert [(each.what, each.verdict) for each in found] == [
        ("folder", "ok"),
        ("endpoint node", "ok"),
        ("clock", "ok"),
        ("contracts", "ok"),
        ("start block", "ok"),
        ("key", "ok"),
        ("account", "ok"),
        ("price of market 1", "ok"),
        (SIGNERS, "ok"),
    ]
    texts = {each.what: each.text for each in found}
    assert texts["endpoint node"] == f"chain {CHAIN_ID}, block 10"
    assert texts["clock"] == "block 10 is 2 s old"
    assert texts["key"] == f"{SENDER} has 1000 coins"
    assert texts["account"] == "7 has an equity of 5.00, 3.00 free"
    assert texts["price of market 1"] == "4000, 0 s old"
    assert texts[SIGNERS] == "2 of our keys, 2 needed"
    assert fake_venue.transport.asked[-1] == "close"


def answers(contract: str, name: str, answer: Any) -> Callable[[FakeVenue], None]:
    def change(venue: FakeVenue) -> None:
        venue.answers[contract, name] = answer

    return change


def setting(section: str, **values: Any) -> Callable[[FakeVenue], None]:
    def change(venue: FakeVenue) -> None:
        venue.data[section] = {**venue.data.get(section, {}), **values}

    return change


def attribute(name: str, value: Any) -> Callable[[FakeVenue], None]:
    def change(venue: FakeVenue) -> None:
        setattr(venue, name, value)

    return change


@pytest.mark.parametrize(
    ("change", "what", "verdict", "text"),
    [
        (attribute("balance", 10**18), "key", "FAIL", "1 coins, the largest transaction may cost 1.4: fund"),
        (attribute("balance", 2 * 10**18), "key", "warn", "less than 10 of the largest transactions"),
        (attribute("secrets", Secrets()), "key", "FAIL", "there is none: set PLIMSOLL_KEYSTORE"),
        (attribute("secrets", Secrets()), SIGNERS, "FAIL", "there is no key to sign with"),
        (attribute("deployed_at", 4), "start block", "FAIL", "ClearingHouse is older than block 5: lower"),
        (setting("chain", start_block=0), "start block", "ok", "from the beginning of the chain"),
        (setting("keeper", account_id=0), "account", "warn", "nothing will be liquidated"),
        (setting("keeper", account_id=10), "account", "FAIL", "10 does not exist, the newest is 9: open one"),
        (
            answers("ClearingHouse", "is_authorized", False),
            "account",
            "FAIL",
            f"{SENDER} is neither owner nor live delegate of 7",
        ),
        (
            answers("ClearingHouse", "account_values", (2_000_000, 2_000_000, 1, 0)),
            "account",
            "FAIL",
            "7 has an equity of 2.00, all of it is used as margin: deposit",
        ),
        (
            answers("ClearingHouse", "account_values", UNPRICED),
            "account",
            "warn",
            "7 cannot be valued now: margin: unpriced leg",
        ),
        (answers("Lens", "CLEARING_HOUSE", LENS), "contracts", "FAIL", "belongs to the clearing house"),
        (
            answers("OracleRouter", "source_of", "0x" + "0" * 40),
            SIGNERS,
            "FAIL",
            "the market has no price source",
        ),
        (
            answers("SignedSource", "threshold", 3),
            SIGNERS,
            "FAIL",
            "2 of our keys sign there and 3 are needed",
        ),
        (answers("SignedSource", "is_signer", False), SIGNERS, "FAIL", "0 of our keys sign there"),
        (
            answers("SignedSource", "threshold", RpcFailure(3, "execution reverted")),
            SIGNERS,
            "FAIL",
            "is no SignedSource",
        ),
        (lambda venue: (venue.folder / "bars.csv").unlink(), "prices", "FAIL", "bars.csv: cannot be read"),
    ],
)
def test_run__one_thing_wrong__said_with_what_to_do(
    fake_venue: FakeVenue, change: Callable[[FakeVenue], None], what: str, verdict: str, text: str
) -> None:
    change(fake_venue)
    found = {each.what: each for each in fake_venue.check()}
    assert found[what].verdict == verdict
    assert text in found[what].text


@pytest.mark.parametrize(
    ("now", "verdict", "text"),
    [
        (994.0, "FAIL", "block 10 is 16 s in the future: set this machine's clock (NTP)"),
        (995.0, "ok", "block 10 is 0 s old"),
        (1_070.0, "ok", "block 10 is 60 s old"),
        (1_071.0, "FAIL", "block 10 is 61 s old: the chain stands still, or the clock is wrong"),
    ],
)
def test_run__clock__compared_with_the_head(
    fake_venue: FakeVenue, now: float, verdict: str, text: str
) -> None:
    clock = next(each for each in fake_venue.check(now) if each.what == "clock")
    assert (clock.verdict, clock.text) == (verdict, text)


def test_run__dry_run_without_a_key__fine(fake_venue: FakeVenue) -> None:
    fake_venue.secrets = Secrets(signer_keys=SECRETS.signer_keys)
    setting("keeper", dry_run=True)(fake_venue)
    assert not [each for each in fake_venue.check() if each.is_bad]


def test_run__node_without_old_state__start_block_not_verified(fake_venue: FakeVenue) -> None:
    def code(_address: str, block: str | dict[str, str]) -> str:
        if isinstance(block, str):
            raise RpcFailure(-32000, "state is pruned")
        return "0x60"

    fake_venue.transport.answers["eth_getCode"] = code
    found = {each.what: each for each in fake_venue.check()}
    assert found["start block"].verdict == "warn"
    assert not any(each.is_bad for each in found.values())


def test_run__other_chain__endpoint_and_chain_fail(fake_venue: FakeVenue) -> None:
    fake_venue.transport.chain_id = 8
    found = fake_venue.check()
    assert [each.what for each in found if each.is_bad] == ["endpoint node", "chain"]
    assert "serves chain 8, the configuration names 7" in found[1].text


def test_run__keystore_everybody_can_read__warned(fake_venue: FakeVenue) -> None:
    file = fake_venue.folder / "keystore.json"
    file.write_text("{}")
    file.chmod(0o644)
    fake_venue.secrets = Secrets(keystore=file, passphrase=SecretStr("open sesame"))
    found = {each.what: each for each in fake_venue.check()}
    assert found["keystore"].text == f"{file} can be read by everybody on this machine: chmod 600 {file}"
    assert found["key"].verdict == "FAIL"
    assert "does not open" in found["key"].text


def test_run__folder_is_a_file__fails(fake_venue: FakeVenue) -> None:
    (fake_venue.folder / "data").write_text("")
    assert "cannot be made: File exists: name another" in fake_venue.check()[0].text


def test_keys__private_key_and_signers__opened() -> None:
    wallet = open_wallet(SECRETS)
    assert wallet is not None
    assert wallet.address == SENDER
    assert len(open_reporters(SECRETS).addresses) == 2
    assert open_wallet(Secrets()) is None
