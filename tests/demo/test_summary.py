"""The end of a demonstration: in words, and as JSON."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from scripts.demo.facts import failures, falls, largest_share
from scripts.demo.story import Hit, Story
from scripts.demo.summary import closing, write
from scripts.sandbox.invariants import STATEMENTS
from scripts.sandbox.parameters import WAD
from tests.demo.stories import TOKEN, crash, failing, quiet, small


def said(story: Story, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(closing(story, Path("build/demo/report.html")))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def report(story: Story, folder: Path) -> dict[str, object]:
    write(story, folder)
    return dict(json.loads((folder / "report.json").read_text()))


@pytest.mark.parametrize(
    "words",
    [
        "Plimsoll: small",
        "Everything held",
        "BTC -20.00 %",
        "3: 1 won, 1 lost",
        "2 times, 2 accounts went bankrupt",
        "they could not pay    340.00",
        "250.00 (had 2,000.00, has 1,750.00)",
        "90.00, at most 20.00 % of a profit",
        "1 round closed 2 winners",
        "1 of 1 round came out the same",
        "1, refused by the chain",
        "20 of 20 hold",
        "nobody",
        "102 s, 31 s of them",
        "build/demo/report.html",
    ],
)
def test_closing__small_story__says_each_number(words: str) -> None:
    assert words in said(small())


@pytest.mark.parametrize("told", [quiet(0), quiet(1), crash(rounds=0), crash(), failing()])
def test_closing__any_story__fits_80_columns(told: Story) -> None:
    assert max(len(line) for line in said(told, 80).splitlines()) <= 80


def test_closing__failing_story__every_reason_and_no_praise() -> None:
    words = said(failing())
    assert "Everything held" not in words
    assert "Not as it should be: 3 reasons" in words
    assert all(reason in words for reason in failures(failing()))


def test_failures__failing_story__a_line_each() -> None:
    second = failing().rounds[1]
    assert failures(failing()) == [
        "ADL-5 does not hold: haircut 5, shortfall - insurance 4",
        f"the round of block {second.block} (account {second.account_id}) came out otherwise "
        "when computed again",
        "account 17 was left below maintenance too long (seen in block 120)",
    ]


def test_failures__nothing_happened__says_what_is_missing() -> None:
    story = quiet()
    story.invariants = {}
    assert failures(story) == [
        "no invariant was checked",
        "no round of deleveraging took place",
        "no false list was tried",
    ]


@pytest.mark.parametrize("told", [crash(), failing(), small()])
def test_failures__rounds_and_lies__none_only_of_a_flawless_story(told: Story) -> None:
    assert (not failures(told)) == told.is_flawless


def test_write__small_story__the_numbers(tmp_path: Path) -> None:
    written = report(small(), tmp_path / "new" / "folder")
    expected = {
        "liquidations": 2,
        "bankruptcies": 2,
        "deleveraging_rounds": 1,
        "verified_rounds": 1,
        "counterparties": 2,
        "shortfall": 340 * TOKEN,
        "insurance_paid": 250 * TOKEN,
        "haircut": 90 * TOKEN,
        "refused_lists": 1,
        "invariants": dict.fromkeys(STATEMENTS, True),
        "keeper_misses": 0,
    }
    assert {key: written[key] for key in expected} == expected
    assert written["markets"] == {"BTC": {"first": 1_500 * WAD, "lowest": 1_200 * WAD, "last": 1_200 * WAD}}
    assert (written["insurance_before"], written["insurance_left"]) == (2_000 * TOKEN, 1_750 * TOKEN)
    assert (written["first_block"], written["last_block"], written["failures"]) == (1_000, 1_001, [])


def test_write__failing_story__says_so(tmp_path: Path) -> None:
    written = report(failing(), tmp_path)
    assert written["invariants"] == {name: name != "ADL-5" for name in STATEMENTS}
    assert (written["deleveraging_rounds"], written["verified_rounds"], written["keeper_misses"]) == (3, 2, 1)
    assert written["failures"] == failures(failing())


def test_write__huge_amounts__stay_exact(tmp_path: Path) -> None:
    story = small()
    story.rounds = [replace(story.rounds[0], haircut=2**120 + 1)]
    assert report(story, tmp_path)["haircut"] == 2**120 + 1


def test_write__again__replaces(tmp_path: Path) -> None:
    write(crash(), tmp_path)
    assert report(quiet(0), tmp_path)["liquidations"] == 0


def test_falls__price_comes_back__lowest_is_kept() -> None:
    (fall,) = falls(small())
    assert (fall.first, fall.lowest, fall.worst) == (1_500 * WAD, 1_200 * WAD, -WAD // 5)


def test_largest_share__no_profit__is_left_out() -> None:
    without = Hit(1, 1, -WAD, 5, WAD, 0, 10, 0)
    assert largest_share([without]) is None
    assert largest_share([without, replace(without, profit=40)]) == pytest.approx(0.25)
