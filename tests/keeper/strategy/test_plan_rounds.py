"""When the plan deleverages, and with which list."""

from dataclasses import replace

from keeper.strategy.plan_rounds import PATIENCE
from keeper.types import Deleverage, DeleverageNext, Finding, Flag, Liquidate, Relink
from tests.keeper.strategy.town import LIMITS, TOKEN, WAD, Town


def bankrupt_long() -> Town:
    """Account 1 owes 100 tokens at 890; 2, 3 and 4 stand opposite with 4 each."""
    town = Town(1_000)
    town.account(1_000 * TOKEN, m1=(10, 1_000, 10))
    for entry in (1_003, 1_002, 1_001):
        town.account(5_000 * TOKEN, m1=(-4, entry, 10))
    town.reprice(m1=890)
    return town


def test_plan__bankrupt_beyond_insurance__deleverages_with_the_top_of_the_queue() -> None:
    assert bankrupt_long().plan().actions == (Deleverage(1, 1, (2, 3, 4)),)


def test_plan__a_round_shorter_than_the_queue__lists_four_to_spare() -> None:
    town = bankrupt_long()
    for _ in range(8):
        town.account(5_000 * TOKEN, m1=(-1, 1_000, 10))
    assert town.plan().actions == (Deleverage(1, 1, (2, 3, 4, 5, 6, 7, 8)),)


def test_plan__insured_and_nobody_to_take_over__flags() -> None:
    town = bankrupt_long()
    town.insure(1_000 * TOKEN, m1=100 * TOKEN)
    assert town.plan().actions == (Flag(1),)


def test_plan__insured_and_flagged__waits() -> None:
    town = bankrupt_long()
    town.insure(1_000 * TOKEN, m1=100 * TOKEN)
    town.flag(1, 299)
    assert town.plan().actions == ()


def test_plan__insured_and_the_flag_is_ripe__deleverages() -> None:
    for age in (300, 3_900):
        town = bankrupt_long()
        town.insure(1_000 * TOKEN, m1=100 * TOKEN)
        town.flag(1, age)
        assert town.plan().actions == (Deleverage(1, 1, (2, 3, 4)),)


def test_plan__insured_and_the_flag_has_lapsed__flags_again() -> None:
    town = bankrupt_long()
    town.insure(1_000 * TOKEN, m1=100 * TOKEN)
    town.flag(1, 3_901)
    assert town.plan().actions == (Flag(1),)


def test_plan__ripe_and_the_keeper_can_take_over__takes_over_for_a_minute_only() -> None:
    for age, kind in ((300 + PATIENCE, Liquidate), (301 + PATIENCE, Deleverage)):
        town = bankrupt_long()
        own = town.account(100_000 * TOKEN)
        town.insure(1_000 * TOKEN, m1=100 * TOKEN)
        town.flag(1, age)
        (action,) = town.plan(own).actions
        assert isinstance(action, kind)


def test_plan__one_unit_of_insurance_missing__deleverages() -> None:
    town = bankrupt_long()
    own = town.account(100_000 * TOKEN)
    town.insure(1_000 * TOKEN, m1=100 * TOKEN - 1)
    assert [type(each) for each in town.plan(own).actions] == [Deleverage]


def test_plan__lists_of_that_side_are_beaten__leaves_the_pick_to_the_chain() -> None:
    town = bankrupt_long()
    assert town.plan(beaten=frozenset({(1, False)})).actions == (DeleverageNext(1, 1, 3),)
    assert [type(each) for each in town.plan(beaten=frozenset({(1, True)})).actions] == [Deleverage]


def test_plan__two_rounds_of_one_side__the_second_is_the_chains_pick() -> None:
    town = bankrupt_long()
    town.account(500 * TOKEN, m1=(1, 1_500, 10))
    first, second = town.plan().actions
    # The largest debt first; what it leaves is 2 of account 4.
    assert first == Deleverage(5, 1, (2, 3, 4))
    assert second == DeleverageNext(1, 1, 3)


def test_plan__a_round_in_flight__is_not_repeated_and_the_next_leaves_the_pick_to_the_chain() -> None:
    town = bankrupt_long()
    town.account(500 * TOKEN, m1=(1, 1_500, 10))
    busy = frozenset({("deleverage", 5, 1)})
    assert town.plan(busy=busy).actions == (DeleverageNext(1, 1, 3),)


def test_plan__a_short_list__closes_a_part_and_flags_the_rest() -> None:
    town = bankrupt_long()
    made = town.plan(limits=replace(LIMITS, max_list=2))
    assert made.actions == (Deleverage(1, 1, (2, 3)), Flag(1))
    assert made.findings == (Finding("partial", 1, 1, f"{2 * WAD} stay open for now"),)


def test_plan__little_gas__lists_as_many_as_it_pays_for() -> None:
    town = bankrupt_long()
    # A base of 106,000 and 14,000 a visit.
    for gas, listed in ((148_000, (2, 3, 4)), (147_999, (2, 3)), (120_000, (2,))):
        assert town.plan(limits=replace(LIMITS, gas_per_tx=gas)).actions[0] == Deleverage(1, 1, listed)
    # Rounds leave a share of the cycle's gas to what comes after them.
    assert town.plan(limits=replace(LIMITS, gas_per_cycle=200_000)).actions == (Deleverage(1, 1, (2,)),)
    assert town.plan(limits=replace(LIMITS, gas_per_cycle=140_000)).actions == (Flag(1),)


def test_plan__nobody_on_the_other_side__says_so_and_flags() -> None:
    town = bankrupt_long()
    for account_id in (2, 3, 4):
        town.park(account_id, 1)
    made = town.plan()
    assert made.findings == (Finding("stuck", 1, 1, "nobody is left on the other side"),)
    # All of them can bear their share.
    assert made.actions == (Flag(1), Relink(2, 1, 0), Relink(3, 1, 0), Relink(4, 1, 0))


def test_plan__the_counterparty_is_bankrupt_itself__is_passed_over_and_has_its_own_round() -> None:
    town = Town(1_000, 1_000)
    town.account(1_000 * TOKEN, m1=(10, 1_000, 10))
    # A winner here, and bankrupt by its long in the other market.
    town.account(1_000 * TOKEN, m1=(-4, 1_004, 10), m2=(20, 1_000, 10))
    town.account(9_000 * TOKEN, m1=(-10, 1_000, 10))
    town.account(9_000 * TOKEN, m2=(-20, 1_000, 10))
    town.reprice(m1=890, m2=800)
    made = town.plan()
    assert made.bankrupt == (1, 2)
    # Largest debt first: account 2's losing leg against 4. Then 1, for whom 2 is no counterparty any more.
    assert made.actions[:2] == (Deleverage(2, 2, (4,)), Deleverage(1, 1, (2, 3)))


def test_plan__both_sides_bankrupt__each_is_closed_against_the_other_side() -> None:
    """Two markets apart, so that both a long and a short of market 1 are bankrupt."""
    town = Town(1_000, 1_000)
    town.account(1_000 * TOKEN, m1=(10, 1_000, 10))
    town.account(100 * TOKEN, m1=(-10, 880, 10), m2=(1, 1_000, 10))
    town.account(9_000 * TOKEN, m1=(-10, 990, 10))
    town.account(9_000 * TOKEN, m1=(10, 990, 10))
    town.reprice(m1=895)
    made = town.plan()
    assert made.bankrupt == (1, 2)
    rounds = [each for each in made.actions if isinstance(each, Deleverage | DeleverageNext)]
    assert [(each.account_id, each.market_id) for each in rounds] == [(1, 1), (2, 1)]
    assert isinstance(rounds[0], Deleverage)
    assert isinstance(rounds[1], DeleverageNext)


def test_plan__the_market_has_no_valid_price__nothing_is_closed() -> None:
    town = bankrupt_long()
    town.pending(1, 700)
    made = town.plan()
    # In its favour, at 890 x 1.5, it is not even thin.
    assert (made.actions, made.liquidatable) == ((), ())


def test_plan__bankrupt_in_markets_without_prices__is_flagged_and_told() -> None:
    town = bankrupt_long()
    town.account(1 * TOKEN, m1=(1, 2_000, 1))
    town.pending(1, 700)
    made = town.plan()
    assert made.actions == (Flag(5),)
    assert made.findings == (Finding("unpriced", 5, 0, "bankrupt, and no market of it has a valid price"),)
