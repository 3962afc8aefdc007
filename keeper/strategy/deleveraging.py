"""A round of deleveraging, to the unit: contracts/modules/deleveraging.vy and `_deleverage` of
Waterfall.vy.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from keeper.arithmetic import trunc_div, value
from keeper.strategy import gas
from keeper.strategy.ranking import Ranked
from keeper.strategy.risk import Standing, part_up, shortfall
from keeper.strategy.venue import Marks, Venue
from keeper.types import AccountState, Deleveraged, PassedOver, Round, Visit

# The chain's bound on visits of a call.
MAX_VISITS = 256
# Counterparties listed beyond what the round takes: those in front may have shrunk when it is executed.
SPARE = 4

Pick = Callable[[int], Ranked | None]


class NotTopRanked(Exception):
    """The chain would refuse the list; `visit` is the first that is wrong."""

    def __init__(self, visit: int) -> None:
        super().__init__(f"visit {visit} is not top ranked")
        self.visit = visit


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom to list, what comes of it if nothing changes before, and an upper bound of its gas."""

    listed: tuple[Ranked, ...]
    round: Round
    gas: int


class _Engine:
    """One call. `insurance` is C, what the vault pays for the whole position: min(H, capacity), or 0 if it
    can not send."""

    def __init__(
        self, venue: Venue, marks: Marks, seen: Standing, market_id: int, insurance: int, verified: bool
    ) -> None:
        self._venue, self._marks, self._seen = venue, marks, seen
        self._market_id, self._insurance, self._verified = market_id, insurance, verified
        self._leg = seen.legs[market_id]
        self._whole = abs(self._leg.size)
        self._sign = 1 if self._leg.size > 0 else -1
        self._needs = shortfall(seen, market_id)
        # Of the whole position; closing k costs the counterparties G(k) = ceil(owed * k / S).
        self._owed = self._needs - insurance
        self._done = self._paid = 0
        self._left_value = self._leg.value

    def run(self, pick: Pick, visits: int) -> Round:
        """A round without visits is one that the chain refuses."""
        made: list[Visit] = []
        for rank in range(min(visits, MAX_VISITS)):
            if self._done == self._whole:
                break
            ranked = pick(rank)
            if ranked is None:
                break
            made.append(self._visit(ranked, rank))
        return Round(
            account_id=self._seen.account_id,
            market_id=self._market_id,
            size=self._leg.size,
            equity=self._seen.equity,
            shortfall=self._needs,
            insurance=self._insurance,
            verified=self._verified,
            visits=tuple(made),
            closed=self._done,
            left=self._whole - self._done,
            insurance_paid=self._insurance * self._done // self._whole,
            haircut=part_up(self._owed, self._done, self._whole),
        )

    def _visit(self, ranked: Ranked, rank: int) -> Visit:
        leg, scale = self._leg, self._venue.scale
        account = self._venue.account(ranked.account_id)
        before = account.positions[self._market_id].size
        part = min(self._whole - self._done, abs(before))
        change, done = self._sign * part, self._done + part
        left_value = value(leg.size - self._sign * done, leg.price, leg.index, scale)
        haircut = part_up(self._owed, done, self._whole) - self._paid
        cost = self._left_value - left_value + haircut
        cash = account.cash - cost
        equity = cash + self._worth(account, before + change)
        if equity < 0:
            return PassedOver(ranked.account_id, rank, equity)
        self._done, self._paid, self._left_value = done, self._paid + haircut, left_value
        return Deleveraged(
            counterparty=ranked.account_id,
            rank=rank,
            roe=ranked.roe,
            size=change,
            price=max(leg.index + trunc_div(cost * scale, change), 0),
            haircut=haircut,
            left=before + change,
            cash=cash,
        )

    def _worth(self, account: AccountState, size: int) -> int:
        """Of a counterparty's positions, the one here being `size`; unpriced ones at their last price."""
        marks, scale = self._marks, self._venue.scale
        return sum(
            value(size if m == self._market_id else held.size, marks[m].price, marks[m].index, scale)
            for m, held in account.positions.items()
        )


def predict(
    venue: Venue,
    marks: Marks,
    seen: Standing,
    market_id: int,
    insurance: int,
    queue: Iterable[Ranked],
    visits: int,
    *,
    verified: bool = True,
) -> Round:
    """What a call would do that visits the `queue` of the other side from its top, at most `visits` of it."""
    upcoming = iter(queue)
    engine = _Engine(venue, marks, seen, market_id, insurance, verified)
    return engine.run(lambda _: next(upcoming, None), visits)


def replay(
    venue: Venue,
    marks: Marks,
    seen: Standing,
    market_id: int,
    insurance: int,
    queue: Iterable[Ranked],
    listed: Sequence[Ranked],
    *,
    verified: bool = True,
) -> Round:
    """What a call would do that visits `listed`, which must be the top of the `queue` but for the order of
    equals.

    `queue` must reach at least as far as the list. Raises NotTopRanked where the chain would refuse.
    """
    front, visited = iter(queue), set[int]()
    best = next(front, None)

    def pick(rank: int) -> Ranked:
        nonlocal best
        while best is not None and best.account_id in visited:
            best = next(front, None)
        each = listed[rank]
        if best is None or each.account_id in visited or each.roe != best.roe:
            raise NotTopRanked(rank)
        visited.add(each.account_id)
        return each

    return _Engine(venue, marks, seen, market_id, insurance, verified).run(pick, len(listed))


def choose_list(
    venue: Venue,
    marks: Marks,
    seen: Standing,
    market_id: int,
    insurance: int,
    queue: Iterable[Ranked],
    *,
    max_gas: int,
    max_list: int,
) -> Choice:
    """As many of the queue's top as the round takes and a few more, as far as gas and the limits go."""
    upcoming = iter(queue)
    priced: set[int] = {market_id, *seen.legs}
    listed: list[Ranked] = []
    used = gas.round_base(len(seen.legs), insurance)

    def pick(_: int) -> Ranked | None:
        nonlocal used
        each = next(upcoming, None) if len(listed) < min(max_list, MAX_VISITS) else None
        if each is None:
            return None
        cost = gas.visit(venue.account(each.account_id), market_id, priced)
        if used + cost > max_gas:
            return None
        used += cost
        listed.append(each)
        return each

    made = _Engine(venue, marks, seen, market_id, insurance, True).run(pick, MAX_VISITS)
    if made.visits and not made.left:
        for rank in range(SPARE):
            if pick(rank) is None:
                break
    return Choice(tuple(listed), made, used)


def cash_after(venue: Venue, seen: Standing, made: Round) -> int:
    """The bankrupt account's cash after a round."""
    leg = seen.legs[made.market_id]
    left = made.left if made.size > 0 else -made.left
    moved = leg.value - value(left, leg.price, leg.index, venue.scale)
    return seen.cash + moved + made.haircut + made.insurance_paid
