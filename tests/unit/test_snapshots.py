"""Size, ABI and storage layout of every deployable contract change only on purpose."""

import json
from typing import Any

import pytest

from scripts import snapshots
from scripts.sandbox.artifacts import artifact

NAMES = list(snapshots.deployables())
HINT = "if the change is meant, run `make snapshots` and commit the result"

pytestmark = pytest.mark.skipif(not NAMES, reason="no deployable contracts")


def committed(name: str) -> Any:
    path = snapshots.SNAPSHOTS / name
    assert path.is_file(), f"{path.relative_to(snapshots.ROOT)} is missing: {HINT}"
    return json.loads(path.read_text())


@pytest.mark.parametrize("name", NAMES)
def test_size__any_change__is_committed(name: str) -> None:
    assert snapshots.sizes(snapshots.compiled(name)) == committed("sizes.json").get(name), HINT


@pytest.mark.parametrize("name", NAMES)
def test_abi__any_change__is_committed(name: str) -> None:
    assert snapshots.compiled(name).abi == committed(f"abi/{name}.json"), HINT


@pytest.mark.parametrize("name", NAMES)
def test_layout__any_change__is_committed(name: str) -> None:
    assert snapshots.compiled(name).layout == committed(f"layout/{name}.json"), HINT


@pytest.mark.parametrize("name", NAMES)
def test_size__every_deployable__can_be_deployed(name: str) -> None:
    assert not snapshots.over_limit(name)


def test_snapshots__contract_removed__none_left_behind() -> None:
    expected = {f"{kind}/{name}.json" for kind in ("abi", "layout") for name in NAMES} | {"sizes.json"}
    found = {p.relative_to(snapshots.SNAPSHOTS).as_posix() for p in snapshots.SNAPSHOTS.rglob("*.json")}
    assert found == expected, HINT
    assert set(committed("sizes.json")) == set(NAMES), HINT


def test_layout__waterfall__equals_clearing_house() -> None:
    """Waterfall runs by delegatecall in ClearingHouse's storage."""
    assert snapshots.compiled("Waterfall").layout == snapshots.compiled("ClearingHouse").layout


def test_abi__events_of_the_waterfall__are_declared_by_clearing_house() -> None:
    """They come from its address, so whoever knows only its ABI must be able to read them."""
    waterfall, house = (
        [e for e in artifact(n).abi if e["type"] == "event"] for n in ("Waterfall", "ClearingHouse")
    )
    assert len(waterfall) == 11
    assert [event for event in waterfall if event not in house] == []
