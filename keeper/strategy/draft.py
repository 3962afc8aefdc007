"""The book as it will be when what is planned so far has happened: the next decision starts from there.

Nothing is written to the book. Penalties that a liquidation pays to the vault are not counted as its
assets, so what it can pay is never overstated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from keeper.book.book import Book
from keeper.book.markets import Market
from keeper.strategy.deleveraging import cash_after
from keeper.strategy.liquidation import Closing, resized
from keeper.strategy.ranking import Ranked, SideQueue
from keeper.strategy.risk import Standing, standing
from keeper.strategy.takeover import Carried
from keeper.strategy.venue import Marks
from keeper.types import AccountState, Facts, PassedOver, PositionState, Round


class Line:
    """A side's queue, ranked as far as anybody has looked."""

    def __init__(self, queue: SideQueue, price: int, most: int) -> None:
        self.queue = queue
        self._source = islice(queue.walk(price, most), most)
        self._known: list[Ranked] = []
        self._start = 0

    def upcoming(self, gone: set[int]) -> Iterator[Ranked]:
        """Without those that are gone, who never come back."""
        at = self._start
        while True:
            if at == len(self._known):
                following = next(self._source, None)
                if following is None:
                    return
                self._known.append(following)
            each = self._known[at]
            at += 1
            if each.account_id not in gone:
                yield each
            elif at == self._start + 1:
                self._start = at


class Draft:
    """A Venue. `reach`: how deep into a queue a plan can get."""

    def __init__(self, book: Book, marks: Marks, facts: Facts, reach: int) -> None:
        self.book, self.marks = book, marks
        self._reach = reach
        self._capacity, self._overall = dict(facts.capacity), facts.capacity_overall
        self._accounts: dict[int, AccountState] = {}
        self._standings: dict[int, Standing] = {}
        self._interest: dict[int, int] = {}
        self._lines: dict[tuple[int, bool], Line] = {}
        # By market: whose position there is closed, parked, or not where the book has it.
        self._gone: dict[int, set[int]] = {}
        # Sides of a market in which something of this draft changed the queue.
        self.stirred: set[tuple[int, bool]] = set()

    # -- a Venue

    @property
    def scale(self) -> int:
        return self.book.scale

    @property
    def markets(self) -> Mapping[int, Market]:
        return self.book.markets

    def account(self, account_id: int) -> AccountState:
        found = self._accounts.get(account_id)
        return self.book.account(account_id) if found is None else found

    def open_interest(self, market_id: int) -> int:
        found = self._interest.get(market_id)
        return self.book.open_interest(market_id) if found is None else found

    # -- more than a Venue

    def standing(self, account_id: int) -> Standing:
        """Initial requirements are those at the open interest when it was first asked for."""
        found = self._standings.get(account_id)
        if found is None:
            found = self._standings[account_id] = standing(self, self.marks, self.account(account_id))
        return found

    def is_touched(self, account_id: int) -> bool:
        return account_id in self._accounts

    def capacity(self, market_id: int) -> int:
        """What the vault would still pay for a market, quote units. KeyError: nobody asked it."""
        return min(self._capacity[market_id], self._overall)

    def queue(self, market_id: int, is_long: bool) -> SideQueue:
        """As the book has it."""
        return self._line(market_id, is_long).queue

    def ranked(self, market_id: int, is_long: bool) -> Iterator[Ranked]:
        """Who would be visited, best first. A liquidator's changed position is left out: see `stirred`."""
        return self._line(market_id, is_long).upcoming(self._gone.get(market_id, set()))

    # -- what happens

    def take_over(self, seen: Standing, market_id: int, own_id: int, taken: Carried) -> None:
        part: Closing = taken.closing
        self._draw(market_id, part.insured)
        gained = part.insured - part.penalty
        self._close(seen, market_id, part.left, seen.cash + part.moved + gained, gained)
        own = self.account(own_id)
        positions = dict(own.positions)
        for position in (positions.pop(market_id, None), taken.position):
            if position is not None:
                self.stirred.add((market_id, position.size > 0))
        if taken.position is not None:
            positions[market_id] = taken.position
        self._change(replace(own, cash=taken.cash, flagged_at=0, positions=positions))
        self._gone.setdefault(market_id, set()).add(own_id)
        self._interest[market_id] = taken.open_interest

    def deleverage(self, seen: Standing, made: Round) -> None:
        market_id = made.market_id
        self._draw(market_id, made.insurance_paid)
        left = made.left if made.size > 0 else -made.left
        self._close(seen, market_id, left, cash_after(self, seen, made), made.haircut + made.insurance_paid)
        for visit in made.visits:
            if isinstance(visit, PassedOver):
                self._park(visit.counterparty, market_id)
            else:
                self._set(visit.counterparty, market_id, visit.left, visit.cash, 0)
        self.stirred |= {(market_id, True), (market_id, False)}
        self._interest[market_id] = self.open_interest(market_id) - made.closed

    # -- parts

    def _line(self, market_id: int, is_long: bool) -> Line:
        key = (market_id, is_long)
        if key not in self._lines:
            queue = SideQueue(self.book.positions[market_id], is_long)
            self._lines[key] = Line(queue, self.marks[market_id].price, self._reach)
        return self._lines[key]

    def _draw(self, market_id: int, amount: int) -> None:
        self._overall -= amount
        self._capacity[market_id] -= amount

    def _close(self, seen: Standing, market_id: int, size: int, cash: int, gained: int) -> None:
        """The account that was closed in part or whole, and paid `gained` beyond the value it lost."""
        flagged_at = 0 if seen.equity + gained >= 0 else seen.flagged_at
        self._set(seen.account_id, market_id, size, cash, flagged_at)

    def _set(self, account_id: int, market_id: int, size: int, cash: int, flagged_at: int) -> None:
        account = self.account(account_id)
        before = account.positions[market_id]
        left = resized(before, size)
        if left is None:
            self._gone.setdefault(market_id, set()).add(account_id)
            self.stirred.add((market_id, before.size > 0))
        self._change(AccountState(account_id, cash, flagged_at, _with(account, market_id, left)))

    def _park(self, account_id: int, market_id: int) -> None:
        account = self.account(account_id)
        parked = replace(account.positions[market_id], parked=True)
        self._gone.setdefault(market_id, set()).add(account_id)
        self._change(replace(account, positions=_with(account, market_id, parked)))

    def _change(self, account: AccountState) -> None:
        self._accounts[account.account_id] = account
        self._standings.pop(account.account_id, None)


def _with(account: AccountState, market_id: int, position: PositionState | None) -> dict[int, PositionState]:
    positions = dict(account.positions)
    if position is None:
        del positions[market_id]
    else:
        positions[market_id] = position
    return positions
