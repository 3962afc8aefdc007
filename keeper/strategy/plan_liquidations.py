"""Which thin accounts the keeper takes over now, how much of them, and in which order."""

from collections.abc import Sequence

from keeper.strategy import gas
from keeper.strategy.cycle import Cycle
from keeper.strategy.liquidation import smallest_size
from keeper.strategy.risk import Standing, shortfall
from keeper.strategy.takeover import BELOW_MINIMUM, INSUFFICIENT, Carried, Refusal, TakeOver
from keeper.types import Liquidate

# Minimum notionals that a part is worth at least where the own margin ends: what the last reward freed is
# not taken over on its own, ever less of it.
WORTHWHILE = 10


def offer(cycle: Cycle, seen: Standing, market_id: int, at_least: int = 0) -> Carried | Refusal:
    """What of a leg the keeper's account could take over, as the draft stands; see `TakeOver.largest`."""
    own_id = cycle.own.account_id
    if own_id in (0, seen.account_id):
        return Refusal("the keeper's own account takes nothing over")
    if seen.equity < 0 and shortfall(seen, market_id) > cycle.draft.capacity(market_id):
        return Refusal("liq: deleverage")
    own = cycle.draft.account(own_id)
    taking = TakeOver(cycle.draft, cycle.draft.marks, seen, market_id, own, cycle.limits.leverage)
    return taking.largest(at_least)


class Liquidations:
    """`thin`: ids, most urgent first."""

    def __init__(self, cycle: Cycle) -> None:
        self._cycle = cycle
        # Market and side of which the own account can not carry the smallest part.
        self._full: set[tuple[int, bool]] = set()
        # Refused because the own position would be too small.
        self._small: list[tuple[int, int]] = []

    def plan(self, thin: Sequence[int], share_percent: int) -> None:
        if self._cycle.own.account_id == 0:
            return
        for account_id in self._cycle.window(thin):
            if self._cycle.gas_left(share_percent) < gas.LIQUIDATION:
                return
            if not self._cycle.draft.is_touched(account_id):
                self._account(account_id, share_percent)
        # Once the own position is large enough, what is too small to be one of its own adds to it.
        small, self._small = self._small, []
        for account_id, market_id in small:
            if self._cycle.gas_left(share_percent) < gas.LIQUIDATION:
                return
            seen = self._cycle.draft.standing(account_id)
            if seen.is_liquidatable and market_id in seen.legs:
                self._leg(seen, market_id, share_percent)
        for account_id, market_id in self._small:
            self._cycle.find("small", account_id, market_id, "too small for a position of the keeper's own")

    def _account(self, account_id: int, share_percent: int) -> None:
        draft = self._cycle.draft
        seen = draft.standing(account_id)
        # The largest first: fewer calls for the same.
        legs = sorted(seen.legs.values(), key=lambda leg: (-leg.maintenance, leg.market_id))
        for market_id in [leg.market_id for leg in legs if leg.priced]:
            if not seen.is_liquidatable or self._cycle.gas_left(share_percent) < gas.LIQUIDATION:
                return
            self._leg(seen, market_id, share_percent)
            seen = draft.standing(account_id)

    def _leg(self, seen: Standing, market_id: int, share_percent: int) -> None:
        cycle, account_id = self._cycle, seen.account_id
        side = (market_id, seen.legs[market_id].size > 0)
        if not cycle.is_free(("liquidate", account_id, market_id)):
            return
        if side in self._full:
            cycle.find("capacity", account_id, market_id, "not even the smallest part can be carried")
            return
        # Bisecting for every one of thousands, for nothing, would take longer than a cycle.
        taken = offer(cycle, seen, market_id, WORTHWHILE * self._smallest(seen, market_id))
        if isinstance(taken, Refusal):
            if taken.is_full:
                self._full.add(side)
            if taken.reason == BELOW_MINIMUM:
                self._small.append((account_id, market_id))
            elif taken.reason != "liq: deleverage":
                kind = "capacity" if taken.reason == INSUFFICIENT else "refused"
                cycle.find(kind, account_id, market_id, taken.reason)
            return
        if self._is_wanted_opposite(side, taken):
            cycle.find("exposed", account_id, market_id, "would be deleveraged at the keeper's cost at once")
            return
        if not self._is_worthwhile(seen, market_id, taken):
            return
        own = cycle.draft.account(cycle.own.account_id)
        cost = gas.liquidation(cycle.draft.account(account_id), own, market_id, taken.closing.insured)
        if cost > cycle.gas_left(share_percent):
            return
        earned = taken.closing.reward - cycle.cost(cost)
        if not cycle.limits.always_liquidate and earned < cycle.limits.min_profit:
            cycle.find("unprofitable", account_id, market_id, f"would earn {earned} quote units")
            return
        hint = self._hint(market_id, taken)
        cycle.act(Liquidate(account_id, market_id, taken.size, own.account_id, taken.leverage, hint), cost)
        cycle.draft.take_over(seen, market_id, own.account_id, taken)

    def _is_wanted_opposite(self, side: tuple[int, bool], taken: Carried) -> bool:
        """Whether a bankrupt account opposite, which has nobody else left, would have the own position
        next, with a haircut: the keeper gives its margin for a position at the mark, not for debts."""
        is_there = taken.position is not None and (taken.position.size > 0) == side[1]
        return is_there and side in self._cycle.short and any(owed for owed, _ in self._cycle.owed[side])

    def _is_worthwhile(self, seen: Standing, market_id: int, taken: Carried) -> bool:
        """Every takeover makes progress that shows, or the same one would be planned block after block."""
        cycle, leg, part = self._cycle, seen.legs[market_id], taken.closing.closed
        smallest = self._smallest(seen, market_id)
        if part < taken.needed:
            worthwhile = part >= WORTHWHILE * smallest
            text = f"{part} of {taken.needed} can be carried" if worthwhile else "too little can be carried"
            cycle.find("capacity", seen.account_id, market_id, text)
            return worthwhile
        if part < min(smallest, abs(leg.size)):
            # Just below its requirement, and funding may take it there again every second.
            cycle.find("trivial", seen.account_id, market_id, f"{part} is worth less than the minimum")
            return False
        return True

    def _smallest(self, seen: Standing, market_id: int) -> int:
        draft = self._cycle.draft
        return smallest_size(seen.legs[market_id].price, draft.markets[market_id].params, draft.scale)

    def _hint(self, market_id: int, taken: Carried) -> int:
        """Where the own position will stand."""
        position = taken.position
        if position is None:
            return 0
        queue = self._cycle.draft.queue(market_id, position.size > 0)
        return queue.hint(position.tier, position.entry_price)
