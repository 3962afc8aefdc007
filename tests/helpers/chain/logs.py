"""Raw logs as events of our contracts, by their compiled ABI."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from eth_abi import decode
from eth_utils import keccak

from scripts.sandbox.artifacts import artifact
from tests.helpers.chain.driver import Chain


class Event(NamedTuple):
    """Its name and its arguments in the order of the declaration."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Kind:
    name: str
    # (name, type, indexed), as declared.
    inputs: tuple[tuple[str, str, bool], ...]

    def event(self, topics: list[bytes], data: bytes) -> Event:
        indexed = [(name, kind) for name, kind, is_indexed in self.inputs if is_indexed]
        plain = [(name, kind) for name, kind, is_indexed in self.inputs if not is_indexed]
        found = {
            name: decode([kind], topic)[0] for (name, kind), topic in zip(indexed, topics[1:], strict=True)
        }
        values = decode([kind for _, kind in plain], data)
        found |= {name: value for (name, _), value in zip(plain, values, strict=True)}
        return Event(self.name, {name: found[name] for name, _, _ in self.inputs})


@cache
def kinds(contracts: tuple[str, ...]) -> dict[bytes, Kind]:
    """By first topic: every event that one of these contracts can log."""
    found = {}
    for contract in contracts:
        for entry in artifact(contract).abi:
            if entry["type"] == "event":
                inputs = tuple((p["name"], p["type"], p["indexed"]) for p in entry["inputs"])
                signature = f"{entry['name']}({','.join(kind for _, kind, _ in inputs)})"
                found[keccak(text=signature)] = Kind(entry["name"], inputs)
    return found


def events(chain: Chain, address_of: str, contracts: Iterable[str]) -> list[Event]:
    """What the last transaction logged from the address of one contract, with the code of these."""
    known, address = kinds(tuple(contracts)), chain.addresses[address_of]
    return [known[topics[0]].event(topics, data) for where, topics, data in chain.logs if where == address]
