"""What a transaction logged."""

from typing import Any

from ape.api import ReceiptAPI


def emitted(receipt: ReceiptAPI, contract: Any) -> list[tuple[str, dict[str, Any]]]:
    """All events of one contract in a receipt, in order: name and arguments."""
    return [
        (e.event_name, e.event_arguments) for e in receipt.events if e.contract_address == contract.address
    ]


def named(receipt: ReceiptAPI, name: str) -> list[dict[str, Any]]:
    """The arguments of every event of that name, in order."""
    return [e.event_arguments for e in receipt.events if e.event_name == name]
