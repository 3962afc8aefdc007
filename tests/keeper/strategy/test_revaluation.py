"""The float pass over everybody never misses anybody."""

from dataclasses import replace

import pytest

from keeper.strategy.revaluation import revalue, suspects
from keeper.strategy.risk import standing
from tests.keeper.crowd_book import GENESIS, synthetic_book
from tests.keeper.strategy.town import TOKEN, Town


@pytest.mark.parametrize("moved", [900, 985, 1_000, 1_100])
def test_revalue__a_crowd__is_within_its_error(moved: int) -> None:
    book = synthetic_book(accounts=2_000, markets=4, positions=4_000, seed=3)
    marks = {
        m: replace(mark, price=mark.price * moved // 1_000 + m) for m, mark in book.marks(GENESIS + 9).items()
    }
    marks[2] = replace(marks[2], valid=False)
    values = revalue(book, marks)
    found = set(suspects(values).tolist())
    for account_id in range(1, book.accounts.count + 1):
        seen = standing(book, marks, book.account(account_id))
        equity, required = int(values.equity[account_id - 1]), int(values.maintenance[account_id - 1])
        assert abs(seen.equity - equity) <= values.error
        assert abs(seen.maintenance - required) <= values.error
        assert seen.is_liquidatable <= (account_id in found)
    thin = sum(standing(book, marks, book.account(i)).is_liquidatable for i in range(1, 2_001))
    # It pre-selects: hardly anybody is looked at in vain.
    assert thin <= len(found) <= thin + 5


def test_revalue__nobody__is_empty() -> None:
    town = Town(1_000)
    assert suspects(revalue(town.book, town.marks)).tolist() == []


def test_suspects__a_unit_around_the_requirement__are_both_looked_at() -> None:
    town = Town(1_000)
    for more in (-1, 0, 10_000):
        town.account(5 * TOKEN + more, m1=(1, 1_000, 50))
    assert suspects(revalue(town.book, town.marks)).tolist() == [1, 2]
    made = town.plan()
    assert (made.liquidatable, made.bankrupt) == ((1,), ())


def test_plan__a_unit_around_zero__one_is_bankrupt() -> None:
    town = Town(1_000)
    for more in (-1, 0):
        town.account(10 * TOKEN + more, m1=(1, 1_000, 50))
    town.reprice(m1=990)
    made = town.plan()
    assert (made.liquidatable, made.bankrupt) == ((1, 2), (1,))
