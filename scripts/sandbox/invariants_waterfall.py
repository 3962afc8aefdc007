"""DESIGN section 13 for the waterfall: functions over the state before a call, after it, and its receipt.

A receipt is what the events said.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from math import ceil
from typing import Protocol

from keeper.arithmetic import PPM, notional_down, notional_up
from keeper.strategy.flags import is_ripe
from keeper.types import Deleveraged, Round
from scripts.sandbox.invariants import check
from scripts.sandbox.waterfall_snapshot import Snapshot

DAY = 86_400


class Liquidation(Protocol):
    """What `Liquidated` says; `closed` unsigned base."""

    @property
    def closed(self) -> int: ...
    @property
    def penalty(self) -> int: ...
    @property
    def reward(self) -> int: ...
    @property
    def insurance_paid(self) -> int: ...


class Terms(Protocol):
    """The market's parameters, as far as a liquidation depends on them."""

    @property
    def target_ppm(self) -> int: ...
    @property
    def maintenance_ppm(self) -> int: ...
    @property
    def penalty_ppm(self) -> int: ...
    @property
    def min_notional(self) -> int: ...


Receipt = Liquidation | Round
Rule = Callable[[], None]


def counterparties(receipt: Round) -> list[Deleveraged]:
    """Those of the visits that were closed."""
    return [visit for visit in receipt.visits if isinstance(visit, Deleveraged)]


def liq_1(before: Snapshot) -> None:
    check("LIQ-1", before.worth < before.maintenance, ("E, M", before.worth, before.maintenance))


def liq_2(before: Snapshot, after: Snapshot) -> None:
    kept = after.worth * before.maintenance >= before.worth * after.maintenance
    found = ("E, M, E', M'", before.worth, before.maintenance, after.worth, after.maintenance)
    check("LIQ-2", before.worth < 0 or kept, found)


def liq_3(before: Snapshot, after: Snapshot) -> None:
    check("LIQ-3", before.worth < 0 or after.worth >= 0, ("E, E'", before.worth, after.worth))


def liq_4(before: Snapshot, after: Snapshot, receipt: Liquidation, params: Terms, decimals: int = 6) -> None:
    """The size against the design's x*, and that one unit of base less would not have reached the target."""
    check("LIQ-4", receipt.closed <= before.liquidatable, ("view", receipt.closed, before.liquidatable))
    if before.worth < 0:
        return
    scale = 10 ** (36 - decimals)
    target = Fraction(params.target_ppm, PPM)
    mmr = Fraction(params.maintenance_ppm, PPM)
    healed = Fraction(before.mark, scale) * (target * mmr - Fraction(params.penalty_ppm, PPM))
    needed = ceil((target * before.maintenance - before.worth) / healed)
    whole = receipt.closed == abs(before.size)
    rest = notional_down(max(0, abs(before.size) - needed), before.mark, scale)
    allowed = receipt.closed <= needed or (whole and rest < params.min_notional)
    check("LIQ-4", allowed, ("closed, needed", receipt.closed, needed))
    # Maintenance is rounded up twice, once in the notional and once in the rate: less than 1 + mmr units.
    slack = target * (1 + mmr) + healed
    excess = after.worth - target * after.maintenance
    # Less was paid than x* reckons with if an unpriced leg's favour was left out of it.
    full = -(-notional_up(receipt.closed, before.mark, scale) * params.penalty_ppm // PPM)
    check(
        "LIQ-4",
        whole or receipt.penalty < full or excess < slack,
        ("above the target", float(excess), float(slack)),
    )


def ins_1(before: Snapshot, receipt: Receipt) -> None:
    paid = receipt.insurance_paid
    found = ("paid, shortfall, capacity", paid, before.shortfall, before.capacity)
    check("INS-1", 0 <= paid <= min(before.shortfall, before.capacity), found)
    if isinstance(receipt, Round):
        most = min(before.shortfall, before.capacity)
        # 0: the vault failed.
        check("INS-1", receipt.insurance in (0, most), ("insurance", receipt.insurance, most))


def ins_2(before: Snapshot, after: Snapshot, receipt: Receipt) -> None:
    earned = 0 if isinstance(receipt, Round) else receipt.penalty - receipt.reward
    left = before.vault_assets - after.vault_assets
    arrived = sum(after.cash.values()) - sum(before.cash.values())
    found = ("paid, earned, left the vault, arrived", receipt.insurance_paid, earned, left, arrived)
    check("INS-2", left == arrived == receipt.insurance_paid - earned, found)
    unchanged = before.treasury_credit == after.treasury_credit
    check("INS-2", unchanged, ("treasury", before.treasury_credit, after.treasury_credit))
    if not isinstance(receipt, Round):
        expected = before.worth + receipt.insurance_paid - receipt.penalty
        check("INS-2", after.worth == expected, ("E', expected", after.worth, expected))


def adl_1(before: Snapshot, receipt: Round) -> None:
    bankrupt = before.worth < 0 and receipt.equity == before.worth
    check("ADL-1", bankrupt, ("E before, E in the event", before.worth, receipt.equity))
    since = before.flagged_at
    uninsured = receipt.insurance < before.shortfall
    found = ("H, insurance, flag, now", before.shortfall, receipt.insurance, since, before.now)
    check("ADL-1", uninsured or is_ripe(since, before.now), found)


def adl_2(before: Snapshot, after: Snapshot, receipt: Round) -> None:
    """Equal ROE may stand in either order."""
    waiting = list(before.queue)
    for rank, visit in enumerate(receipt.visits):
        best = waiting[0][1] if waiting else None
        scores = dict(waiting)
        found = (rank, visit.counterparty, scores.get(visit.counterparty), best)
        check("ADL-2", best is not None and scores.get(visit.counterparty) == best, ("rank", *found))
        check("ADL-2", visit.rank == rank, ("number", visit.rank, rank))
        waiting = [each for each in waiting if each[0] != visit.counterparty]
        if isinstance(visit, Deleveraged):
            check("ADL-2", visit.roe == best, ("roe", visit.roe, best))
            whole = visit.left == 0 or (receipt.left == 0 and visit is receipt.visits[-1])
            check("ADL-2", whole, ("closed in part before the end", visit))
            left = after.sizes.get(visit.counterparty, 0)
            check("ADL-2", left == visit.left, ("left", visit, left))
        else:
            kept = after.sizes.get(visit.counterparty) == before.sizes[visit.counterparty]
            check("ADL-2", kept and visit.counterparty in after.parked, ("parked", visit))
    closed = sum(abs(visit.size) for visit in counterparties(receipt))
    matches = closed == receipt.closed == abs(before.size) - abs(after.size)
    check("ADL-2", matches, ("closed", closed, receipt.closed, before.size, after.size))


def adl_3(before: Snapshot, after: Snapshot, receipt: Round) -> None:
    expected = before.worth + receipt.haircut + receipt.insurance_paid
    check("ADL-3", after.worth == expected, ("E_end, expected", after.worth, expected))
    cash = after.cash[after.account_id]
    check("ADL-3", bool(after.open_markets) or cash == 0, ("cash after the last leg", cash))


def adl_4(after: Snapshot, receipt: Round) -> None:
    for visit in counterparties(receipt):
        equity = after.equity[visit.counterparty]
        check("ADL-4", equity >= 0, ("counterparty, E", visit.counterparty, equity))


def adl_5(before: Snapshot, after: Snapshot, receipt: Round) -> None:
    whole, closed = abs(before.size), receipt.closed
    check("ADL-5", receipt.shortfall == before.shortfall, ("H", receipt.shortfall, before.shortfall))
    uninsured = receipt.shortfall - receipt.insurance
    exact = -(-uninsured * closed // whole)
    cut = sum(visit.haircut for visit in counterparties(receipt))
    check("ADL-5", receipt.haircut == cut == exact, ("G, visits, exact", receipt.haircut, cut, exact))
    insured = receipt.insurance * closed // whole
    check("ADL-5", receipt.insurance_paid == insured, ("I, exact", receipt.insurance_paid, insured))
    if closed == whole:
        due = receipt.shortfall - receipt.insurance_paid
        check("ADL-5", receipt.haircut == due, ("G, H - I", receipt.haircut, due))
    paid = 0
    for visit in counterparties(receipt):
        cash = after.cash[visit.counterparty]
        check("ADL-5", cash == visit.cash, ("cash", visit, cash))
        paid += before.cash[visit.counterparty] - cash
    received = after.cash[after.account_id] - before.cash[after.account_id]
    found = ("received, paid, insurance", received, paid, receipt.insurance_paid)
    check("ADL-5", received == paid + receipt.insurance_paid, found)


def adl_6(before: Snapshot, after: Snapshot) -> None:
    """After a list was refused."""
    check("ADL-6", before == after, (before, after))


def syb_1(payments: Sequence[tuple[int, int]], cap: int) -> None:
    """`payments`: (time, paid by the vault); `cap`: the largest of the global bucket meanwhile."""
    for start, _ in payments:
        paid = sum(amount for time, amount in payments if start <= time <= start + DAY)
        check("SYB-1", paid <= 2 * cap, ("from, paid, cap", start, paid, cap))


def syb_1_unmoved(paid: int) -> None:
    """Where no mark, funding or parameter has moved since anybody's initial requirement was checked."""
    check("SYB-1", paid == 0, ("paid at unchanged marks", paid))


def of_liquidation(
    before: Snapshot, after: Snapshot, receipt: Liquidation, params: Terms, decimals: int = 6
) -> list[Rule]:
    return [
        partial(liq_1, before),
        partial(liq_2, before, after),
        partial(liq_3, before, after),
        partial(liq_4, before, after, receipt, params, decimals),
        partial(ins_1, before, receipt),
        partial(ins_2, before, after, receipt),
    ]


def of_deleveraging(before: Snapshot, after: Snapshot, receipt: Round) -> list[Rule]:
    return [
        partial(adl_1, before, receipt),
        partial(adl_2, before, after, receipt),
        partial(adl_3, before, after, receipt),
        partial(adl_4, after, receipt),
        partial(adl_5, before, after, receipt),
        partial(ins_1, before, receipt),
        partial(ins_2, before, after, receipt),
    ]


def check_liquidation(
    before: Snapshot, after: Snapshot, receipt: Liquidation, params: Terms, decimals: int = 6
) -> None:
    for rule in of_liquidation(before, after, receipt, params, decimals):
        rule()


def check_deleveraging(before: Snapshot, after: Snapshot, receipt: Round) -> None:
    for rule in of_deleveraging(before, after, receipt):
        rule()
