"""What the columns of the comparison count."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from scripts.replay.comparison import Comparison, Score
from scripts.replay.policies import POLICIES, Case, Counterparty, Share
from scripts.replay.rounds import ENDLESS
from tests.replay.test_policies import cases

WAD = 10**18
SCALE = 10**30
TOKEN = 10**6


def case(owed: int, *others: tuple[int, int, int]) -> Case:
    """A long of 4 at 100, all of it closed; counterparties as (size, profit, equity in tokens)."""
    made = tuple(
        Counterparty(number, -size * WAD, profit * TOKEN, (equity + 100 * size) * TOKEN, equity * WAD)
        for number, (size, profit, equity) in enumerate(others, 1)
    )
    return Case(4 * WAD, 4 * WAD, owed * TOKEN, 100 * WAD, SCALE, made)


def compare(found: Sequence[Case]) -> list[Score]:
    comparison = Comparison()
    for each in found:
        comparison.add(each)
    return comparison.scores()


def scores(*found: Case) -> dict[str, Score]:
    return {score.policy: score for score in compare(found)}


def test_comparison__one_round__every_column_is_as_by_hand() -> None:
    found = scores(case(40, (2, 50, 1_000), (3, 90, 1_000), (5, -10, 1_000)))
    assert found["queue"] == Score(
        policy="queue",
        accounts_hit=2,
        closings=2,
        fully_closed=1,
        haircut=40 * TOKEN,
        largest_part=Fraction(20, 50),
        top_account=1,
        top_part=Fraction(1, 2),
        # 50 and two thirds of 90.
        overshoot=(50 + 60 - 40) * TOKEN,
        bankrupted=0,
        beyond_profit=0,
    )
    assert found["profit only"].top_part == Fraction(3, 4)
    # 40 * 90 / 140, of 90, to the unit.
    assert found["pro rata by profit"].largest_part == Fraction(25_714_286, 90 * TOKEN)


def test_comparison__the_same_account_in_two_rounds__is_one_that_gave_both_times() -> None:
    one = case(40, (4, 50, 1_000))
    found = scores(one, one)["queue"]
    assert (found.accounts_hit, found.closings, found.fully_closed) == (1, 2, 2)
    assert (found.haircut, found.top_part) == (80 * TOKEN, Fraction(1))


def test_comparison__a_poor_winner_and_a_loser__are_counted_where_a_rule_takes_too_much() -> None:
    """Account 1 has 5 and would give 10; account 2 has no profit."""
    found = scores(case(40, (1, 50, 5), (9, 0, 1_000)))
    assert (found["queue"].bankrupted, found["queue"].beyond_profit) == (0, 1)
    assert (found["profit only"].bankrupted, found["profit only"].beyond_profit) == (1, 1)
    by_profit = found["pro rata by profit"]
    assert (by_profit.accounts_hit, by_profit.bankrupted, by_profit.beyond_profit) == (2, 1, 0)


def test_comparison__more_is_needed_than_was_earned__counts_everybody() -> None:
    found = scores(case(100, (2, 10, 1_000), (2, 10, 1_000)))
    assert found["pro rata by profit"].beyond_profit == 2
    assert found["pro rata by profit"].largest_part == 5
    assert all(score.overshoot == 0 for score in found.values())


def test_comparison__no_round__is_nothing() -> None:
    for score in compare([]):
        assert (score.accounts_hit, score.haircut, score.top_account) == (0, 0, 0)
        assert score.top_part == Fraction(0)


@given(st.lists(cases(), max_size=4))
def test_comparison__any_rounds__takes_the_same_by_every_rule(found: list[Case]) -> None:
    needed = sum(each.haircut(each.closed) for each in found)
    for score in compare(found):
        assert score.haircut == needed or score.policy == "queue"
        assert 0 <= score.top_part <= 1
        assert score.fully_closed <= score.closings
        assert score.accounts_hit <= score.closings


@given(cases())
def test_comparison__endless_leverage__changes_no_amount(found: Case) -> None:
    """Leverage only orders: equal leverages leave the order of the rank."""
    equal = replace(
        found, counterparties=tuple(replace(each, leverage=ENDLESS) for each in found.counterparties)
    )
    ordered: tuple[Share, ...] = POLICIES["leverage only"](equal)
    winners = [share.account_id for share in ordered if share.profit > 0]
    assert winners == sorted(winners)
