"""Five rules for the same round: what each must conserve, whom it takes first, and an example by hand."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.arithmetic import value
from keeper.strategy.risk import shortfall, standing
from keeper.types import Round, RoundReceipt
from scripts.replay.policies import (
    POLICIES,
    Case,
    Counterparty,
    Share,
    by_leverage,
    by_profit,
    pro_rata_by_profit,
    pro_rata_by_size,
    queue,
)
from scripts.replay.rounds import ENDLESS, case_of
from tests.keeper.strategy.test_worked_example import LEFT, crashed
from tests.keeper.strategy.town import WAD

SCALE = 10**30
HEADROOM = 40_000_000
sizes = st.integers(1, 10**21)
prices = st.integers(10**15, 10**23)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any sizes, profits, debts and prices; the other side is at least as large as what is closed of it."""
    sign = draw(st.sampled_from((1, -1)))
    others = [
        Counterparty(
            account_id=number,
            size=-sign * draw(sizes),
            profit=draw(st.integers(-(10**12), 10**12)),
            rest=draw(st.integers(-(10**14), 10**14)),
            leverage=draw(st.integers(0, 5) | st.just(ENDLESS)),
        )
        for number in range(1, draw(st.integers(1, 9)) + 1)
    ]
    size = draw(sizes)
    closed = draw(st.integers(1, min(size, sum(abs(each.size) for each in others))))
    owed, unit = draw(st.integers(0, 10**13)), draw(prices) - draw(st.integers(0, 10**15))
    return Case(sign * size, closed, owed, unit, SCALE, tuple(others))


def worked_example() -> Case:
    """Of contracts/WATERFALL.md, section 7: 53,965,682 are to be borne for the rest of account 1's long."""
    town = crashed()
    seen = standing(town.book, town.marks, town.book.account(1))
    needs = shortfall(seen, 1)
    made = Round(1, 1, LEFT, seen.equity, needs, HEADROOM, True, (), LEFT, 0, HEADROOM, needs - HEADROOM)
    return case_of(town.book, RoundReceipt(made, 1, 1, "0x", 0), town.marks)


def told(shares: tuple[Share, ...]) -> list[tuple[int, int, int]]:
    return [(share.account_id, share.size, share.haircut) for share in shares]


@pytest.mark.parametrize("name", POLICIES)
@given(cases())
def test_policy__any_case__closes_and_takes_what_it_has_to(name: str, case: Case) -> None:
    shares = POLICIES[name](case)
    closed = sum(share.size for share in shares)
    assert sum(share.haircut for share in shares) == case.haircut(closed)
    assert closed == case.closed or name == "queue"
    assert all(0 <= share.size <= share.held and share.haircut >= 0 for share in shares)
    assert len({share.account_id for share in shares}) == len(shares)


@pytest.mark.parametrize("name", POLICIES)
@given(cases())
def test_policy__any_case__costs_its_counterparties_the_haircut_and_nothing_else(
    name: str, case: Case
) -> None:
    before = {
        each.account_id: each.rest + value(each.size, case.unit, 0, SCALE) for each in case.counterparties
    }
    for share in POLICIES[name](case):
        # Three values are floored.
        assert abs(before[share.account_id] - share.haircut - share.equity_after) <= 2


@given(cases())
def test_queue__any_case__is_by_rank_and_bankrupts_nobody(case: Case) -> None:
    shares = queue(case)
    assert [share.account_id for share in shares] == sorted(share.account_id for share in shares)
    assert all(share.equity_after >= 0 for share in shares)
    assert all(share.is_whole for share in shares[:-1])
    closed = sum(share.size for share in shares)
    if closed < case.closed:
        left_out = {each.account_id for each in case.counterparties} - {each.account_id for each in shares}
        assert left_out


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        (by_profit, lambda each: (each.profit,)),
        (by_leverage, lambda each: (each.profit > 0, each.leverage)),
    ],
)
@given(cases())
def test_policy_in_order__any_case__leaves_nobody_above_the_last(
    policy: Callable[[Case], tuple[Share, ...]], key: Callable[[Counterparty], tuple[int, ...]], case: Case
) -> None:
    shares = policy(case)
    by_id = {each.account_id: each for each in case.counterparties}
    keys = [key(by_id[share.account_id]) for share in shares]
    assert keys == sorted(keys, reverse=True)
    assert all(share.is_whole for share in shares[:-1])
    untouched = by_id.keys() - {share.account_id for share in shares}
    assert all(key(by_id[account]) <= keys[-1] for account in untouched)


@given(cases())
def test_pro_rata_by_size__any_case__takes_the_same_part_of_everybody_in_profit(case: Case) -> None:
    shares = {share.account_id: share for share in pro_rata_by_size(case)}
    winners = [each for each in case.counterparties if each.profit > 0]
    winning = sum(abs(each.size) for each in winners)
    closed = min(case.closed, winning)
    for each in winners:
        size = shares[each.account_id].size if each.account_id in shares else 0
        assert abs(size * winning - closed * abs(each.size)) < winning
    lost = sum(share.size for share in shares.values() if share.profit <= 0)
    assert lost == case.closed - closed


@given(cases())
def test_pro_rata_by_profit__any_case__takes_the_same_part_of_every_profit(case: Case) -> None:
    shares = {share.account_id: share for share in pro_rata_by_profit(case)}
    profits = sum(max(each.profit, 0) for each in case.counterparties)
    if profits == 0:
        assert pro_rata_by_profit(case) == pro_rata_by_size(case)
        return
    whole = case.haircut(case.closed)
    for each in case.counterparties:
        haircut = shares[each.account_id].haircut if each.account_id in shares else 0
        assert abs(haircut * profits - whole * max(each.profit, 0)) < profits


def test_queue__the_worked_example__is_what_the_chain_did() -> None:
    assert told(queue(worked_example())) == [
        (4, 2 * WAD, 20_876_266),
        (2, 2 * WAD, 20_876_266),
        (3, LEFT - 4 * WAD, 12_213_150),
    ]


def test_policies__the_worked_example__is_as_by_hand() -> None:
    """Profits 240, 460, 660, 1,400 of accounts 5, 4, 2, 3; sizes 1, 2, 2, 5; haircut 53.965682."""
    case = worked_example()
    assert [each.profit // 10**6 for each in case.counterparties] == [240, 460, 660, 1_400]
    rest = LEFT - 5 * WAD
    assert told(by_profit(case)) == [(3, 5 * WAD, 52_190_665), (2, rest, 1_775_017)]
    # Notional / equity: 754, 9.9, 4.5 and 5.5; account 5 first, which that leaves with less than nothing.
    first, *others = by_leverage(case)
    assert (first.account_id, first.haircut, first.equity_after) == (5, 10_438_133, -5_438_133)
    assert [share.account_id for share in others] == [4, 3]
    tenth = [share.size for share in pro_rata_by_size(case)]
    assert tenth == [LEFT // 10, LEFT * 3 // 10 - LEFT // 10, LEFT // 2 - LEFT * 3 // 10, LEFT - LEFT // 2]
    assert [share.haircut for share in pro_rata_by_profit(case)] == [
        53_965_682 * 240 // 2_760,
        53_965_682 * 700 // 2_760 - 53_965_682 * 240 // 2_760,
        53_965_682 * 1_360 // 2_760 - 53_965_682 * 700 // 2_760,
        53_965_682 - 53_965_682 * 1_360 // 2_760,
    ]
