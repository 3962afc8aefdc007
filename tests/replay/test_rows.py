"""CSV and JSON come out as the same rows, each with its line."""

from pathlib import Path

import pytest

from scripts.replay.mistakes import BadInput, Mistakes
from scripts.replay.rows import find, read
from tests.helpers.recursion import usual_recursion


def rows(path: Path, text: str, needed: tuple[str, ...] = ("account",)) -> list[tuple[int, dict[str, str]]]:
    path.write_text(text, encoding="utf-8")
    mistakes = Mistakes()
    found = read(path, needed, mistakes)
    mistakes.check()
    return [(row.line, row.fields) for row in found]


def problem(path: Path, text: str) -> str:
    with pytest.raises(BadInput) as caught:
        rows(path, text)
    [found] = caught.value.problems
    return found.removeprefix(str(path))


def test_read__csv_in_another_case_and_order__is_rows_with_lines(tmp_path: Path) -> None:
    text = "\ufeffDeposit, Account ,note\r\n1, ana ,x\r\n\r\n2,ben,\r\n"
    assert rows(tmp_path / "accounts.csv", text) == [
        (2, {"deposit": "1", "account": "ana", "note": "x"}),
        (4, {"deposit": "2", "account": "ben", "note": ""}),
    ]


def test_read__json__keeps_numbers_as_they_are_written(tmp_path: Path) -> None:
    text = '[\n {"account": "ana", "Deposit": 0.10000000000000000001},\n {"account": 7,\n "deposit": null}]'
    assert rows(tmp_path / "accounts.json", text) == [
        (2, {"account": "ana", "deposit": "0.10000000000000000001"}),
        (3, {"account": "7", "deposit": ""}),
    ]


def test_read__one_object__is_one_row(tmp_path: Path) -> None:
    assert rows(tmp_path / "venue.json", '\n{"account": "a"}') == [(2, {"account": "a"})]
    assert rows(tmp_path / "venue.json", "[]") == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "deposit\n1\n", ":2: no account"),
        ("a.csv", 'account\n"ana\n', ": no CSV: unexpected end of data"),
        ("a.json", '[{"account": "ana"},\n{"account" "ben"}]', ":2: no JSON: Expecting ':' delimiter"),
        ("a.json", '[{"account": "ana"}\n{"account": "ben"}]', ":2: no JSON: a comma or ] is expected"),
        ("a.json", "[\n\n7]", ":3: no JSON: an object is expected"),
        ("a.json", '{"account": "ana"}\n{}', ":2: no JSON: nothing is expected behind the end"),
        ("a.json", '[{"account": "ana"},', ":1: no JSON: Expecting value"),
    ],
)
def test_read__a_broken_file__says_where(tmp_path: Path, name: str, text: str, said: str) -> None:
    assert problem(tmp_path / name, text) == said


def test_read__not_utf8__says_so(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes(b"account\n\xff\n")
    mistakes = Mistakes()
    assert read(path, ("account",), mistakes) == []
    [said] = mistakes.problems
    assert said.startswith(f"{path}: cannot be read: ")


def test_read__no_file__says_so(tmp_path: Path) -> None:
    mistakes = Mistakes()
    assert read(tmp_path / "accounts.csv", ("account",), mistakes) == []
    assert mistakes.problems == [f"{tmp_path / 'accounts.csv'}: cannot be read: No such file or directory"]


def test_find__csv_and_json__asks_to_leave_one(tmp_path: Path) -> None:
    mistakes = Mistakes()
    assert find(tmp_path, "fills", mistakes) is None
    (tmp_path / "fills.json").touch()
    assert find(tmp_path, "fills", mistakes) == tmp_path / "fills.json"
    (tmp_path / "fills.csv").touch()
    find(tmp_path, "fills", mistakes)
    assert mistakes.problems == [f"{tmp_path / 'fills.csv'}: there is fills.json as well: leave one"]


def test_read__json_without_end_in_depth__says_so(tmp_path: Path) -> None:
    with usual_recursion():
        told = [
            problem(tmp_path / "venue.json", "[" * 100_000),
            problem(tmp_path / "fills.json", '[{"account":' * 50_000),
        ]
    assert told == [": no table: it is nested too deeply"] * 2
