"""What the plan takes over, how much of it, and in which order."""

from dataclasses import replace

import pytest

from keeper.strategy.plan_liquidations import WORTHWHILE
from keeper.strategy.takeover import TakeOver
from keeper.types import Finding, Flag, Liquidate
from tests.keeper.strategy.town import LIMITS, TOKEN, WAD, Town

RICH = 1_000_000 * TOKEN
# Carried by 2,500 tokens at 970 and 5x, of which rounding takes a unit.
CARRIED = (2_500 * TOKEN - 1) * 5 * WAD // (970 * TOKEN)


def taken_over(town: Town, own_id: int, leverage: int = 5) -> list[Liquidate]:
    made = town.plan(own_id, limits=replace(LIMITS, leverage=leverage))
    return [each for each in made.actions if isinstance(each, Liquidate)]


def thin_long() -> tuple[Town, int]:
    """Account 1: equity 30, maintenance 48.5 at 970; and the keeper's."""
    town = Town(1_000)
    town.account(330 * TOKEN, m1=(10, 1_000, 50))
    own = town.account(RICH)
    town.reprice(m1=970)
    return town, own


def test_plan__a_thin_account__is_taken_over_with_the_operators_leverage() -> None:
    town, own = thin_long()
    (action,) = taken_over(town, own)
    # The chain closes what is needed; all of it could be carried.
    assert action == Liquidate(1, 1, 10 * WAD, own, 5, 0)


def test_plan__without_an_account_of_its_own__takes_nothing_over() -> None:
    town, _ = thin_long()
    made = town.plan()
    assert (made.actions, made.liquidatable, made.bankrupt) == ((), (1,), ())


def test_plan__healthy_accounts__nothing_to_do() -> None:
    town, own = thin_long()
    town.reprice(m1=980)
    assert town.plan(own).actions == ()


def test_plan__an_own_position_on_that_side__keeps_its_tier_and_names_its_neighbours() -> None:
    town, own = thin_long()
    town.open(own, 1, 1, 970, 3)
    other = town.account(RICH, m1=(1, 960, 3))
    (action,) = taken_over(town, own)
    # The nearest lowest; the chain skips the account that moves.
    assert (action.leverage, action.hint) == (3, other << 32 | own)


def test_plan__leverage_above_the_markets_maximum__is_cut_to_it() -> None:
    town, own = thin_long()
    assert taken_over(town, own, leverage=100)[0].leverage == 50
    assert taken_over(town, own, leverage=7)[0].leverage == 5


def test_plan__little_margin__takes_the_part_it_can_carry() -> None:
    town, _ = thin_long()
    own = town.account(200 * TOKEN)
    (action,) = taken_over(town, own)
    # A position of 200 x 5 and what the reward adds.
    assert 1_000 * TOKEN * WAD // (970 * TOKEN) <= action.size < 1_010 * TOKEN * WAD // (970 * TOKEN)
    assert town.plan(own).findings[0].kind == "capacity"


def test_plan__margin_for_less_than_is_worth_it__leaves_it() -> None:
    town, _ = thin_long()
    # Ten minimum notionals of 10 tokens at 5x, without the reward.
    own = town.account(2 * WORTHWHILE * TOKEN - TOKEN)
    made = town.plan(own)
    assert (made.actions, [each.kind for each in made.findings]) == ((), ["capacity"])


def test_plan__margin_for_less_than_is_worth_it_and_hundreds_thin__looks_at_each_briefly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town(1_000)
    for _ in range(300):
        town.account(21 * TOKEN, m1=(1, 1_000, 50))
    own = town.account(15 * TOKEN)
    town.reprice(m1=983)
    asked = 0
    attempt = TakeOver.attempt

    def counted(self: TakeOver, closed: int) -> object:
        nonlocal asked
        asked += 1
        return attempt(self, closed)

    monkeypatch.setattr(TakeOver, "attempt", counted)
    made = town.plan(own)
    assert (len(made.liquidatable), taken_over(town, own)) == (300, [])
    assert Finding("capacity", 1, 1, "too little can be carried") in made.findings
    # Twice: `taken_over` plans as well.
    assert asked <= 2 * 5 * 300


def test_plan__several__bankrupt_first_then_the_thinnest_then_the_largest() -> None:
    town = Town(1_000)
    own = town.account(RICH)
    thin = town.account(320 * TOKEN, m1=(10, 1_000, 50))
    thinner = town.account(310 * TOKEN, m1=(10, 1_000, 50))
    as_thin_but_larger = town.account(640 * TOKEN, m1=(20, 1_000, 50))
    bankrupt = town.account(290 * TOKEN, m1=(10, 1_000, 50))
    town.insure(RICH, m1=RICH)
    town.reprice(m1=970)
    order = [each.account_id for each in taken_over(town, own)]
    assert order == [bankrupt, thinner, as_thin_but_larger, thin]


def test_plan__earlier_takeovers__leave_less_margin_to_later_ones() -> None:
    town = Town(1_000)
    own = town.account(2_500 * TOKEN)
    for _ in range(3):
        town.account(290 * TOKEN, m1=(10, 1_000, 50))
    town.insure(RICH, m1=RICH)
    town.reprice(m1=970)
    first, second = taken_over(town, own)
    assert first.size == 10 * WAD
    assert second.size == CARRIED - 10 * WAD
    kinds = [(each.kind, each.account_id) for each in town.plan(own).findings]
    assert kinds == [("capacity", second.account_id), ("capacity", 4)]


def test_plan__insurance_for_one_of_two__takes_one_over() -> None:
    """What the first takeover draws is not there for the second."""
    town = Town(1_000)
    own = town.account(RICH)
    for _ in range(2):
        town.account(290 * TOKEN, m1=(10, 1_000, 50))
    town.insure(15 * TOKEN, m1=15 * TOKEN)
    town.reprice(m1=970)
    made = town.plan(own)
    assert made.actions[0] == Liquidate(2, 1, 10 * WAD, own, 5, 0)
    # Of the second, 5 tokens are not insured any more: its round comes when that has happened.
    assert made.actions[1:] == (Flag(3),)


def test_plan__a_takeover_in_flight__is_not_repeated_and_its_margin_is_spent() -> None:
    town = Town(1_000)
    own = town.account(2_500 * TOKEN)
    for _ in range(2):
        town.account(290 * TOKEN, m1=(10, 1_000, 50))
    town.insure(RICH, m1=RICH)
    town.reprice(m1=970)
    made = town.plan(own, frozenset({("liquidate", 2, 1)}))
    (action,) = (each for each in made.actions if isinstance(each, Liquidate))
    assert (action.account_id, action.size) == (3, CARRIED - 10 * WAD)


def test_plan__two_legs__the_larger_first_and_the_other_only_if_it_is_needed() -> None:
    town = Town(1_000, 1_000)
    own = town.account(RICH)
    account_id = town.account(670 * TOKEN, m1=(5, 1_000, 50), m2=(15, 1_000, 50))
    town.reprice(m1=970, m2=970)
    assert [(each.account_id, each.market_id) for each in taken_over(town, own)] == [(account_id, 2)]
    # Bankrupt: both.
    town.reprice(m1=960, m2=960)
    town.insure(RICH, m1=RICH, m2=RICH)
    assert [each.market_id for each in taken_over(town, own)] == [2, 1]


def test_plan__a_leg_without_a_price__the_other_is_taken_over() -> None:
    town = Town(1_000, 10)
    own = town.account(RICH)
    town.account(340 * TOKEN, m1=(10, 1_000, 50), m2=(1, 10, 1))
    town.reprice(m1=969)
    town.pending(2, 20)
    assert [each.market_id for each in taken_over(town, own)] == [1]


def test_plan__the_own_account_has_a_leg_without_a_price__says_so() -> None:
    town = Town(1_000, 10)
    own = town.account(RICH, m2=(1, 10, 1))
    town.account(330 * TOKEN, m1=(10, 1_000, 50))
    town.reprice(m1=970)
    town.pending(2, 20)
    made = town.plan(own)
    assert made.actions == ()
    assert made.findings == (Finding("refused", 2, 1, "margin: unpriced leg"),)


def test_plan__the_own_account_is_thin__says_so_and_leaves_it_to_others() -> None:
    town, _ = thin_long()
    made = town.plan(1)
    assert made.actions == ()
    assert made.findings[0].kind == "own"


@pytest.mark.parametrize(("min_profit", "count"), [(0, 1), (9 * TOKEN, 0)])
def test_plan__profit_counts__only_what_earns_enough(min_profit: int, count: int) -> None:
    """The reward is 0.1 % of what is needed, less than 10 tokens."""
    town, own = thin_long()
    limits = replace(LIMITS, always_liquidate=False, min_profit=min_profit, native_price=3_000 * TOKEN)
    made = town.plan(own, limits=limits)
    assert len(made.actions) == count
    assert [each.kind for each in made.findings] == ["unprofitable"] * (1 - count)


def test_plan__profit_counts__the_gas_is_taken_off() -> None:
    town, own = thin_long()
    # 135,000 gas at 1 gwei: at 100,000 tokens a coin it is 13.5 tokens, above any reward here.
    limits = replace(LIMITS, always_liquidate=False, native_price=100_000 * TOKEN)
    assert town.plan(own, limits=limits).actions == ()


def test_plan__a_position_below_the_minimum__is_taken_once_the_own_one_is_larger() -> None:
    town = Town(1_000)
    own = town.account(RICH)
    # Worth 9.7 tokens at 970.
    small = town.account(320_000, m1=(0.01, 1_000, 50))
    town.reprice(m1=970)
    made = town.plan(own)
    assert (made.actions, [each.kind for each in made.findings]) == ((), ["small"])
    larger = town.account(330 * TOKEN, m1=(10, 1_000, 50))
    assert [each.account_id for each in taken_over(town, own)] == [larger, small]


def test_plan__needs_less_than_the_minimum__waits_until_it_is_worth_a_call() -> None:
    town = Town(1_000)
    own = town.account(RICH, m1=(1, 1_000, 5))
    # At a target of 1 a unit below the requirement of 485 asks for hardly anything.
    town.happen(("MarketWritten", (1, town.book.markets[1].params.word, 1_000_000 | 2_000 << 24)))
    account_id = town.account(3_485 * TOKEN - 1, m1=(100, 1_000, 50))
    town.reprice(m1=970)
    made = town.plan(own)
    assert (made.actions, made.liquidatable) == ((), (account_id,))
    assert [each.kind for each in made.findings] == ["trivial"]


def test_plan__a_bankrupt_account_opposite_has_nobody_else__gives_no_margin_for_its_debt() -> None:
    """A long taken over would be closed against account 1, at a haircut."""
    for debt, count in ((1, 0), (0, 2)):
        town = Town(1_000)
        town.account(100 * TOKEN - debt, m1=(-1, 1_000, 10))
        town.account(0, m1=(1, 1_099, 20))
        own = town.account(RICH)
        town.park(2, 1)
        town.reprice(m1=1_100)
        assert len(taken_over(town, own)) == count
        assert [each.kind for each in town.plan(own).findings] == (["stuck", "exposed"] if debt else [])


def test_plan__few_actions_allowed__leaves_a_share_to_flags() -> None:
    town = Town(1_000)
    own = town.account(RICH)
    for _ in range(12):
        town.account(330 * TOKEN, m1=(10, 1_000, 50))
    town.reprice(m1=970)
    assert len(town.plan(own, limits=replace(LIMITS, max_actions=10)).actions) == 9


def test_plan__many_findings__are_counted() -> None:
    town = Town(1_000)
    for _ in range(25):
        town.account(290 * TOKEN, m1=(10, 1_000, 50))
    town.reprice(m1=970)
    made = town.plan()
    assert len(made.findings) == 21
    assert made.findings[-1] == Finding("stuck", 0, 0, "5 more")
