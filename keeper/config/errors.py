"""Turns what pydantic finds into one line each: which key, which value, what to do."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from keeper.config.fields import safe_url

# A value longer than this is shortened in a message.
LONGEST_VALUE = 60
# By the beginning of pydantic's name for it.
WORDS = {
    "int_": "is no whole number",
    "float_": "is no number",
    "decimal_": "is no number",
    "bool_": "is neither true nor false",
    "string_type": "is no text",
    "model_": "is no table",
    "too_short": "is empty",
    "union_tag": "has no known kind",
}


class ConfigError(Exception):
    """The settings cannot be used. `problems`: one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def explain(
    error: ValidationError, model: type[BaseModel], environ: Mapping[str, str], prefix: str
) -> list[str]:
    found = error.errors()
    # A list that lost its bad members is not also too short.
    parts = {each["loc"][:-1] for each in found}
    return [
        _line(each, model, environ, prefix)
        for each in found
        if each["type"] != "too_short" or each["loc"] not in parts
    ]


def unknown_variables(environ: Mapping[str, str], prefix: str, model: type[BaseModel]) -> list[str]:
    """Variables of a table that does not exist: a typing error must not go unnoticed."""
    sections = list(model.model_fields)
    lines = []
    for name in sorted(environ):
        section, delimiter, _ = name.removeprefix(prefix).lower().partition("__")
        if name.startswith(prefix) and delimiter and section not in sections:
            lines.append(f"{name}: there is no [{section}]{_guess(section, sections)}")
    return lines


def _line(detail: ErrorDetails, model: type[BaseModel], environ: Mapping[str, str], prefix: str) -> str:
    location, kind = detail["loc"], detail["type"]
    known, siblings, names = _walk(location, model)
    key = _key(names)
    variable = prefix + "__".join(str(part) for part in location[:2]).upper()
    if variable in environ and len(location) > 1:
        key = variable
    if kind == "missing":
        return f"{key} is missing: {known}"
    if kind == "extra_forbidden":
        return f"{key} is no setting{_guess(str(location[-1]), siblings)}"
    if kind == "value_error":
        said = str(detail["ctx"]["error"])
        whole = isinstance(detail["input"], dict | list | tuple | BaseModel)
        return f"{key}: {said}" if whole else f"{key} = {_shown(detail)} {said}"
    plain = next((words for start, words in WORDS.items() if kind.startswith(start)), None)
    return f"{key} = {_shown(detail)} {plain or detail['msg'].replace('Input should', 'must')}: {known}"


def _walk(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, list[str], list[str | int]]:
    """The last field's description, its table's fields, the location without the names of unions' members."""
    current: type[BaseModel] | None = model
    field: FieldInfo | None = None
    names: list[str | int] = []
    for part in location:
        if isinstance(part, str) and field is not None and (member := _member(field, part)) is not None:
            current = member
            continue
        names.append(part)
        if isinstance(part, str) and current is not None and part in current.model_fields:
            field = current.model_fields[part]
            inner = list(_models(field.annotation))
            current = inner[0] if len(inner) == 1 else current
    description = field.description if field is not None else None
    return description or "set it", list(current.model_fields) if current else [], names


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _member(field: FieldInfo, kind: str) -> type[BaseModel] | None:
    for model in _models(field.annotation):
        if "kind" in model.model_fields and kind in get_args(model.model_fields["kind"].annotation):
            return model
    return None


def _key(names: Sequence[int | str]) -> str:
    text = f"[{names[0]}]"
    if len(names) > 1 and isinstance(names[1], int):
        text = f"[[{names[0]}]]"
    for before, part in pairwise(names):
        if isinstance(part, int):
            text += f" number {part + 1}"
        else:
            text += f" {part}" if before == names[0] or isinstance(before, int) else f".{part}"
    return text


def _shown(detail: ErrorDetails) -> str:
    # An endpoint's address often holds the key of its provider.
    value = safe_url(str(detail["input"])) if "endpoints" in detail["loc"] else detail["input"]
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."


def _guess(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f": did you mean {close[0]}?" if close else f": remove it, or use one of {', '.join(known)}"
