"""Receipts that are not what the rules make of the state before: every lie is named."""

from dataclasses import replace
from typing import Any

import pytest

from keeper.strategy.deleveraging import predict
from keeper.strategy.ranking import top
from keeper.strategy.risk import shortfall, standing
from keeper.strategy.rounds import RoundDifference, check_round
from keeper.types import Deleveraged, PassedOver, Round, RoundReceipt, Visit
from tests.keeper.strategy.test_worked_example import crashed
from tests.keeper.strategy.town import TOKEN, WAD, Town


def true_round(town: Town, insurance: int = 40 * TOKEN, *, verified: bool = True) -> Round:
    seen = standing(town.book, town.marks, town.book.account(1))
    queue = top(town.book, 1, False, 10, 3_770 * WAD)
    return predict(town.book, town.marks, seen, 1, insurance, queue, 4, verified=verified)


def lies(town: Town, shown: Round) -> list[RoundDifference]:
    assert town.book.head is not None
    head = town.book.head
    return check_round(town.book, RoundReceipt(shown, head.number, head.timestamp, "0x01", 0), town.marks)


def fields(town: Town, shown: Round) -> list[str]:
    return [each.field for each in lies(town, shown)]


def with_visit(shown: Round, i: int, **changes: Any) -> Round:
    visits: list[Visit] = list(shown.visits)
    visits[i] = replace(visits[i], **changes)
    return replace(shown, visits=tuple(visits))


@pytest.mark.parametrize("verified", [True, False])
def test_check_round__as_it_was__finds_nothing(verified: bool) -> None:
    town = crashed()
    assert lies(town, true_round(town, verified=verified)) == []


@pytest.mark.parametrize(
    "name", ["size", "equity", "shortfall", "closed", "left", "insurance_paid", "haircut"]
)
def test_check_round__one_unit_off__is_named(name: str) -> None:
    town = crashed()
    true = true_round(town)
    value = getattr(true, name)
    assert lies(town, replace(true, **{name: value + 1})) == [RoundDifference(name, value, value + 1)]


@pytest.mark.parametrize("name", ["roe", "price", "size", "haircut", "left", "cash", "rank"])
def test_check_round__a_counterpartys_number_off__is_named(name: str) -> None:
    town = crashed()
    true = true_round(town)
    shown = with_visit(true, 1, **{name: getattr(true.visits[1], name) + 1})
    assert fields(town, shown) == [f"visits[1].{name}"]


def test_check_round__one_passed_over_who_could_bear_it__is_named() -> None:
    town = crashed()
    true = true_round(town)
    visits = (true.visits[0], PassedOver(4, 1, -1), *true.visits[2:])
    (difference,) = lies(town, replace(true, visits=visits))
    assert (difference.expected, difference.found) == ("Deleveraged", "PassedOver")


def test_check_round__somebody_left_out__is_not_top_ranked() -> None:
    town = crashed()
    true = true_round(town)
    (difference,) = lies(town, replace(true, visits=true.visits[1:]))
    assert (difference.field, difference.why) == ("visits[0].counterparty", "not top ranked")


@pytest.mark.parametrize("counterparty", [1, 6, 99])
def test_check_round__a_counterparty_that_is_none__is_not_top_ranked(counterparty: int) -> None:
    """The bankrupt account itself, one of the same side, one that does not exist."""
    town = crashed()
    shown = with_visit(true_round(town), 0, counterparty=counterparty)
    assert fields(town, shown) == ["visits[0].counterparty"]


def test_check_round__more_insurance_than_shortfall__is_named() -> None:
    town = crashed()
    needs = shortfall(standing(town.book, town.marks, town.book.account(1)), 1)
    town.flag(1, 300)
    assert "insurance" in fields(town, true_round(town, needs + 1))
    assert fields(town, true_round(town, needs)) == []


def test_check_round__insured_before_the_grace_was_over__is_named() -> None:
    town = crashed()
    needs = shortfall(standing(town.book, town.marks, town.book.account(1)), 1)
    assert fields(town, true_round(town, needs)) == ["insurance"]
    town.flag(1, 299)
    assert fields(town, true_round(town, needs)) == ["insurance"]


def test_check_round__of_a_solvent_account__is_named() -> None:
    town = crashed()
    shown = true_round(town)
    town.reprice(m1=4_000)
    assert "equity" in fields(town, shown)


def test_check_round__no_such_account_or_position__is_named() -> None:
    town = crashed()
    true = true_round(town)
    assert fields(town, replace(true, account_id=99)) == ["account_id"]
    assert fields(town, replace(true, market_id=2)) == ["market_id"]


def test_check_round__equals_in_either_order__is_allowed_if_the_list_was_verified() -> None:
    town = Town(1_000)
    town.account(50 * TOKEN, m1=(2, 1_000, 20))
    for _ in range(3):
        town.account(1_000 * TOKEN, m1=(-1, 1_000, 10))
    town.reprice(m1=950)
    seen = standing(town.book, town.marks, town.book.account(1))
    queue = top(town.book, 1, False, 10, 950 * WAD)
    assert [each.account_id for each in queue] == [2, 3, 4]
    for order in ((0, 1), (1, 0), (2, 0)):
        listed = [queue[i] for i in order]
        verified = predict(town.book, town.marks, seen, 1, 0, listed, 2)
        assert all(isinstance(visit, Deleveraged) for visit in verified.visits)
        assert lies(town, verified) == []
        picked = replace(verified, verified=False)
        assert (lies(town, picked) == []) == (order == (0, 1))
