"""The deleveraging engine behind both doors: who is closed, at whose cost, what is logged."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.helpers.model import flags, insurance
from tests.helpers.model.accounts import Account, State
from tests.helpers.model.arithmetic import ceil_div, fits_cash, floor_div, trunc_div, value
from tests.helpers.model.bankruptcy import change_of, released_value, standing
from tests.helpers.model.errors import require
from tests.helpers.model.margin import Mark, Marks, equity
from tests.helpers.model.queue import Queue

MAX_VISITS = 256
NOT_TOP = "adl: not top ranked"


@dataclass(frozen=True)
class Deleveraged:
    """The event of a counterparty that was closed; `rank` counts visits, `left` is its signed size after."""

    account_id: int
    market_id: int
    counterparty: int
    rank: int
    roe: int
    size: int
    price: int
    haircut: int
    left: int
    cash: int


@dataclass(frozen=True)
class PassedOver:
    """The event of a counterparty that the close would leave with `equity` < 0; it is parked."""

    account_id: int
    market_id: int
    counterparty: int
    rank: int
    equity: int


Visit = Deleveraged | PassedOver


@dataclass(frozen=True)
class Deleveraging:
    """A round as its events tell it: DeleveragingStarted, the visits in order, DeleveragingEnded.

    Not in the events: `price` the mark, `from_credit` of the insurance drawn, whose flags were cleared.
    """

    account_id: int
    market_id: int
    size: int
    equity: int
    shortfall: int
    insurance: int
    verified: bool
    visits: tuple[Visit, ...]
    closed: int
    left: int
    insurance_paid: int
    haircut: int
    price: int = field(default=0, compare=False)
    from_credit: int = field(default=0, compare=False)
    flags_cleared: tuple[int, ...] = field(default=(), compare=False)

    @property
    def counterparties(self) -> tuple[Deleveraged, ...]:
        return tuple(visit for visit in self.visits if isinstance(visit, Deleveraged))

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        return tuple(visit for visit in self.visits if isinstance(visit, PassedOver))


def haircut_of(uninsured: int, closed: int, whole: int) -> int:
    """G: what closing `closed` of `whole` costs the counterparties, rounded up."""
    return ceil_div(uninsured * closed, whole)


def insurance_of(insured: int, closed: int, whole: int) -> int:
    """I: what the vault pays of it, rounded down."""
    return floor_div(insured * closed, whole)


@dataclass
class Engine:
    """Runs one call after the market was touched; raises Revert half-way, on a state to be thrown away.

    `ranked`: the list to be verified; None: the chain picks.
    """

    state: State
    account_id: int
    market_id: int
    marks: Marks
    now: int
    ranked: Sequence[int] | None
    max_count: int
    visits: list[Visit] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)
    size: int = 0
    # Of the whole position: what the counterparties bear.
    uninsured: int = 0
    closed: int = 0

    @property
    def queue(self) -> Queue:
        return self.state.queues[self.market_id]

    @property
    def mark(self) -> Mark:
        return self.marks(self.market_id)

    @property
    def scale(self) -> int:
        return self.state.markets[self.market_id].scale

    def run(self) -> Deleveraging:
        account = self.state.accounts.get(self.account_id, Account(""))
        require(self.market_id in account.positions, "position: none")
        seen = standing(self.state, account, self.marks)
        require(seen.is_bankrupt, "adl: not bankrupt")
        shortfall = seen.shortfall(self.market_id)
        insured, from_credit = self._insure(shortfall)
        require(insured < shortfall or flags.is_ripe(account, self.now), "adl: insured")

        self.size, self.uninsured = account.size(self.market_id), shortfall - insured
        whole = abs(self.size)
        self._walk()
        require(bool(self.visits), "adl: no counterparties")

        paid = insurance_of(insured, self.closed, whole)
        haircut = haircut_of(self.uninsured, self.closed, whole)
        insurance.give_back(self.state, self.market_id, insured - paid, self.now)
        account.cash += self._moved(0, self.closed) + haircut + paid
        require(fits_cash(account.cash), "account: cash overflow")
        self._resize(self.account_id, self.size + change_of(self.size, self.closed))
        market = self.state.markets[self.market_id]
        longs = market.open_interest - self.closed
        self.state.markets[self.market_id] = replace(market, open_interest=longs)
        if seen.equity + haircut + paid >= 0:
            self._clear(self.account_id)
        return Deleveraging(
            self.account_id,
            self.market_id,
            self.size,
            seen.equity,
            shortfall,
            insured,
            self.ranked is not None,
            tuple(self.visits),
            self.closed,
            whole - self.closed,
            paid,
            haircut,
            self.mark.price,
            from_credit,
            tuple(self.cleared),
        )

    def _insure(self, shortfall: int) -> tuple[int, int]:
        """(drawn, from credit): all that the vault may give; nothing if it fails."""
        most = min(shortfall, insurance.capacity(self.state, self.market_id, self.now))
        if most == 0:
            return 0, 0
        from_credit = insurance.draw(self.state, self.market_id, most, self.now)
        return (0, 0) if from_credit is None else (most, from_credit)

    def _walk(self) -> None:
        """Visit the top of the queue until the position or the list ends."""
        opposite = self.size < 0
        count = min(self.max_count, MAX_VISITS) if self.ranked is None else len(self.ranked)
        for rank in range(count):
            if self.closed == abs(self.size):
                break
            best = self.queue.top(opposite, self.mark.price)
            if self.ranked is not None:
                best = self._verified(self.ranked[rank], best, opposite)
            if best is None:
                break
            self.visits.append(self._visit(best, rank))

    def _verified(self, named: int, best: int | None, opposite: bool) -> int:
        """The account named, if nobody stands before it."""
        place = self.queue.places.get(named)
        linked = best is not None and place is not None and place.is_long == opposite
        require(linked, NOT_TOP)
        assert best is not None
        score = self.queue.roe(best, self.mark.price)
        require(self.queue.roe(named, self.mark.price) == score, NOT_TOP)
        return named

    def _moved(self, start: int, end: int) -> int:
        """What the bankrupt's position releases between two amounts closed."""
        whole, mark, scale = self.size, self.mark, self.scale
        return released_value(whole, end, mark, scale) - released_value(whole, start, mark, scale)

    def _visit(self, counterparty: int, rank: int) -> Visit:
        account = self.state.accounts[counterparty]
        size = account.size(self.market_id)
        score = self.queue.roe(counterparty, self.mark.price)
        part = min(abs(self.size) - self.closed, abs(size))
        left = size + change_of(size, part)
        whole = abs(self.size)
        haircut = haircut_of(self.uninsured, self.closed + part, whole)
        haircut -= haircut_of(self.uninsured, self.closed, whole)
        cost = self._moved(self.closed, self.closed + part) + haircut
        # At last accepted prices: an unpriced leg is never by itself a reason.
        worth = equity(self.state, account, self.marks) - cost - self._value(size) + self._value(left)
        if worth < 0:
            self.queue.park(counterparty)
            return PassedOver(self.account_id, self.market_id, counterparty, rank, worth)

        account.cash -= cost
        require(fits_cash(account.cash), "account: cash overflow")
        self._resize(counterparty, left)
        self._clear(counterparty)
        self.closed += part
        # For information only: as if the cost were a fill's.
        unit = trunc_div(cost * self.scale if self.size > 0 else -cost * self.scale, part)
        return Deleveraged(
            self.account_id,
            self.market_id,
            counterparty,
            rank,
            score,
            left - size,
            max(0, self.mark.index + unit),
            haircut,
            left,
            account.cash,
        )

    def _value(self, size: int) -> int:
        return value(size, self.mark.price, self.mark.index, self.scale)

    def _resize(self, account_id: int, size: int) -> None:
        """What is left keeps its entry, tier and place."""
        positions = self.state.accounts[account_id].positions
        if size == 0:
            del positions[self.market_id]
            self.queue.update(account_id, None)
        else:
            positions[self.market_id] = replace(positions[self.market_id], size=size)

    def _clear(self, account_id: int) -> None:
        if flags.clear(self.state.accounts[account_id]):
            self.cleared.append(account_id)
