"""Files as rows of text: CSV with a header, or JSON with an array of objects."""

import csv
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from scripts.replay.mistakes import Mistakes

SUFFIXES = (".csv", ".json")


@dataclass(frozen=True)
class Row:
    """Columns in lower case; numbers are the text that stands in the file."""

    path: Path
    line: int
    fields: dict[str, str]


def find(folder: Path, name: str, mistakes: Mistakes) -> Path | None:
    """`name.csv` or `name.json` in a folder; None: neither is there."""
    found = [folder / f"{name}{suffix}" for suffix in SUFFIXES if (folder / f"{name}{suffix}").exists()]
    if len(found) > 1:
        mistakes.add(found[0], 0, f"there is {found[1].name} as well: leave one")
    return found[0] if found else None


def read(
    path: Path, needed: Collection[str], mistakes: Mistakes, allowed: Collection[str] | None = None
) -> list[Row]:
    """Rows that have all `needed` columns; `allowed`: a column beyond these is a mistake, else ignored."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(_json(path, text) if path.suffix == ".json" else _csv(path, text))
    except (OSError, UnicodeDecodeError) as error:
        mistakes.add(path, 0, f"cannot be read: {getattr(error, 'strerror', None) or error}")
        return []
    except csv.Error as error:
        mistakes.add(path, 0, f"no CSV: {error}")
        return []
    except json.JSONDecodeError as error:
        mistakes.add(path, error.lineno, f"no JSON: {error.msg}")
        return []
    except RecursionError:
        mistakes.add(path, 0, "no table: it is nested too deeply")
        return []
    return [row for row in rows if _is_complete(row, needed, allowed, mistakes)]


def _is_complete(
    row: Row, needed: Collection[str], allowed: Collection[str] | None, mistakes: Mistakes
) -> bool:
    missing = [name for name in needed if not row.fields.get(name)]
    if missing:
        mistakes.add(row.path, row.line, f"no {', '.join(missing)}")
    unknown = [] if allowed is None else [name for name in row.fields if name not in allowed]
    if unknown:
        mistakes.add(row.path, row.line, f"unknown {', '.join(unknown)}")
    return not missing and not unknown


def _csv(path: Path, text: str) -> Iterator[Row]:
    reader = csv.reader(StringIO(text), strict=True)
    header = [name.strip().lower() for name in next(reader, [])]
    for cells in reader:
        if cells:
            fields = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            yield Row(path, reader.line_num, fields)


def _json(path: Path, text: str) -> Iterator[Row]:
    """One object alone is an array of one."""
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    at = _skip(text, 0)
    is_array = text[at : at + 1] == "["
    at = _skip(text, at + 1) if is_array else at
    line, counted = 1, 0
    while not (is_array and text[at : at + 1] == "]"):
        found, end = decoder.raw_decode(text, at)
        if not isinstance(found, dict):
            raise json.JSONDecodeError("an object is expected", text, at)
        fields = {name.strip().lower(): _text(value) for name, value in found.items()}
        line, counted = line + text.count("\n", counted, at), at
        yield Row(path, line, fields)
        at = _skip(text, end)
        if not is_array:
            break
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise json.JSONDecodeError("a comma or ] is expected", text, at)
    rest = _skip(text, at + 1 if is_array else at)
    if rest != len(text):
        raise json.JSONDecodeError("nothing is expected behind the end", text, rest)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
