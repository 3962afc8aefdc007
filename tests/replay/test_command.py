"""`plimsoll replay` as it is called: what it shows, what it leaves, and one line for each mistake."""

import json
import sys
from pathlib import Path

import pytest

from keeper.cli.__main__ import FAILED, USAGE, run
from scripts.replay import command
from scripts.replay.output import FILES
from scripts.replay.policies import POLICIES
from tests.replay.inputs import EXAMPLE, GOOD, write

README = EXAMPLE.parent / "README.md"


def test_replay__the_example__shows_the_policies_beside_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["replay", str(EXAMPLE), "--output", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(FILES)
    shown = capsys.readouterr().out.splitlines()
    for name in POLICIES:
        assert sum(line.startswith(name + " ") for line in shown) == 1
    [queue] = [line.split() for line in shown if line.startswith("queue ")]
    assert queue == ["queue", "3", "2", "7.89", "%", "33.81", "%", "1,610", "0", "0"]
    assert any("1 are no tier: taken 1 as 50x" in line for line in shown)
    assert any("0 positions, 1 fills: margin: insufficient (1)" in line for line in shown)
    assert max(len(line.rstrip()) for line in shown[:-1]) <= 80
    # And it is what the README says.
    told = README.read_text(encoding="utf-8").split("```")[3].strip().splitlines()
    assert [line.rstrip() for line in shown[2:-1]] == told


def test_replay__json__is_the_summary_with_exact_amounts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", str(EXAMPLE), "--output", str(tmp_path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == json.loads((tmp_path / "summary.json").read_text())
    assert (shown["rounds"], shown["verified_rounds"], shown["haircut"]) == (1, 1, "112.095122")
    assert [score["policy"] for score in shown["policies"]] == list(POLICIES)


def test_replay__files_instead_of_a_folder__are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "in", GOOD)
    options = [f"--{name}={folder / name}.csv" for name in ("accounts", "fills", "prices")]
    assert run(["replay", *options, "--output", str(tmp_path / "out")]) == 0
    assert "no round of deleveraging: nothing to compare" in capsys.readouterr().out


def test_replay__mistakes__are_a_line_each_and_nothing_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("run in spite of mistakes")

    monkeypatch.setattr(command, "replay", never)
    bad = {"accounts.csv": "account,deposit\nana,x\nben,-1\n"}
    folder = write(tmp_path / "in", GOOD | bad)
    assert run(["replay", str(folder), "--output", str(tmp_path / "out")]) == USAGE
    assert capsys.readouterr().err.splitlines() == [
        f"plimsoll: {folder}/accounts.csv:2: deposit: 'x' is no number",
        f"plimsoll: {folder}/accounts.csv:3: deposit: -1 is negative",
    ]
    assert not (tmp_path / "out").exists()


def test_replay__without_the_repository__says_what_it_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scripts.replay", None)
    assert run(["replay", "folder"]) == USAGE
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("plimsoll: replay needs the repository (")
    assert line.endswith("): run it from a clone")


def test_replay__a_round_that_does_not_verify__fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = command.Done({"rounds": 1}, ["the round in block 7 does not verify: haircut"])
    monkeypatch.setattr(command, "run", lambda *_: done)
    assert run(["replay", str(tmp_path), "--json"]) == FAILED
    assert capsys.readouterr().err == "plimsoll: the round in block 7 does not verify: haircut\n"
