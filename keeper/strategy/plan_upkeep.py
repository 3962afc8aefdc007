"""What nobody is paid for: flags, relinks, pending prices, funding."""

from collections.abc import Mapping, Sequence

import numpy as np

from keeper.arithmetic import div_up
from keeper.strategy import gas
from keeper.strategy.cycle import Cycle
from keeper.strategy.flags import FLAG_LIFE, GRACE, is_spent
from keeper.strategy.prices import accruals, syncs
from keeper.strategy.risk import Standing
from keeper.types import Accrue, Flag, Relink, Sync


def plan_flags(cycle: Cycle, bankrupt: Sequence[int], share_percent: int) -> None:
    """Those that are still bankrupt after all that is planned; and those that recovered, whose flag holds a
    gate or would take the next grace from them."""
    flagged = cycle.draft.book.accounts.flagged_at
    ids = np.array(bankrupt, dtype=np.int64)
    since = flagged[ids - 1]
    spent = (since == 0) | (cycle.at > since + GRACE + FLAG_LIFE)
    for account_id in cycle.window(ids[spent].tolist()):
        if cycle.draft.standing(account_id).is_bankrupt:
            _flag(cycle, account_id, share_percent)
    recovered = np.setdiff1d(np.flatnonzero(flagged) + 1, ids)
    gated = cycle.facts.gate_until > cycle.at
    for account_id in cycle.window(recovered.tolist()):
        if cycle.draft.is_touched(account_id):
            continue
        seen = cycle.draft.standing(account_id)
        if gated or not is_spent(seen.flagged_at, cycle.at):
            _flag(cycle, account_id, share_percent)


def _flag(cycle: Cycle, account_id: int, share_percent: int) -> None:
    action, cost = Flag(account_id), gas.flag(cycle.draft.account(account_id))
    if cycle.is_free(action.key) and cost <= cycle.gas_left(share_percent):
        cycle.act(action, cost)


def plan_relinks(cycle: Cycle, share_percent: int) -> None:
    """Parked positions of accounts that would not be passed over again at once."""
    if cycle.is_cut:
        # Who owes what is not known: first things first.
        return
    for market_id, positions in sorted(cycle.draft.book.positions.items()):
        rows = np.flatnonzero(positions.parked & (positions.size != 0))
        for account_id in cycle.window(positions.account[rows].tolist()):
            if cycle.draft.is_touched(account_id):
                continue
            seen = cycle.draft.standing(account_id)
            if not _has_recovered(cycle, seen, market_id):
                continue
            position = seen.legs[market_id].position
            hint = cycle.draft.queue(market_id, position.size > 0).hint(position.tier, position.entry_price)
            action, cost = Relink(account_id, market_id, hint), gas.relink(cycle.draft.account(account_id))
            if cycle.is_free(action.key) and cost <= cycle.gas_left(share_percent):
                cycle.act(action, cost)


def _has_recovered(cycle: Cycle, seen: Standing, market_id: int) -> bool:
    """Whether it would stay in its list: a thin account is liquidated first, unless nobody else is left for a
    bankrupt account opposite; and one that could not bear its share of that would be passed over again."""
    if seen.sure_equity <= 0 or seen.is_bankrupt:
        return False
    size = seen.legs[market_id].size
    side = (market_id, size > 0)
    for owed, whole in cycle.owed.get(side, ()):
        # Not just enough: values are floored.
        if seen.sure_equity <= div_up(owed * min(abs(size), whole), whole):
            return False
    return seen.sure_equity >= seen.maintenance or side in cycle.short


def plan_prices(cycle: Cycle, synced: Mapping[int, int], share_percent: int) -> None:
    """Pending prices that can be confirmed, polled ones that moved or lapse, hours of funding."""
    asked = syncs(cycle.draft.markets, cycle.facts.answers, synced, cycle.at)
    due = tuple(market_id for market_id in asked if ("sync", 0, market_id) not in cycle.busy)
    while due and gas.sync(due) > cycle.gas_left(share_percent):
        # As many as fit; the others are due in the next block.
        due = due[:-1]
    if due:
        cycle.act(Sync(due), gas.sync(due))
    for market_id in accruals(cycle.draft.book, cycle.draft.marks, cycle.limits.accrue_after, cycle.at):
        action = Accrue(market_id)
        if cycle.is_free(action.key) and cycle.gas_left(share_percent) >= gas.ACCRUAL:
            cycle.act(action, gas.ACCRUAL)
