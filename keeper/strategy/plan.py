"""What the keeper does about one state of the chain: pure, deterministic, the same for the same arguments.

Every action is planned on the state that those before it leave (draft.py). In order: bankrupt positions
that insurance does not cover or nobody took over are deleveraged; thin accounts are taken over, bankrupt
ones first; who stays bankrupt is flagged; parked positions come back; prices and funding are kept up. Each
part leaves gas to those after it.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from keeper.book.book import Book
from keeper.strategy.cycle import Cycle, reach
from keeper.strategy.draft import Draft
from keeper.strategy.in_flight import assume
from keeper.strategy.plan_liquidations import Liquidations
from keeper.strategy.plan_rounds import plan_rounds
from keeper.strategy.plan_upkeep import plan_flags, plan_prices, plan_relinks
from keeper.strategy.revaluation import Floats, Values, revalue
from keeper.strategy.risk import standing
from keeper.strategy.venue import Marks
from keeper.types import ActionKey, Facts, Limits, Own, Plan, Side

# Percent of the cycle's gas and actions that may be used up to the end of each part.
_ROUNDS, _LIQUIDATIONS, _FLAGS, _ALL = 60, 85, 95, 100
_NONE: frozenset[ActionKey] = frozenset()


def plan(
    book: Book,
    marks: Marks,
    facts: Facts,
    limits: Limits,
    own: Own,
    busy: frozenset[ActionKey] = _NONE,
    *,
    beaten: frozenset[Side] = frozenset(),
    synced: Mapping[int, int] | None = None,
) -> Plan:
    """`marks` at the time of `facts.block`. `busy`: keys in flight, which are not planned again. `beaten`:
    sides whose queue moves in front of every list, where the chain picks. `synced`: when the keeper last
    had each market's source asked, Unix seconds.
    """
    thin, bankrupt = _by_urgency(book, marks)
    cycle = Cycle(Draft(book, marks, facts, reach(limits, busy)), facts, limits, own, busy, beaten)
    if own.account_id in thin:
        cycle.find("own", own.account_id, 0, "the keeper's own account is below its maintenance requirement")
    assume(cycle)
    plan_rounds(cycle, bankrupt, _ROUNDS)
    Liquidations(cycle).plan(thin, _LIQUIDATIONS)
    if cycle.is_cut:
        plan_rounds(cycle, bankrupt, _LIQUIDATIONS)
    plan_flags(cycle, bankrupt, _FLAGS)
    plan_relinks(cycle, _ALL)
    plan_prices(cycle, synced or {}, _ALL)
    return Plan(tuple(cycle.actions), cycle.findings(), tuple(sorted(thin)), tuple(sorted(bankrupt)))


def _by_urgency(book: Book, marks: Marks) -> tuple[list[int], list[int]]:
    """All below their maintenance requirement: the bankrupt, largest debts first, then by equity /
    maintenance, larger ones first; and the bankrupt alone. Exact where the floats can not tell."""
    values = revalue(book, marks)
    headroom = values.equity - values.maintenance
    is_thin = _exactly(book, marks, headroom, values, of_equity=False)
    is_bankrupt = _exactly(book, marks, values.equity, values, of_equity=True)
    debtors = np.flatnonzero(is_bankrupt)
    debtors = debtors[np.lexsort((debtors, values.equity[debtors]))]
    others = np.flatnonzero(is_thin & ~is_bankrupt)
    required = values.maintenance[others]
    ratio = values.equity[others] / np.maximum(required, 1.0)
    others = others[np.lexsort((others, -required, ratio))]
    bankrupt = (debtors + 1).tolist()
    return bankrupt + (others + 1).tolist(), bankrupt


def _exactly(
    book: Book, marks: Marks, amounts: Floats, values: Values, *, of_equity: bool
) -> npt.NDArray[np.bool_]:
    """Which amounts are negative."""
    negative = amounts < 0
    close = np.flatnonzero(np.abs(amounts) <= values.error)
    # Accounts without positions are worth their cash, of which the floats know the sign.
    close = close[book.accounts.markets[close, 0] != 0]
    for row in close.tolist():
        seen = standing(book, marks, book.account(row + 1))
        negative[row] = seen.is_bankrupt if of_equity else seen.is_liquidatable
    return negative
