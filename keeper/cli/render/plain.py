"""Views as JSON: amounts are decimal strings in whole units, exact; times are Unix seconds."""

import json
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from typing import Any


def to_json(view: Any) -> str:
    return json.dumps(_plain(view), indent=2)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Decimal):
        return _exact(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _exact(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
