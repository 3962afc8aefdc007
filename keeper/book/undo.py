"""What takes a block back: everything it overwrote, as it was before."""

from dataclasses import dataclass

from keeper.book.effects import Effects
from keeper.book.markets import Market
from keeper.book.positions import Positions
from keeper.types import BlockRef

# Of a market's positions: rows in use, open interest, newest order number, first free row.
Counters = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Undo:
    """Records by row. A market that was unknown before is None."""

    block: BlockRef
    head: BlockRef | None
    account_count: int
    accounts: dict[int, bytes]
    counters: dict[int, Counters]
    positions: dict[int, dict[int, bytes]]
    markets: dict[int, Market | None]


class Recorder:
    """Keeps the first version of everything that is written between `start` and `stop`."""

    def __init__(self, state: Effects, block: BlockRef, head: BlockRef | None) -> None:
        self._state = state
        self._block, self._head = block, head
        self._account_count = state.accounts.count
        self._counters = {market_id: counters(each) for market_id, each in state.positions.items()}
        state.markets_before = {}
        state.accounts.before = {}
        for positions in state.positions.values():
            positions.before = {}

    def stop(self) -> Undo:
        state = self._state
        accounts, state.accounts.before = state.accounts.before or {}, None
        written: dict[int, dict[int, bytes]] = {}
        for market_id, positions in state.positions.items():
            rows, positions.before = positions.before, None
            if rows and market_id in self._counters:
                written[market_id] = rows
        return Undo(
            block=self._block,
            head=self._head,
            account_count=self._account_count,
            accounts=accounts,
            counters={market_id: self._counters[market_id] for market_id in written},
            positions=written,
            markets=state.markets_before,
        )


def counters(positions: Positions) -> Counters:
    return positions.count, positions.open_interest, positions.next_order, positions.free


def set_counters(positions: Positions, values: Counters) -> None:
    positions.count, positions.open_interest, positions.next_order, positions.free = values


def revert(state: Effects, undo: Undo) -> None:
    """Put the state back as it was before the block."""
    for row, raw in undo.accounts.items():
        state.accounts.restore(row, raw)
    state.accounts.count = undo.account_count
    for market_id, rows in undo.positions.items():
        positions = state.positions[market_id]
        for row, raw in rows.items():
            positions.restore(row, raw)
        set_counters(positions, undo.counters[market_id])
    for market_id, market in undo.markets.items():
        if market is None:
            del state.markets[market_id], state.positions[market_id]
        else:
            state.markets[market_id] = market
