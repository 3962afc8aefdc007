"""Raw logs as events of our contracts, by their compiled ABI."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from eth_abi import decode
from eth_utils import keccak

from keeper.types import RawLog
from scripts.sandbox.artifacts import artifact


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


@cache
def named(contract: str, names: tuple[str, ...]) -> dict[str, Kind]:
    """By first topic as nodes write it: the events of these names."""
    found = kinds((contract,)).items()
    return {"0x" + topic.hex(): kind for topic, kind in found if kind.name in names}


def events_in(logs: Iterable[RawLog], address: str, contract: str, names: tuple[str, ...]) -> Iterator[Event]:
    """The events of these names that a contract's code logged at an address."""
    known = named(contract, names)
    for log in logs:
        kind = known.get(log["topics"][0]) if log["topics"] else None
        if kind is not None and log["address"].lower() == address.lower():
            topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
            yield kind.event(topics, bytes.fromhex(log["data"][2:]))
