"""The committed ABIs are the compiler's."""

import pytest

from keeper.abi import abi
from scripts.export_abi import CONTRACTS, FOLDER, text
from scripts.sandbox.artifacts import artifact


@pytest.mark.parametrize("name", CONTRACTS)
def test_export_abi__committed_file__is_the_compilers(name: str) -> None:
    committed = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert committed == text(artifact(name).abi), "run python -m scripts.export_abi"


def test_export_abi__folder__holds_these_contracts_and_no_others() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(CONTRACTS)


def test_abi__clearing_house__has_its_functions() -> None:
    functions = {entry["name"] for entry in abi("ClearingHouse") if entry["type"] == "function"}
    assert {"liquidate", "flag_bankrupt", "deleverage", "deleverage_next", "relink"} <= functions
