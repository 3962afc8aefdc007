"""Handing orders to Exchange with signatures of the test's making, through either entry point."""

from dataclasses import asdict, astuple
from typing import Any

import pytest
from ape.api import AccountAPI, ReceiptAPI
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from scripts.sandbox.orders import Order
from tests.helpers.desk import Desk

# What a filler may call, and whose part is under attack.
ENTRIES = pytest.mark.parametrize("entry", ["fill", "fill_batch"])
SIDES = pytest.mark.parametrize("side", ["maker", "taker"])

# For eth_account, whose EIP-712 is independent of tests/helpers/orders.py.
ORDER_FIELDS = [
    {"name": "account_id", "type": "uint256"},
    {"name": "market_id", "type": "uint256"},
    {"name": "size", "type": "int256"},
    {"name": "limit_price", "type": "uint256"},
    {"name": "leverage", "type": "uint256"},
    {"name": "reduce_only", "type": "bool"},
    {"name": "post_only", "type": "bool"},
    {"name": "filler", "type": "address"},
    {"name": "expires_at", "type": "uint256"},
    {"name": "epoch", "type": "uint256"},
    {"name": "salt", "type": "uint256"},
]


def typed_digest(order: Order, chain_id: int, contract: str, primary: str = "Order", **domain: str) -> bytes:
    """What eth_account would sign; `domain` changes the name or the version."""
    fields: dict[str, Any] = {
        "name": "Plimsoll Exchange",
        "version": "1",
        "chainId": chain_id,
        "verifyingContract": contract,
        **domain,
    }
    message = encode_typed_data(fields, {primary: ORDER_FIELDS}, asdict(order))
    return keccak(b"\x19" + message.version + message.header + message.body)


def signatures(desk: Desk, maker: Order, taker: Order) -> tuple[bytes, bytes]:
    """The honest ones."""
    return desk.sign(maker), desk.sign(taker)


def submit(
    desk: Desk,
    entry: str,
    maker: Order,
    taker: Order,
    signatures: tuple[bytes, bytes],
    size: int | None = None,
    sender: AccountAPI | None = None,
) -> ReceiptAPI:
    """Match the two, the maker alone in a batch or by `fill`."""
    size = abs(maker.size) if size is None else size
    sender = sender or desk.owner
    first, second = astuple(maker), astuple(taker)
    if entry == "fill":
        return desk.exchange.fill(first, signatures[0], second, signatures[1], size, 0, 0, sender=sender)
    return desk.exchange.fill_batch(
        [first], [signatures[0]], second, signatures[1], [size], [0, 0], sender=sender
    )


def submit_forged(
    desk: Desk, entry: str, side: str, orders: tuple[Order, Order], forged: bytes
) -> ReceiptAPI:
    """Match the two with one side's signature replaced."""
    maker, taker = (desk.sign(order) for order in orders)
    return submit(desk, entry, *orders, (forged, taker) if side == "maker" else (maker, forged))
