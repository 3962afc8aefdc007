"""Contracts compiled for chains without Ape: once per state of the sources, and said as it goes."""

from pathlib import Path

import pytest

from scripts.sandbox import artifacts


def test_prepare__nothing_compiled_yet__compiles_and_says_how_far_and_then_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "CACHE", tmp_path)
    (tmp_path / "FaucetToken-0000-layout.json").write_text("of older sources")
    told: list[int] = []
    artifacts.prepare(["FaucetToken", "SignedSource"], told.append)
    assert told == [0, 1, 2]
    made = sorted(path.name.partition("-")[0] for path in tmp_path.iterdir())
    assert made == ["FaucetToken", "SignedSource"]
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    artifacts.prepare(["FaucetToken", "SignedSource"], told.append)
    assert told[3:] == [2]
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    faucet = artifacts.artifact.__wrapped__("FaucetToken")
    assert faucet.bytecode.startswith("0x")
    assert {"drip", "mint"} <= {each.get("name") for each in faucet.abi}


def test_prepare__does_not_compile__says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "Broken.vy").write_text("# pragma version 0.4.3\n\nx: nonsense\n")
    monkeypatch.setattr(artifacts, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(artifacts, "ROOT", tmp_path)
    with pytest.raises(RuntimeError, match=r"(?s)Broken does not compile.*nonsense"):
        artifacts.prepare(["Broken"], lambda _: None)
    assert not list((tmp_path / "cache").iterdir())
