"""The contracts' ABIs, as `python -m scripts.export_abi` writes them."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def abi(name: str) -> list[dict[str, Any]]:
    """The whole ABI of a contract, for example `abi("ClearingHouse")`."""
    text = files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = json.loads(text)
    return entries
