"""The state of the chain at one block, from events alone.

    book = Book(scale)
    book.extend(events, upto, timestamps)      history that cannot be reorganised; no undo
    book.apply(block, events, observer)        the next block; Reorged if it does not build on the head
    book.rewind(number)                        back to a block; TooDeep if its undo is not kept any more

    book.accounts, book.positions[m], book.markets[m]      columns and frozen markets, see those modules
    book.account(id), book.position(id, m)                 exact, as dataclasses
    book.open_interest(m), book.marks(at), book.block_hash(number)

`apply` happens wholly or not at all. After an exception of `extend` the book is unusable: load or rebuild it.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress

from keeper.book.accounts import Accounts
from keeper.book.effects import Changes, Effects
from keeper.book.errors import BrokenHistory, Reorged, TooDeep
from keeper.book.events import Event
from keeper.book.markets import Market
from keeper.book.positions import Positions
from keeper.book.rounds import ENDED, STARTED, Observer, receipt
from keeper.book.undo import Recorder, Undo, revert
from keeper.types import AccountState, BlockRef, Mark, PositionState

KEPT_BLOCKS = 128
_ROUTER = {"PriceAccepted", "PricePending", "SourceSet"}
_CLOCKED = {"PricePending", "SourceSet", "MarketWritten"}


class Book:
    """`scale`: 10**(36 - decimals of the collateral). `kept`: blocks that `rewind` can undo."""

    def __init__(self, scale: int, kept: int = KEPT_BLOCKS) -> None:
        self.scale = scale
        self.head: BlockRef | None = None
        self.state = Effects(scale)
        # Oldest first.
        self.undo: deque[Undo] = deque(maxlen=kept)

    @property
    def accounts(self) -> Accounts:
        return self.state.accounts

    @property
    def markets(self) -> dict[int, Market]:
        return self.state.markets

    @property
    def positions(self) -> dict[int, Positions]:
        return self.state.positions

    # -- following the chain

    def apply(self, block: BlockRef, events: Sequence[Event], observer: Observer | None = None) -> Changes:
        """One block with all its events in order."""
        if self.head is not None and (block.parent != self.head.hash or block.number != self.head.number + 1):
            raise Reorged(f"block {block.number} builds on {block.parent}, the head is {self.head}")
        recorder = Recorder(self.state, block, self.head)
        changes = self.state.changes = Changes()
        try:
            self._run(block, events, observer)
        except BaseException:
            revert(self.state, recorder.stop())
            raise
        self.undo.append(recorder.stop())
        self.head = block
        return changes

    def extend(
        self,
        events: Sequence[Event],
        upto: BlockRef,
        timestamps: Mapping[int, int],
        observer: Observer | None = None,
    ) -> None:
        """Blocks up to `upto`; `timestamps` at least of those that `clocked(events)` names."""
        known = self.head.number if self.head is not None else -1
        if upto.number <= known:
            raise ValueError(f"the book is at block {known} already")
        missing = clocked(events) - timestamps.keys()
        if missing:
            raise ValueError(f"no timestamps of blocks {sorted(missing)[:10]}")
        self.undo.clear()
        self.state.changes = Changes()
        handlers = self.state.handlers
        held: list[Event] = []
        last = (known, -1)
        for event in events:
            name, number, _, log_index, args = event
            if not last < (number, log_index) or number == known or number > upto.number:
                raise BrokenHistory(f"{name} {log_index} of block {number} after {last}, up to {upto.number}")
            last = (number, log_index)
            if held or name == STARTED:
                self._one(event, timestamps.get(number, 0), held, observer)
            else:
                handlers[name](args, number, timestamps.get(number, 0))
        _check_ended(held)
        self.head = upto

    def rewind(self, number: int) -> None:
        """Undo the blocks above `number`."""
        if self.head is None or number > self.head.number:
            raise ValueError(f"block {number} is not below the head {self.head}")
        if self.head.number - number > len(self.undo):
            raise TooDeep(f"block {number} is more than {len(self.undo)} blocks back")
        while self.head is not None and self.head.number > number:
            undo = self.undo.pop()
            revert(self.state, undo)
            self.head = undo.head

    def block_hash(self, number: int) -> str | None:
        """Of the head or one of the blocks that `rewind` can reach; None: not kept."""
        if self.head is not None and self.head.number == number:
            return self.head.hash
        for undo in self.undo:
            if undo.head is not None and undo.head.number == number:
                return undo.head.hash
        return None

    # -- reading, exact

    def account(self, account_id: int) -> AccountState:
        """Positions in the order in which they were opened. LookupError: no such account."""
        with suppress(BrokenHistory):
            found = {
                market_id: self.positions[market_id].state(self.accounts.row_of(account_id, market_id))
                for market_id in self.accounts.open_markets(account_id)
            }
            cash, flag = self.accounts.cash_of(account_id), self.accounts.flag_of(account_id)
            return AccountState(account_id, cash, flag, found)
        raise LookupError(f"there is no account {account_id}")

    def position(self, account_id: int, market_id: int) -> PositionState | None:
        return self.account(account_id).positions.get(market_id)

    def open_interest(self, market_id: int) -> int:
        """Sum of longs, base."""
        return self.positions[market_id].open_interest

    def marks(self, at: int) -> dict[int, Mark]:
        """Of all listed markets, at a Unix second."""
        return {m: market.mark(at) for m, market in self.markets.items() if market.params.listed}

    # -- internal

    def _run(self, block: BlockRef, events: Sequence[Event], observer: Observer | None) -> None:
        held: list[Event] = []
        last = -1
        for event in events:
            if event.block != block.number or event.log_index <= last:
                place = f"{event.log_index} of block {event.block} in block {block.number}"
                raise BrokenHistory(f"{event.name} {place} after {last}")
            last = event.log_index
            self._one(event, block.timestamp, held, observer)
        _check_ended(held)

    def _one(self, event: Event, at: int, held: list[Event], observer: Observer | None) -> None:
        """`held`: ClearingHouse's events of a round that has not ended. Prices go in meanwhile: the round was
        done at them."""
        handlers, name = self.state.handlers, event.name
        if (held or name == STARTED) and name not in _ROUTER:
            held.append(event)
            if name == ENDED:
                shown = receipt(held, at)
                if observer is not None:
                    observer.round(shown, self.marks(at))
                for each in held:
                    handlers[each.name](each.args, each.block, at)
                held.clear()
        else:
            handlers[name](event.args, event.block, at)


def _check_ended(held: Sequence[Event]) -> None:
    if held:
        raise BrokenHistory(f"the round in {held[0].tx_hash} does not end")


def clocked(events: Sequence[Event]) -> set[int]:
    """Blocks whose timestamps `extend` needs: of a market's touches the last before somebody reads it."""
    blocks: set[int] = set()
    touched: set[int] = set()
    for event in reversed(events):
        if event.name == "FundingAccrued":
            if event.args[0] not in touched:
                touched.add(event.args[0])
                blocks.add(event.block)
        elif event.name in _CLOCKED:
            blocks.add(event.block)
        elif event.name == STARTED or (event.name == "Withdrawn" and event.args[2] == 0):
            # Accounts are valued, with the funding of that time.
            touched.clear()
            blocks.add(event.block)
    return blocks
