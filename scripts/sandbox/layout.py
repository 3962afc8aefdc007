"""Where contracts keep their variables, and words of storage by what they are."""

from functools import cache
from typing import Any

from eth_utils import keccak

from scripts.sandbox.artifacts import artifact

# ("account", id), ("position", market, account), ("heads", market, is_long), ...
Name = tuple[Any, ...]
Words = dict[Name, int]


@cache
def slot_of(contract: str, variable: str) -> int:
    """Where a variable stands, named as in `queue.slots`."""
    found: Any = artifact(contract).layout
    for part in variable.split("."):
        found = found[part]
    return int(found["slot"])


@cache
def entry_of(contract: str, variable: str, key: int) -> tuple[str, int]:
    """Where the value of a HashMap's key stands."""
    preimage = slot_of(contract, variable).to_bytes(32, "big") + key.to_bytes(32, "big")
    return contract, int.from_bytes(keccak(preimage), "big")


def differences(chain: Words, model: Words) -> list[str]:
    """One line per word that is not the same."""
    names = [*chain, *(name for name in model if name not in chain)]
    return [
        f"{name}: chain {chain.get(name, 0):#x}, model {model.get(name, 0):#x}"
        for name in names
        if chain.get(name) != model.get(name)
    ]
