"""Raw JSON-RPC logs as events.

    decoder = Decoder({clearing_house: "ClearingHouse", router: "OracleRouter"})     lower-case addresses
    decoder.topics()          first topics for a log filter
    decoder.decode(log)       Event, or None for what the book does not need

All of them are static words, so the hex is cut and no ABI decoder is on the way. Every word is checked
against the width that the contract gives it: what no contract could have written is a malformed log.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

from eth_utils import keccak

from keeper.abi import abi
from keeper.book.errors import MalformedLog
from keeper.types import RawLog


class Event(NamedTuple):
    """`args` in the order of the declaration: addresses are integers, tuples are flattened."""

    name: str
    block: int
    tx_hash: str
    log_index: int
    args: tuple[int, ...]


_ACCOUNT, _MARKET, _ADDRESS, _TIME, _AMOUNT, _FLAG = 32, 7, 160, 40, 256, 1
_PRICE, _SIZE, _CASH, _SIGNED = 88, -96, -128, -256
_SOURCE = (_ADDRESS, _ADDRESS, _FLAG, 24, 64, 16, 64, 64)

# Bits of every argument, negative for signed ones.
WIDTHS: dict[str, dict[str, tuple[int, ...]]] = {
    "ClearingHouse": {
        "AccountOpened": (_ACCOUNT, _ADDRESS),
        "Deposited": (_ACCOUNT, _ADDRESS, _AMOUNT, _CASH),
        "Withdrawn": (_ACCOUNT, _ADDRESS, _AMOUNT, _CASH),
        "EpochRaised": (_ACCOUNT, 24),
        "PositionChanged": (_ACCOUNT, _MARKET, _SIZE, _PRICE, 7, _CASH, _PRICE, 3),
        "FundingAccrued": (_MARKET, -88, -40, _PRICE),
        "MarketWritten": (_MARKET, 256, 256),
        "Flagged": (_ACCOUNT, _TIME, _AMOUNT),
        "FlagCleared": (_ACCOUNT,),
        "GateRaised": (_ACCOUNT, 64),
        "DeleveragingStarted": (_ACCOUNT, _MARKET, _SIZE, _SIGNED, _AMOUNT, _AMOUNT, _FLAG),
        "Deleveraged": (
            *(_ACCOUNT, _MARKET, _ACCOUNT, 16, _SIGNED),
            *(_SIZE, _AMOUNT, _AMOUNT, _SIZE, _CASH),
        ),
        "PassedOver": (_ACCOUNT, _MARKET, _ACCOUNT, 16, _SIGNED),
        "DeleveragingEnded": (_ACCOUNT, _MARKET, 96, 96, _AMOUNT, _AMOUNT, _AMOUNT),
        "Relinked": (_ACCOUNT, _MARKET),
    },
    "OracleRouter": {
        "PriceAccepted": (_MARKET, _PRICE, _TIME),
        "PricePending": (_MARKET, _PRICE, _TIME, _PRICE),
        "SourceSet": (_MARKET, *_SOURCE, *_SOURCE),
    },
}


# "0x" and 32 bytes.
_HASH_CHARS = 66


class _Layout(NamedTuple):
    name: str
    topics: int
    data_chars: int
    words: struct.Struct
    # (signed, lowest, highest)
    bounds: tuple[tuple[bool, int, int], ...]


class Decoder:
    """For the logs of these contracts; `addresses` are lower case."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        by_contract = {name: _layouts(name) for name in set(addresses.values())}
        self._layouts = {address: by_contract[name] for address, name in addresses.items()}

    def topics(self) -> list[str]:
        """First topics of the events that `decode` does not skip."""
        return sorted({topic for layouts in self._layouts.values() for topic in layouts})

    def decode(self, log: RawLog) -> Event | None:
        """None: an event, or an emitter, that the book has no use for."""
        try:
            layouts = self._layouts.get(log["address"].lower())
            topics: list[str] = log["topics"]
            layout = layouts.get(topics[0]) if layouts else None
            if layout is None:
                return None
            data: str = log["data"]
            words = [topic[2:] for topic in topics if len(topic) == _HASH_CHARS]
            tx_hash: str = log["transactionHash"]
            if (
                len(words) != layout.topics
                or len(topics) != layout.topics
                or len(data) != layout.data_chars
                or len(tx_hash) != _HASH_CHARS
                or log.get("removed")
            ):
                raise MalformedLog(f"{layout.name}: {log}")
            raw = bytes.fromhex("".join(words[1:]) + data[2:])
            args = []
            for word, (signed, lowest, highest) in zip(layout.words.unpack(raw), layout.bounds, strict=True):
                value = int.from_bytes(word, "big", signed=signed)
                if not lowest <= value <= highest:
                    raise MalformedLog(f"{layout.name}: {log}")
                args.append(value)
            block, log_index = int(log["blockNumber"], 16), int(log["logIndex"], 16)
            return Event(layout.name, block, tx_hash, log_index, tuple(args))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error) as error:
            raise MalformedLog(f"{error}: {log}") from error


def _layouts(contract: str) -> dict[str, _Layout]:
    layouts = {}
    for entry in abi(contract):
        widths = WIDTHS[contract].get(entry["name"]) if entry["type"] == "event" else None
        if widths is not None:
            indexed = sum(1 for parameter in entry["inputs"] if parameter["indexed"])
            signature = f"{entry['name']}({','.join(_type(p) for p in entry['inputs'])})"
            layouts["0x" + keccak(text=signature).hex()] = _Layout(
                name=entry["name"],
                topics=1 + indexed,
                data_chars=2 + 64 * (len(widths) - indexed),
                words=struct.Struct("32s" * len(widths)),
                bounds=tuple(_bounds(width) for width in widths),
            )
    return layouts


def _type(parameter: dict[str, object]) -> str:
    components = parameter.get("components")
    if not isinstance(components, list):
        return str(parameter["type"])
    return f"({','.join(_type(component) for component in components)})"


def _bounds(width: int) -> tuple[bool, int, int]:
    if width < 0:
        return True, -(1 << -width - 1), (1 << -width - 1) - 1
    return False, 0, (1 << width) - 1
