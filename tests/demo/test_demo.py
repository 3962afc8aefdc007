"""The whole demonstration as a user starts it: what comes of it, twice, and on two real crashes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts.build_cache import ROOT
from scripts.sandbox.invariants import STATEMENTS
from tests.demo.running import running

# Beside the repository; see their own README.
PRICES = ROOT.parent / "shared" / "data" / "prices"
OCTOBER = ("BTC=2025-10-10_BTC_5m.csv", "ETH=2025-10-10_ETH_5m.csv", "SOL=2025-10-10_SOL_15m.csv")
MAY = ("BTC=2021-05-19_BTC_1m.csv", "ETH=2021-05-19_ETH_1m.csv")
TEN_MINUTES = 600


def played(folder: Path, *options: str) -> dict[str, Any]:
    """The report of a run that showed everything and in which everything held."""
    with running(folder, *options) as demo:
        code = demo.end()
        assert (code, demo.complained) == (0, [])
        assert (demo.folder / "report.html").stat().st_size > 50_000
        report: dict[str, Any] = json.loads((demo.folder / "report.json").read_text())
    assert all(report["invariants"].values())
    assert report["invariants"].keys() == STATEMENTS.keys()
    assert report["liquidations"] >= 24
    assert report["bankruptcies"] >= 10
    assert report["verified_rounds"] == report["deleveraging_rounds"] >= 3
    # Some round closed more than one winner.
    assert report["counterparties"] > report["deleveraging_rounds"]
    assert report["shortfall"] == report["insurance_paid"] + report["haircut"]
    assert min(report["insurance_paid"], report["haircut"], report["refused_lists"]) > 0
    assert report["keeper_misses"] == 0
    return report


def test_demo__embedded__shows_the_waterfall_and_again_the_same(tmp_path: Path) -> None:
    first = played(tmp_path)
    second = played(tmp_path)
    timeless = [{k: v for k, v in each.items() if "seconds" not in k} for each in (first, second)]
    assert timeless[0] == timeless[1]
    # What somebody has not looked at yet is not gone.
    assert json.loads((tmp_path / "report" / "earlier" / "report.json").read_text()) == first
    assert (tmp_path / "report" / "earlier" / "report.html").is_file()


@pytest.mark.parametrize("files", [OCTOBER, MAY], ids=["2025-10-10", "2021-05-19"])
@pytest.mark.skipif(not PRICES.is_dir(), reason="the recorded prices are not beside the repository")
def test_demo__real_crash__shows_the_waterfall(tmp_path: Path, files: Sequence[str]) -> None:
    options = []
    for each in files:
        name, _, file = each.partition("=")
        options += ["--prices", f"{name}={PRICES / file}"]
    report = played(tmp_path, *options)
    assert report["scenario"]["source"] == ", ".join(each.partition("=")[2] for each in files)
