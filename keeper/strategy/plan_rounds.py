"""Which bankrupt positions are deleveraged now, and with which list."""

from collections.abc import Sequence

from keeper.strategy import gas
from keeper.strategy.cycle import Cycle
from keeper.strategy.deleveraging import choose_list
from keeper.strategy.flags import GRACE, is_ripe
from keeper.strategy.plan_liquidations import offer
from keeper.strategy.risk import Standing, shortfall
from keeper.strategy.takeover import Carried
from keeper.types import ActionKey, Deleverage, DeleverageNext

# Seconds after the grace in which the keeper still takes an insured account over rather than deleverage it.
# Not for ever: a vault that may pay and can not send lets nobody take over.
PATIENCE = 60


def plan_rounds(cycle: Cycle, bankrupt: Sequence[int], share_percent: int) -> None:
    """Of these accounts, most urgent first, every leg that insurance does not cover or nobody took over."""
    cycle.is_cut = False
    for account_id in cycle.window(bankrupt):
        seen = cycle.draft.standing(account_id)
        if seen.is_bankrupt and not any(leg.priced for leg in seen.legs.values()):
            cycle.find("unpriced", account_id, 0, "bankrupt, and no market of it has a valid price")
        # The loser first: what it leaves of the debt is the others'.
        legs = sorted(seen.legs.values(), key=lambda leg: (-leg.loss, leg.market_id))
        for market_id in [leg.market_id for leg in legs if leg.priced]:
            if cycle.gas_left(share_percent) < gas.ROUND:
                cycle.is_cut = True
                return
            key: ActionKey = ("deleverage", account_id, market_id)
            if cycle.is_free(key) and _is_due(cycle, seen, market_id):
                _plan_round(cycle, seen, market_id, share_percent)
                seen = cycle.draft.standing(account_id)


def _is_due(cycle: Cycle, seen: Standing, market_id: int) -> bool:
    if not seen.is_bankrupt:
        return False
    if cycle.draft.capacity(market_id) < shortfall(seen, market_id):
        return True
    if not is_ripe(seen.flagged_at, cycle.at):
        return False
    if cycle.at > seen.flagged_at + GRACE + PATIENCE:
        return True
    # Insured, and nobody took it over. Who takes all of it over now spares its counterparties.
    whole = abs(seen.legs[market_id].size)
    taken = offer(cycle, seen, market_id, whole)
    return not (isinstance(taken, Carried) and taken.closing.closed == whole)


def _plan_round(cycle: Cycle, seen: Standing, market_id: int, share_percent: int) -> None:
    draft, account_id = cycle.draft, seen.account_id
    side = (market_id, seen.legs[market_id].size < 0)
    if side not in cycle.short:
        chosen = choose_list(
            draft,
            draft.marks,
            seen,
            market_id,
            min(shortfall(seen, market_id), draft.capacity(market_id)),
            draft.ranked(*side),
            max_gas=cycle.gas_left(share_percent),
            max_list=cycle.limits.max_list,
        )
        if chosen.listed:
            listed = tuple(each.account_id for each in chosen.listed)
            cycle.act(_action(cycle, side, account_id, listed), chosen.gas)
            draft.deleverage(seen, chosen.round)
            if not chosen.round.left:
                return
            cycle.find("partial", account_id, market_id, f"{chosen.round.left} stay open for now")
        if next(draft.ranked(*side), None) is None:
            cycle.short.add(side)
    if side in cycle.short:
        cycle.find("stuck", account_id, market_id, "nobody is left on the other side")
    rest = draft.standing(account_id)
    needs = shortfall(rest, market_id)
    owed = needs - min(needs, draft.capacity(market_id))
    cycle.owed.setdefault(side, []).append((owed, abs(rest.legs[market_id].size)))


def _action(
    cycle: Cycle, side: tuple[int, bool], account_id: int, listed: tuple[int, ...]
) -> Deleverage | DeleverageNext:
    market_id = side[0]
    if side in cycle.beaten or side in cycle.draft.stirred:
        # Who stands in front by then is the chain's to say: an earlier action of this plan may fail.
        return DeleverageNext(account_id, market_id, len(listed))
    return Deleverage(account_id, market_id, listed)
