"""What was sent and is not settled is taken for done: nothing is planned on the margin and ranks that it
uses.
"""

from keeper.strategy.cycle import Cycle
from keeper.strategy.deleveraging import choose_list
from keeper.strategy.plan_liquidations import offer
from keeper.strategy.risk import Standing, shortfall
from keeper.strategy.takeover import Carried


def assume(cycle: Cycle) -> None:
    """Let the draft begin behind what `busy` names, as far as the book does not show it yet."""
    for kind, account_id, market_id in sorted(cycle.busy):
        if kind not in ("liquidate", "deleverage"):
            continue
        seen = cycle.draft.standing(account_id)
        leg = seen.legs.get(market_id)
        if leg is None or not leg.priced:
            continue
        if kind == "liquidate" and seen.is_liquidatable:
            taken = offer(cycle, seen, market_id)
            if isinstance(taken, Carried):
                cycle.draft.take_over(seen, market_id, cycle.own.account_id, taken)
        elif kind == "deleverage" and seen.is_bankrupt:
            _assume_round(cycle, seen, market_id)


def _assume_round(cycle: Cycle, seen: Standing, market_id: int) -> None:
    draft, limits = cycle.draft, cycle.limits
    chosen = choose_list(
        draft,
        draft.marks,
        seen,
        market_id,
        min(shortfall(seen, market_id), draft.capacity(market_id)),
        draft.ranked(market_id, seen.legs[market_id].size < 0),
        max_gas=limits.gas_per_tx,
        max_list=limits.max_list,
    )
    if chosen.listed:
        draft.deleverage(seen, chosen.round)
