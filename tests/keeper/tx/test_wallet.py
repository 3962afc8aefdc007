"""The key: read, used, never shown."""

import json
from pathlib import Path

import pytest
from eth_account import Account
from eth_utils import keccak

from keeper.tx.wallet import BadKey, Wallet

KEY = "0x" + "5a" * 32
ADDRESS = Account.from_key(KEY).address


def test_from_key__hex__has_its_address() -> None:
    assert Wallet.from_key(f" {KEY}\n").address == ADDRESS
    assert Wallet.from_key(KEY.removeprefix("0x")).address == ADDRESS


@pytest.mark.parametrize("key", ["", "0x12", "secretsecret", KEY + "00"])
def test_from_key__no_key__is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(BadKey, match=r"^the private key is not 32 bytes in hex: set it again$") as caught:
        Wallet.from_key(key)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def keystore(folder: Path) -> Path:
    path = folder / "keystore.json"
    path.write_text(json.dumps(Account.encrypt(bytes.fromhex(KEY[2:]), "open", kdf="pbkdf2", iterations=2)))
    return path


def test_from_keystore__right_passphrase__opens(tmp_path: Path) -> None:
    assert Wallet.from_keystore(keystore(tmp_path), "open").address == ADDRESS


def test_from_keystore__wrong_passphrase__says_so(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match=r"keystore.json does not open: wrong passphrase, or a damaged file$"):
        Wallet.from_keystore(keystore(tmp_path), "sesame")


def test_from_keystore__no_such_file__says_so(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match=r"missing.json cannot be read: No such file or directory$"):
        Wallet.from_keystore(tmp_path / "missing.json", "open")


@pytest.mark.parametrize(("content", "why"), [("{", "is no keystore file"), ("{}", "does not open")])
def test_from_keystore__another_file__says_so(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "keystore.json"
    path.write_text(content)
    with pytest.raises(BadKey, match=why):
        Wallet.from_keystore(path, "open")


def test_sign__a_transaction__is_by_the_key_and_has_its_hash() -> None:
    transaction = {
        "type": 2,
        "chainId": 7,
        "nonce": 3,
        "to": "0x" + "11" * 20,
        "data": "0x1234",
        "value": 0,
        "gas": 100_000,
        "maxFeePerGas": 10,
        "maxPriorityFeePerGas": 1,
    }
    raw, tx_hash = Wallet.from_key(KEY).sign(transaction)
    assert Account.recover_transaction(raw) == ADDRESS
    assert tx_hash == "0x" + keccak(hexstr=raw).hex()


def test_repr__any_wallet__shows_the_address_only() -> None:
    wallet = Wallet.from_key(KEY)
    assert repr(wallet) == str(wallet) == f"Wallet({ADDRESS})"
    assert not hasattr(wallet, "__dict__")
