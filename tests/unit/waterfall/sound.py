"""ACC-1, POS-1 and QUE-1 after a call, and storage that a refused call must leave alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import ape

from scripts.sandbox.invariants import check
from scripts.sandbox.slots import decode_heads
from tests.helpers.books import assert_books, list_of
from tests.helpers.desk import Desk
from tests.helpers.model.arithmetic import LEVERAGES
from tests.helpers.reading import rpc


def assert_sound(desk: Desk) -> None:
    """Books, sizes, counts, and every open position in one list or parked."""
    assert_books(desk)
    assert_linked(desk)


def assert_linked(desk: Desk) -> None:
    """All of it but the books, where a test has written cash into storage."""
    house = desk.clearing_house
    account_ids = range(1, int(house.account_count()) + 1)
    for market_id in range(1, int(desk.governance.market_count()) + 1):
        slots = {i: slot for i in account_ids if (slot := desk.slot(i, market_id)).size}
        longs = sum(slot.size for slot in slots.values() if slot.is_long)
        interest = int(house.open_interest(market_id))
        balanced = sum(slot.size for slot in slots.values()) == 0 and longs == interest
        check("POS-1", balanced, (market_id, longs, interest))
        for is_long in (True, False):
            heads = decode_heads(int(house.heads_slot(market_id, is_long)))
            linked = [
                node
                for leverage, head in zip(LEVERAGES, heads, strict=True)
                if head
                for node in list_of(desk, is_long, leverage, market_id)
            ]
            parked = [i for i, slot in slots.items() if slot.is_long == is_long and slot.parked]
            members = sorted(i for i, slot in slots.items() if slot.is_long == is_long)
            check("QUE-1", sorted(linked + parked) == members, (market_id, is_long, linked, parked, members))
            check("QUE-1", house.position_count(market_id, is_long) == len(members), ("count", members))
        loose = all(slot.prev == slot.next == 0 for slot in slots.values() if slot.parked)
        check("QUE-1", loose, ("parked but linked", slots))


def roots(desk: Desk) -> tuple[str, ...]:
    """Storage roots of ClearingHouse and the vault: equal if and only if nothing stored differs."""
    return tuple(
        rpc("eth_getProof", str(contract.address), [], "latest")["storageHash"]
        for contract in (desk.clearing_house, desk.vault)
    )


@contextmanager
def refused(desk: Desk, reason: str) -> Iterator[None]:
    """The call reverts with exactly this reason and stores nothing (ADL-6)."""
    before = roots(desk)
    with ape.reverts(reason):
        yield
    assert roots(desk) == before
