"""What the keeper's own account can carry: `_take_over` of contracts/Waterfall.vy, asked beforehand."""

from collections.abc import Callable
from dataclasses import dataclass

from keeper.arithmetic import LEVERAGES, MAX_SIZE, profit_up, value
from keeper.book.markets import MarketParams
from keeper.strategy.liquidation import Closing, closing, is_below_minimum, needed, smallest_size
from keeper.strategy.risk import Standing, initial_of, standing
from keeper.strategy.venue import Marks, Venue
from keeper.types import AccountState, PositionState

MAX_OPEN_MARKETS = 8
BELOW_MINIMUM = "liq: below minimum"
INSUFFICIENT = "margin: insufficient"
UNPRICED = "margin: unpriced leg"
TOO_MANY = "account: too many markets"
# Whatever the size.
HOPELESS = (UNPRICED, TOO_MANY)
NO_POSITION = PositionState(0, 0, 0, False, 0)


@dataclass(frozen=True, slots=True)
class Carried:
    """A takeover that the chain would allow: of at most `size` it closes `closing.closed`."""

    size: int
    # What the account would have closed.
    needed: int
    closing: Closing
    leverage: int
    # The own account afterwards; its position in the market, None if that closed.
    cash: int
    position: PositionState | None
    open_interest: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing can be taken over; `reason` is the chain's. `is_full`: not even the smallest part that is
    allowed.
    """

    reason: str
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class _Result:
    reason: str
    cash: int
    position: PositionState
    open_interest: int


def tier_at_most(leverage: int, terms: MarketParams) -> int:
    """The highest tier that neither exceeds `leverage` nor the market's maximum."""
    return max(t for t, each in enumerate(LEVERAGES[: terms.max_tier + 1]) if t == 0 or each <= leverage)


class TakeOver:
    """One leg of a liquidatable account, offered to the own account."""

    def __init__(
        self,
        venue: Venue,
        marks: Marks,
        seen: Standing,
        market_id: int,
        own: AccountState,
        leverage: int,
    ) -> None:
        self._venue, self._seen, self._market_id = venue, seen, market_id
        self._leg, self._terms = seen.legs[market_id], venue.markets[market_id].params
        self._own = own
        self._before = own.positions.get(market_id, NO_POSITION)
        rest = {m: position for m, position in own.positions.items() if m != market_id}
        self._others = standing(venue, marks, AccountState(own.account_id, own.cash, 0, rest))
        same_side = self._before.size != 0 and (self._before.size > 0) == (self._leg.size > 0)
        wanted = LEVERAGES[self._before.tier] if same_side else leverage
        self._tier = tier_at_most(wanted, self._terms)
        # What the own position must shrink by before it grows on the other side.
        self._opposite = 0 if same_side else abs(self._before.size)
        self._is_full = False

    @property
    def leverage(self) -> int:
        """Of the own position if it opens, grows or flips."""
        return LEVERAGES[self._tier]

    def largest(self, at_least: int = 0) -> Carried | Refusal:
        """As much as the account needs and the own account can carry.

        If only a part that is smaller than `at_least`: any such part, which is found faster.
        """
        whole = needed(self._venue, self._seen, self._market_id)
        full = self.attempt(whole)
        if not full.reason:
            held = abs(self._leg.size)
            # The chain closes no more than is needed; if that has grown when it gets there, more is meant.
            size = _last(self._own_carries, whole, held)
            return self._carried(size, whole, whole, full)
        size = self._largest_part(whole, at_least)
        if size == 0:
            return Refusal(full.reason, self._is_full or full.reason in HOPELESS)
        return self._carried(size, whole, size, self.attempt(size))

    def attempt(self, closed: int) -> _Result:
        """What the chain says to closing exactly `closed`, which is at most what is needed."""
        left = abs(self._leg.size) - closed
        if is_below_minimum(left, self._leg.price, self._terms, self._venue.scale):
            return _Result(BELOW_MINIMUM, 0, NO_POSITION, 0)
        return self._own_after(closed)

    def _own_carries(self, closed: int) -> bool:
        return not self._own_after(closed).reason

    def _largest_part(self, whole: int, at_least: int) -> int:
        """The largest size below `whole` that is allowed; 0: none.

        Requirements grow with the own position's size, by less than a unit's rounding more or less. So beyond
        what closes the own position the largest is where margin ends; up to there, more is easier.
        """
        smallest = smallest_size(self._leg.price, self._terms, self._venue.scale)
        most = min(whole - 1, abs(self._leg.size) - smallest)
        held = 0 if self._opposite else abs(self._before.size)
        least = self._opposite + max(smallest - held, 1)
        if least <= most:
            reason = self.attempt(least).reason
            if not reason:
                low = min(max(least, at_least), most)
                if self.attempt(low).reason:
                    return least
                return _last(lambda size: not self.attempt(size).reason, low, most)
            self._is_full = reason == INSUFFICIENT
        candidates = (self._opposite, min(self._opposite - smallest, most))
        for size in candidates:
            if 0 < size <= most and not self.attempt(size).reason:
                return size
        return 0

    def _own_after(self, closed: int) -> _Result:
        venue, leg, terms, before = self._venue, self._leg, self._terms, self._before
        part = closing(venue, self._seen, self._market_id, closed)
        change = leg.size - part.left
        after = _traded(before, change, leg.price, self._tier)
        cash = self._own.cash + part.reward - part.moved
        interest = venue.open_interest(self._market_id) - max(change, 0)
        interest += max(after.size, 0) - max(before.size, 0)
        reason = ""
        if abs(after.size) > MAX_SIZE:
            reason = "fill: size overflow"
        elif is_below_minimum(after.size, leg.price, terms, venue.scale):
            reason = BELOW_MINIMUM
        elif self._others.unpriced:
            reason = UNPRICED
        elif self._equity(cash, after) < self._required(after, interest):
            reason = INSUFFICIENT
        elif before.size == 0 and len(self._own.positions) >= MAX_OPEN_MARKETS:
            reason = TOO_MANY
        return _Result(reason, cash, after, interest)

    def _equity(self, cash: int, after: PositionState) -> int:
        others = self._others.sure_equity - self._own.cash
        return cash + others + value(after.size, self._leg.price, self._leg.index, self._venue.scale)

    def _required(self, after: PositionState, interest: int) -> int:
        price, before, scale = self._leg.price, self._before, self._venue.scale
        required = self._others.initial
        if after.size != 0:
            required += initial_of(self._venue, self._market_id, after.size, after.tier, price, interest)
        if after.size * before.size > 0 and after.tier < before.tier:
            # A lower rank is paid for with margin, not with the profit that is being ranked.
            required += self._others.profit + profit_up(after.size, price, after.entry_price, scale)
        return required

    def _carried(self, size: int, whole: int, closed: int, result: _Result) -> Carried:
        part = closing(self._venue, self._seen, self._market_id, closed)
        position = result.position if result.position.size else None
        return Carried(size, whole, part, self.leverage, result.cash, position, result.open_interest)


def _traded(before: PositionState, change: int, price: int, tier: int) -> PositionState:
    """contracts/modules/positions.vy; the order of its place is the book's to say."""
    size = before.size + change
    if size == 0:
        return NO_POSITION
    same_side = before.size != 0 and (before.size > 0) == (change > 0)
    if before.size != 0 and not same_side and (size > 0) == (before.size > 0):
        return PositionState(size, before.entry_price, before.tier, False, before.order)
    if not same_side:
        return PositionState(size, price, tier, False, before.order)
    paid = abs(before.size) * before.entry_price + abs(change) * price
    return PositionState(size, paid // abs(size), tier, False, before.order)


def _last(is_fine: Callable[[int], bool], low: int, high: int) -> int:
    """The last fine one from `low`, which is, to `high`."""
    if is_fine(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if is_fine(middle):
            low = middle
        else:
            high = middle
    return low
