"""What a test reads off the chain around a call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ape
from ape import chain
from ape.api import ReceiptAPI

from tests.helpers.desk import Desk
from tests.helpers.model.arithmetic import PPM, ceil_div, notional_up, scale_of
from tests.helpers.parameters import WAD

# Name and arguments.
Event = tuple[str, dict[str, Any]]
# Signed size, entry price, leverage.
Holding = tuple[int, int, int]

# The desk's collateral has 6 decimals.
SCALE = scale_of(6)
FLAT: Holding = (0, 0, 0)
# What Ape says of a revert without a reason.
NO_REASON = "Transaction failed."


def rpc(method: str, *params: object) -> Any:
    return chain.provider.make_request(method, list(params))


def next_block_at(timestamp: int) -> None:
    rpc("evm_setNextBlockTimestamp", timestamp)


def now() -> int:
    """When the last block was mined."""
    return int(chain.blocks.head.timestamp)


def events(receipt: ReceiptAPI) -> list[Event]:
    """All events, in order."""
    return [(event.event_name, dict(event.event_arguments)) for event in receipt.events]


def epoch(desk: Desk, account_id: int) -> int:
    return int(desk.clearing_house.account_word(account_id)) >> 192 & (2**24 - 1)


def holding(desk: Desk, account_id: int, market_id: int = 1) -> Holding:
    position = desk.lens.position(account_id, market_id)
    return int(position.size), int(position.entry_price), int(position.leverage)


def fee_credits(desk: Desk) -> tuple[int, int]:
    """The vault's and the treasury's."""
    return int(desk.clearing_house.vault_credit()), int(desk.clearing_house.treasury_credit())


def fee(size: int, price: int, rate: int) -> int:
    """The uncapped fee of one side, `rate` WAD."""
    return ceil_div(notional_up(size, price, SCALE) * (rate * PPM // WAD), PPM)


def storage(desk: Desk) -> tuple[str, str]:
    """Storage roots of Exchange and ClearingHouse: equal if and only if nothing stored differs."""
    exchange, clearing_house = (
        rpc("eth_getProof", str(contract.address), [], "latest")["storageHash"]
        for contract in (desk.exchange, desk.clearing_house)
    )
    return exchange, clearing_house


@contextmanager
def refused(desk: Desk, reason: str) -> Iterator[None]:
    """The call reverts with exactly this reason, and neither contract stores anything."""
    before = storage(desk)
    with ape.reverts(reason):
        yield
    assert storage(desk) == before
