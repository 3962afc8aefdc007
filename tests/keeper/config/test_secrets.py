"""Secrets: from variables or files, and never shown."""

from pathlib import Path

import pytest

from keeper.config import ConfigError, load_secrets

KEY = "0x" + "ab" * 32
OTHER = "0x" + "cd" * 32


def test_load_secrets__nothing__no_key() -> None:
    secrets = load_secrets()
    assert not secrets.has_key
    assert secrets.signer_keys == ()
    assert list(secrets.values()) == []


def test_load_secrets__variables__read_and_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLIMSOLL_PRIVATE_KEY", KEY.removeprefix("0x").upper())
    monkeypatch.setenv("PLIMSOLL_SIGNER_KEYS", f"{KEY}, {OTHER}")
    secrets = load_secrets()
    assert secrets.has_key
    assert list(secrets.values()) == [KEY, KEY, OTHER]
    assert KEY[2:] not in repr(secrets)
    assert OTHER[2:] not in str(secrets)


def test_load_secrets__files__read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "keystore.json").write_text("{}")
    (tmp_path / "passphrase").write_text(" open sesame \n")
    (tmp_path / "signers").write_text(f"{KEY}\n{OTHER}\n")
    monkeypatch.setenv("PLIMSOLL_KEYSTORE", str(tmp_path / "keystore.json"))
    monkeypatch.setenv("PLIMSOLL_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setenv("PLIMSOLL_SIGNER_KEYS_FILE", str(tmp_path / "signers"))
    secrets = load_secrets()
    assert secrets.keystore == tmp_path / "keystore.json"
    assert list(secrets.values()) == [" open sesame ", KEY, OTHER]


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"PRIVATE_KEY": "hunter2"}, "PLIMSOLL_PRIVATE_KEY holds something that is no private key"),
        ({"SIGNER_KEYS": f"{KEY},hunter2"}, "PLIMSOLL_SIGNER_KEYS holds something that is no private key"),
        ({"PRIVATE_KEY": KEY, "KEYSTORE": "."}, "PLIMSOLL_PRIVATE_KEY and PLIMSOLL_KEYSTORE are both set"),
        (
            {"PRIVATE_KEY": KEY, "PRIVATE_KEY_FILE": "x"},
            "PLIMSOLL_PRIVATE_KEY and PLIMSOLL_PRIVATE_KEY_FILE are both set",
        ),
        ({"KEYSTORE": "/nowhere.json"}, "PLIMSOLL_KEYSTORE = /nowhere.json: no such file"),
        ({"KEYSTORE": __file__}, "PLIMSOLL_PASSPHRASE is missing"),
        (
            {"PRIVATE_KEY_FILE": "/nowhere"},
            "PLIMSOLL_PRIVATE_KEY_FILE = /nowhere: cannot be read: FileNotFoundError",
        ),
    ],
)
def test_load_secrets__mistakes__said_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], line: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"PLIMSOLL_{name}", value)
    with pytest.raises(ConfigError) as caught:
        load_secrets()
    assert caught.value.problems[0].startswith(line)
    assert "hunter2" not in str(caught.value)
    assert KEY[2:] not in str(caught.value)
