"""The accounting identities of a deployment, read through Ape."""

from scripts.sandbox.invariants import check
from scripts.sandbox.slots import PositionSlot, decode_heads
from tests.helpers.desk import Desk
from tests.helpers.model.arithmetic import LEVERAGES


def assert_books(desk: Desk) -> None:
    """ACC-1."""
    house = desk.clearing_house
    cash = sum(desk.cash(i) for i in range(1, house.account_count() + 1))
    check("ACC-1", cash == house.total_cash(), ("total_cash", cash, house.total_cash()))
    owed = cash + house.vault_credit() + house.treasury_credit()
    held = desk.token.balanceOf(house)
    check("ACC-1", owed == house.collateral_ledger() <= held, (owed, house.collateral_ledger(), held))


def list_of(desk: Desk, is_long: bool, leverage: int, market_id: int = 1) -> list[int]:
    """One list from its head, its links checked both ways on the way."""
    house = desk.clearing_house
    node = decode_heads(int(house.heads_slot(market_id, is_long)))[LEVERAGES.index(leverage)]
    nodes: list[int] = []
    previous = 0
    while node:
        for word in house.position_chain(market_id, node, 256):
            slot = PositionSlot.decode(int(word))
            sound = slot.prev == previous and slot.size != 0 and node not in nodes
            check("QUE-1", sound, ("list", nodes, "node", node, slot))
            nodes.append(node)
            previous, node = node, slot.next
    return nodes
