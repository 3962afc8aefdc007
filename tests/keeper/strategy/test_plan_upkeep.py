"""Flags, relinks, pending prices and funding."""

from keeper.types import Accrue, Flag, Limits, Relink, Sync
from tests.keeper.strategy.town import MAX_AGE, SOURCE, TOKEN, WAD, Town

RICH = 100_000 * TOKEN
# Polled, with a second source; prices live for 400 s.
POLLED = (0xA, 0xB, 1, 400, *SOURCE[4:])


def test_plan__recovered_and_still_flagged__clears_the_flag() -> None:
    town = Town(1_000)
    town.account(RICH, m1=(1, 1_000, 10))
    town.flag(1, 100)
    assert town.plan().actions == (Flag(1),)


def test_plan__recovered_with_a_lapsed_flag__clears_it_only_if_it_may_hold_a_gate() -> None:
    town = Town(1_000)
    town.account(RICH, m1=(1, 1_000, 10))
    town.flag(1, 3_901)
    assert town.plan().actions == ()
    town.gate_until = town.now + 100
    assert town.plan().actions == (Flag(1),)


def test_plan__a_flag_in_flight__is_not_repeated() -> None:
    town = Town(1_000)
    town.account(RICH, m1=(1, 1_000, 10))
    town.flag(1, 100)
    assert town.plan(busy=frozenset({("flag", 1, 0)})).actions == ()


def test_plan__parked_and_healthy__is_relinked_behind_its_neighbour() -> None:
    town = Town(1_000)
    town.account(RICH, m1=(-1, 1_001, 10))
    town.account(RICH, m1=(-1, 1_000, 10))
    town.park(2, 1)
    assert town.plan().actions == (Relink(2, 1, 1),)


def test_plan__parked_and_thin__waits_for_its_liquidation() -> None:
    town = Town(1_000)
    town.account(34 * TOKEN, m1=(-1, 1_000, 10))
    town.park(1, 1)
    town.reprice(m1=1_030)
    made = town.plan()
    assert (made.actions, made.liquidatable) == ((), (1,))


def test_plan__parked_and_thin_but_nobody_else_is_left__is_relinked_if_it_can_bear_its_share() -> None:
    """Account 1 owes 20 for 2; of that 10 fall on the short of 1, whose equity is `equity`."""
    for equity, relinked in ((10 * TOKEN + 1, True), (10 * TOKEN, False)):
        town = Town(1_000)
        town.account(80 * TOKEN, m1=(2, 1_000, 20))
        town.account(equity, m1=(-1, 950, 20))
        town.account(10**9 * TOKEN, m1=(-1, 950, 20))
        town.park(2, 1)
        town.reprice(m1=950)
        town.happen(("PositionChanged", (3, 1, 0, 0, 0, 10**9 * TOKEN, 950 * WAD, 1)))
        assert town.plan().liquidatable == ((1,) if equity * 200 >= 950 * TOKEN else (1, 2))
        assert (Relink(2, 1, 0) in town.plan().actions) == relinked


def test_plan__parked_and_healthy_but_too_poor_for_its_share__stays_parked() -> None:
    """Else it would be relinked and passed over again in turns, block after block."""
    town = Town(1_000)
    town.account(80 * TOKEN, m1=(10, 1_000, 50))
    town.account(200 * TOKEN, m1=(-10, 950, 20))
    town.park(2, 1)
    town.reprice(m1=950)
    # 420 owed: more than its 200.
    assert town.plan().actions == (Flag(1),)


def test_plan__parked_and_bankrupt__stays_parked() -> None:
    town = Town(1_000)
    town.account(10 * TOKEN, m1=(-1, 1_000, 10))
    town.park(1, 1)
    town.reprice(m1=1_030)
    assert town.plan().actions == (Flag(1),)


def test_plan__a_pending_price__is_confirmed_when_nobody_did() -> None:
    town = Town(1_000)
    town.say(1, 2_000)
    town.pending(1, 2_000)
    waiting = town.book.markets[1].waiting_since
    while town.now <= waiting + 65:
        assert town.plan().actions == ()
        town.happen()
    assert town.plan().actions == (Sync((1,)),)
    # It may be on its way.
    at = town.facts.block.timestamp
    assert town.plan(synced={1: at - 14}).actions == ()
    assert town.plan(synced={1: at - 15}).actions == (Sync((1,)),)
    assert town.plan(busy=frozenset({("sync", 0, 1)})).actions == ()


def test_plan__a_pending_price_that_its_source_takes_back__is_not_confirmed() -> None:
    town = Town(1_000)
    town.pending(1, 2_000)
    town.say(1, 0, age=town.now)
    town.now_is(town.now + 100)
    assert town.plan().actions == ()


def test_plan__a_report_came_second_in_its_block__is_asked_for_in_the_next() -> None:
    town = Town(1_000)
    town.say(1, 1_002)
    town.happen()
    assert town.plan().actions == (Sync((1,)),)
    # One that is published now need not be.
    assert town.plan(busy=frozenset({("sync", 0, 1)})).actions == ()
    town.reprice(m1=1_002)
    assert town.plan().actions == ()


def test_plan__in_doubt_after_a_change_of_source__is_asked_as_soon_as_the_new_one_speaks() -> None:
    town = Town(1_000)
    town.now_is(town.now + MAX_AGE)
    town.happen(("SourceSet", (1, *SOURCE, *SOURCE)))
    assert town.plan().actions == ()
    town.say(1, 1_000)
    town.happen()
    assert town.plan().actions == (Sync((1,)),)


def test_plan__the_second_source_comes_round__releases_a_pending_price_at_once() -> None:
    town = Town(1_000, source=(0xA, 0xB, *SOURCE[2:]))
    town.say(1, 2_000)
    town.pending(1, 2_000)
    assert town.plan().actions == ()
    town.say(1, 1_950, second=True)
    town.happen()
    assert town.plan().actions == (Sync((1,)),)


def test_plan__polled_markets__are_asked_before_their_prices_lapse_if_there_are_newer_ones() -> None:
    town = Town(1_000, 2_000, source=POLLED)
    town.now_is(town.book.markets[1].updated_at + 299)
    assert town.plan().actions == ()
    town.say(1, 1_000)
    town.say(2, 2_000)
    assert town.plan().actions == ()
    town.happen()
    assert town.plan().actions == (Sync((1,)),)
    town.happen()
    assert town.plan().actions == (Sync((1, 2)),)
    # What a crash leaves of the gas is used for as many as it pays for.
    assert town.plan(limits=Limits(gas_per_tx=300_000)).actions == (Sync((1,)),)
    at = town.facts.block.timestamp
    assert town.plan(synced={1: at - 1, 2: at - 1}).actions == ()


def test_plan__a_polled_source_moved_by_its_threshold__is_asked() -> None:
    town = Town(1_000, source=POLLED)
    town.say(1, 1_000.999)
    town.happen()
    assert town.plan().actions == ()
    town.say(1, 1_001)
    town.happen()
    assert town.plan().actions == (Sync((1,)),)


def test_plan__a_polled_source_jumped__is_asked_so_that_the_wait_begins() -> None:
    town = Town(1_000, source=POLLED)
    town.say(1, 2_000)
    town.happen()
    assert town.plan().actions == (Sync((1,)),)
    town.pending(1, 2_000)
    town.say(1, 2_000)
    town.happen()
    assert town.plan().actions == ()
    town.now_is(town.book.markets[1].waiting_since + 60)
    assert town.plan().actions == (Sync((1,)),)


def test_plan__a_polled_source_in_doubt__is_asked_once_and_again_when_it_speaks() -> None:
    town = Town(1_000, source=POLLED)
    town.say(1, 0)
    assert town.plan().actions == (Sync((1,)),)
    town.happen(("PricePending", (1, 0, town.now, 1_000 * WAD)))
    town.say(1, 0)
    assert town.plan().actions == ()
    town.say(1, 1_000)
    town.happen()
    assert town.plan().actions == (Sync((1,)),)


def test_plan__funding_untouched_for_long__is_accrued() -> None:
    town = Town(1_000)
    town.account(RICH, m1=(1, 1_000, 10))
    for premium, older, actions in ((10**7, 3_001, (Accrue(1),)), (10**7, 3_000, ()), (0, 9_999, ())):
        town.happen(("FundingAccrued", (1, 0, premium, 1_000 * WAD)))
        town.now_is(town.book.markets[1].touched + older)
        assert town.plan().actions == actions


def test_plan__funding_without_a_price_or_without_positions__is_left_alone() -> None:
    town = Town(1_000)
    town.happen(("FundingAccrued", (1, 0, 10**7, 1_000 * WAD)))
    town.now_is(town.book.markets[1].touched + 3_100)
    assert town.plan().actions == ()
    town.account(RICH, m1=(1, 1_000, 10))
    assert town.plan().actions == (Accrue(1),)
    town.now_is(town.book.markets[1].updated_at + MAX_AGE + 1)
    assert town.plan().actions == ()
