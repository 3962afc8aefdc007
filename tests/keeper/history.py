"""What happened on the chain: events by name, and what became of a keeper's transactions."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from web3 import Web3
from web3.contract import Contract

from scripts.sandbox.venue import Venue

ActionKey = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Event:
    name: str
    block: int
    tx_hash: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A transaction that is in a block. `logs`: how many events came of it."""

    block: int
    tx_hash: str
    nonce: int
    function: str
    arguments: dict[str, Any]
    succeeded: bool
    logs: int

    @property
    def key(self) -> ActionKey:
        """What it was about, as the keeper tells actions apart."""
        about = ("account_id", "market_id") if "account_id" in self.arguments else ("market_id", "market_ids")
        return self.function.removesuffix("_next"), tuple(str(self.arguments.get(name)) for name in about)


def events(venue: Venue, name: str, first: int = 0, last: int | str = "latest") -> list[Event]:
    """ClearingHouse's (or, where it is theirs, the router's or vault's) events of a name, oldest first."""
    system = venue.system
    for contract in (system.clearing_house, system.router, system.vault):
        if any(each["type"] == "event" and each["name"] == name for each in contract.abi):
            found = contract.events[name]().get_logs(from_block=first, to_block=last)
            return [
                Event(name, each["blockNumber"], each["transactionHash"].to_0x_hex(), dict(each["args"]))
                for each in found
            ]
    raise ValueError(f"no contract logs {name}")


def transactions_of(venue: Venue, address: str, first: int = 0, last: int | None = None) -> list[Sent]:
    """All of an address's transactions in blocks `first` to `last`, in order."""
    found = []
    for number in range(first, (venue.head if last is None else last) + 1):
        block = venue.w3.eth.get_block(number, full_transactions=True)
        transactions: list[Any] = list(block["transactions"])
        for tx in transactions:
            if tx["from"].lower() == address.lower():
                found.append(_sent(venue, tx))
    return found


def _sent(venue: Venue, tx: Any) -> Sent:
    receipt = venue.w3.eth.get_transaction_receipt(tx["hash"])
    name, arguments = _decode(venue, tx)
    return Sent(
        tx["blockNumber"],
        tx["hash"].to_0x_hex(),
        tx["nonce"],
        name,
        arguments,
        receipt["status"] == 1,
        len(receipt["logs"]),
    )


def _decode(venue: Venue, tx: Any) -> tuple[str, dict[str, Any]]:
    system = venue.system
    contract: Contract
    for contract in (system.clearing_house, system.router, system.source):
        if contract.address == tx["to"]:
            function, arguments = contract.decode_function_input(tx["input"])
            return function.fn_name, dict(arguments)
    return "unknown", {}


def reverted(sent: Iterable[Sent]) -> list[Sent]:
    return [each for each in sent if not each.succeeded]


def repeated(sent: Iterable[Sent]) -> list[Sent]:
    """Sent in vain: it changed nothing (no event), or its twin is in the same block."""
    all_of_them = list(sent)
    twins = Counter((each.block, each.key) for each in all_of_them if each.succeeded)
    return [
        each for each in all_of_them if each.succeeded and (each.logs == 0 or twins[each.block, each.key] > 1)
    ]


def balance_of(venue: Venue, address: str) -> int:
    return int(venue.w3.eth.get_balance(Web3.to_checksum_address(address)))
