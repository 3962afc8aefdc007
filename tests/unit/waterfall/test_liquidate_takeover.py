"""liquidate: what becomes of the liquidator's position, and what it must hold."""

import pytest

from tests.helpers.desk import ALL, FOREVER, PRICE, USD, WAD
from tests.helpers.model.arithmetic import ceil_div, initial_requirement, notional_down
from tests.helpers.parameters import PLAIN
from tests.helpers.reading import SCALE, holding
from tests.unit.waterfall.sound import assert_sound, refused
from tests.unit.waterfall.storage import set_cash

MARK = 3_610 * WAD
PART = WAD // 4


@pytest.fixture(scope="module", autouse=True)
def long(desk, debtor, winner):
    """1 base at 4,000 with 400: at 3,610 it has 10 and needs 18.05; 0.82 base can be taken over."""
    long = desk.account(debtor, 400)
    desk.trade(long, desk.account(winner, 100_000))
    return long


@pytest.fixture(scope="module", autouse=True)
def counter(desk, long, winner):
    return desk.account(winner, 100_000)


@pytest.fixture(scope="module", autouse=True)
def rescuer(desk, long, liquidator):
    return desk.account(liquidator, 10_000)


@pytest.fixture
def short(desk, rescuer, debtor, counter):
    """Thin when the price is 4,390."""
    short = desk.account(debtor, 400)
    desk.trade(counter, short)
    return short


def test_liquidate__flat_liquidator__opens_at_the_mark(desk, long, rescuer):
    desk.crash(MARK)
    assert desk.liquidate(long, rescuer, PART, 50).return_value == PART
    assert holding(desk, rescuer) == (PART, MARK, 50)
    assert list(desk.lens.open_markets(rescuer)) == [1]
    assert desk.queue(True) == [rescuer, long]
    assert_sound(desk)


def test_liquidate__a_short__opens_a_short(desk, short, rescuer):
    desk.crash(4_390 * WAD)
    desk.liquidate(short, rescuer, PART, 20)
    assert holding(desk, rescuer) == (-PART, 4_390 * WAD, 20)
    assert_sound(desk)


def test_liquidate__same_side__grows_averages_down_and_takes_the_new_tier(desk, long, rescuer, counter):
    """A third of a base at 4,000 and a quarter at 3,610: 3,832.85714..., floored."""
    desk.trade(rescuer, counter, WAD // 3, leverage=5)
    desk.crash(MARK)
    desk.liquidate(long, rescuer, PART, 10)
    size = WAD // 3 + PART
    assert holding(desk, rescuer) == (size, (WAD // 3 * PRICE + PART * MARK) // size, 10)
    assert list(desk.lens.open_markets(rescuer)) == [1]
    assert_sound(desk)


@pytest.mark.parametrize("leverage", [1, 7, 0, 100, 2**256 - 1])
def test_liquidate__opposite_and_larger__shrinks_and_ignores_the_leverage(
    desk, long, rescuer, counter, leverage
):
    desk.trade(counter, rescuer, WAD, leverage=5)
    desk.crash(MARK)
    rank, interest = desk.queue(False), desk.clearing_house.open_interest(1)
    desk.liquidate(long, rescuer, PART, leverage)
    assert holding(desk, rescuer) == (PART - WAD, PRICE, 5)
    assert desk.queue(False) == rank
    assert desk.clearing_house.open_interest(1) == interest - PART
    assert_sound(desk)


def test_liquidate__opposite_and_equal__closes_and_realises(desk, long, rescuer, counter):
    """The short of a quarter made 97.50 on its way to 3,610 and gets 0.1 % of 902.50."""
    desk.trade(counter, rescuer, PART)
    desk.crash(MARK)
    desk.liquidate(long, rescuer, PART, 7)
    assert holding(desk, rescuer) == (0, 0, 0)
    assert list(desk.lens.open_markets(rescuer)) == []
    assert desk.cash(rescuer) == 10_000 * USD + 97_500_000 + 902_500
    assert_sound(desk)


def test_liquidate__opposite_and_smaller__flips_at_the_mark(desk, long, rescuer, counter):
    desk.trade(counter, rescuer, PART, leverage=5)
    desk.crash(MARK)
    interest = desk.clearing_house.open_interest(1)
    desk.liquidate(long, rescuer, 2 * PART, 50)
    assert holding(desk, rescuer) == (PART, MARK, 50)
    assert desk.clearing_house.open_interest(1) == interest - PART
    assert_sound(desk)


def test_liquidate__two_sides_meet__open_interest_falls(desk, short, rescuer, counter):
    """The liquidator is long half a base and takes over a quarter of the short."""
    desk.trade(rescuer, counter, WAD // 2)
    interest = desk.clearing_house.open_interest(1)
    desk.crash(4_390 * WAD)
    desk.liquidate(short, rescuer, PART)
    assert desk.clearing_house.open_interest(1) == interest - PART
    assert_sound(desk)


def test_liquidate__liquidated_position__keeps_entry_tier_and_place(desk, long, rescuer, counter, debtor):
    """The third of four of a list; the liquidator stands at its end, behind one of the same entry price."""
    ahead = [desk.account(debtor, 10_000) for _ in range(2)]
    for account, price in zip(ahead, (3_900, 3_990), strict=True):
        desk.trade(account, counter, WAD, price * WAD)
    behind = desk.account(debtor, 10_000)
    desk.trade(behind, counter, WAD, 4_010 * WAD)
    desk.crash(MARK)
    late = desk.account(debtor, 10_000)
    desk.trade(late, counter, WAD, MARK)
    before = desk.slot(long)
    desk.liquidate(long, rescuer, PART, 10)
    after = desk.slot(long)
    assert (after.entry_price, after.tier, after.prev, after.next) == (PRICE, 4, before.prev, before.next)
    assert desk.queue(True) == [late, rescuer, *ahead, long, behind]
    assert_sound(desk)


def test_liquidate__liquidated_wholly__next_one_leads(desk, long, rescuer, counter, debtor):
    behind = desk.account(debtor, 10_000)
    desk.trade(behind, counter, WAD, 4_010 * WAD)
    desk.crash(3_601 * WAD)
    desk.liquidate(long, rescuer, ALL, 100)
    assert desk.queue(True) == [rescuer, behind]
    assert desk.slot(behind).prev == 0
    assert_sound(desk)


def test_liquidate__exact_hint__is_used(desk, long, rescuer, counter, debtor):
    late = desk.account(debtor, 10_000)
    desk.crash(MARK)
    desk.trade(late, counter, WAD, MARK)
    hint = desk.lens.find_hint(1, True, 10, MARK)
    assert hint == late
    desk.liquidate(long, rescuer, PART, 10, hint=hint)
    assert (desk.slot(rescuer).prev, desk.slot(rescuer).next) == (late, long)


def test_liquidate__delegate_of_the_liquidator__may(desk, long, rescuer, liquidator, delegate):
    desk.crash(MARK)
    desk.clearing_house.set_delegate(rescuer, delegate, FOREVER, sender=liquidator)
    assert desk.liquidate(long, rescuer, PART, sender=delegate).return_value == PART


def test_liquidate__own_other_account__may(desk, long, rescuer, debtor):
    """Nothing is gained: the penalty is more than the reward."""
    second = desk.account(debtor, 10_000)
    desk.crash(MARK)
    before = desk.equity(long) + desk.equity(second)
    desk.liquidate(long, second, PART)
    assert desk.equity(long) + desk.equity(second) < before


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("leverage", [1, 10, 100])
def test_liquidate__opening__needs_the_initial_requirement_to_the_unit(
    desk, long, liquidator, leverage, missing
):
    """902.50 / leverage, of which 0.9025 is the reward."""
    desk.crash(MARK)
    poor = desk.account(liquidator)
    desk.endow(poor, ceil_div(902_500_000, leverage) - 902_500 - missing)
    if missing:
        with refused(desk, "margin: insufficient"):
            desk.liquidate(long, poor, PART, leverage)
    else:
        desk.liquidate(long, poor, PART, leverage)
        assert desk.values(poor)[0] == desk.values(poor)[1]


@pytest.mark.parametrize("missing", [0, 1])
def test_liquidate__another_market__its_requirement_counts(desk, long, counter, liquidator, missing):
    """400 there and 90.25 here."""
    market = desk.list_market(params=PLAIN)
    account = desk.account(liquidator)
    desk.endow(account, 400 * USD + 90_250_000 - 902_500 - missing)
    desk.trade(account, counter, market_id=market)
    desk.crash(MARK)
    if missing:
        with refused(desk, "margin: insufficient"):
            desk.liquidate(long, account, PART)
    else:
        desk.liquidate(long, account, PART)
        assert list(desk.lens.open_markets(account)) == [market, 1]
        assert_sound(desk)


@pytest.mark.parametrize("missing", [0, 1])
def test_liquidate__crowded_market__requirement_at_the_open_interest_afterwards(
    desk, long, counter, debtor, winner, liquidator, missing
):
    """Bounds of 1 and 5 base. The takeover closes 0.25 of the liquidator's short: 3 are left of 3.25.

    Its cash is written into storage: no withdrawal goes so low.
    """
    bounds = {"lower": WAD, "upper": 5 * WAD}
    crowded = {f"open_interest_{name}": bound for name, bound in bounds.items()}
    market = desk.list_market(params=PLAIN.but(max_leverage=10, open_interest_cap=10 * WAD, **crowded))
    victim, rich = desk.account(debtor, 3_000), desk.account(winner, 100_000)
    closing = desk.account(liquidator, 5_000)
    for buyer, seller, size in ((rich, closing, 50), (rich, counter, 175), (victim, counter, 100)):
        desk.trade(buyer, seller, size * WAD // 100, market_id=market)
    desk.crash((5 * USD - desk.cash(victim)) * 10**12, market)
    mark = desk.clearing_house.mark_price(market)
    needed = initial_requirement(
        PART, mark, 10, open_interest=3 * WAD, max_leverage=10, scale=SCALE, **bounds
    )
    # A short of 0.25 owes what it is worth; rewards are 0.1 % of it.
    spare = desk.equity(closing) + notional_down(PART, mark, SCALE) // 1_000 - needed + missing
    set_cash(desk, closing, desk.cash(closing) - spare)
    if missing:
        with refused(desk, "margin: insufficient"):
            desk.liquidate(victim, closing, PART, market_id=market)
    else:
        desk.liquidate(victim, closing, PART, market_id=market)
        assert desk.clearing_house.open_interest(market) == 3 * WAD
        assert desk.values(closing)[:2] == (needed, needed)


@pytest.mark.parametrize("missing", [0, 1])
def test_liquidate__lower_tier_in_profit__profit_does_not_count(desk, long, counter, liquidator, missing):
    """A base bought at 3,500 and 10x has 110 of profit at 3,610 when a quarter is added at 5x: 902.50 are
    needed besides it. The average of 3,500 and 3,610 is exact."""
    desk.crash(3_650 * WAD)
    account = desk.account(liquidator)
    desk.endow(account, 902_500_000 - 902_500 - missing)
    desk.trade(account, counter, WAD, 3_500 * WAD)
    desk.crash(MARK)
    assert desk.equity(account) == 902_500_000 - 902_500 - missing + 110 * USD
    if missing:
        with refused(desk, "margin: insufficient"):
            desk.liquidate(long, account, PART, 5)
    else:
        desk.liquidate(long, account, PART, 5)
        assert holding(desk, account) == (5 * PART, 3_522 * WAD, 5)
        assert desk.values(account)[3] == 0
    # Raising the tier, profit is as good as cash.
    desk.liquidate(long, account, PART, 50)


@pytest.mark.parametrize("missing", [0, 1])
def test_liquidate__lower_tier_and_profit_elsewhere__that_does_not_count_either(
    desk, long, counter, liquidator, missing
):
    """400 of margin in market 2 rise to 440 with its price, whose profit of 400 is not counted."""
    market = desk.list_market(params=PLAIN)
    account = desk.account(liquidator)
    # 0.25 base at 4,000 is down 97.50 when another 0.25 joins at 3,610: 361 at 5x.
    desk.endow(account, 440 * USD + 361 * USD + 97_500_000 - 902_500 - missing)
    desk.trade(account, counter, market_id=market)
    desk.trade(account, counter, PART)
    desk.crash(4_400 * WAD, market)
    desk.crash(MARK)
    if missing:
        with refused(desk, "margin: insufficient"):
            desk.liquidate(long, account, PART, 5)
    else:
        desk.liquidate(long, account, PART, 5)
        assert desk.values(account)[3] == 0


def test_liquidate__flip_to_a_lower_tier__profit_counts(desk, long, counter, liquidator):
    """Another side is another position: its margin is asked for, and what the old one won is cash."""
    account = desk.account(liquidator, 400)
    desk.trade(counter, account, PART, leverage=10)
    desk.crash(MARK)
    desk.liquidate(long, account, 2 * PART, 2)
    assert desk.equity(account) == 400 * USD + 97_500_000 + 1_805_000
    assert holding(desk, account) == (PART, MARK, 2)


@pytest.mark.parametrize("side", ["long", "short"])
def test_liquidate__closes_the_liquidators_position__asks_for_no_profit_of_others(
    desk, long, short, counter, liquidator, side
):
    """A position of size 0 has no tier that got lower."""
    market = desk.list_market(params=PLAIN)
    account, part = desk.account(liquidator, 400), WAD // 100
    desk.trade(account, counter, market_id=market)
    desk.crash(4_390 * WAD, market)
    pair = (counter, account) if side == "short" else (account, counter)
    desk.trade(*pair, part)
    desk.crash(MARK if side == "short" else 4_390 * WAD)
    # Enough for what market 2 requires, and not for its profit besides.
    assert 439 * USD < desk.equity(account) < (439 + 390) * USD
    desk.liquidate(long if side == "short" else short, account, part)
    assert holding(desk, account) == (0, 0, 0)
    assert_sound(desk)


def test_liquidate__reduce_only_market__may_open(desk, long, rescuer, owner):
    desk.crash(MARK)
    desk.governance.set_reduce_only(1, True, sender=owner)
    desk.liquidate(long, rescuer, PART)
    assert holding(desk, rescuer) == (PART, MARK, 10)


def test_liquidate__open_interest_above_its_cap__may_still(desk, long, rescuer, owner):
    """A short liquidated by a newcomer keeps the sum; the cap has since been lowered below it."""
    low = PLAIN.but(
        open_interest_cap=WAD // 10, open_interest_lower=WAD // 20, open_interest_upper=WAD // 10 * 2
    )
    desk.crash(MARK)
    desk.governance.set_market(1, tuple(vars(low).values()), sender=owner)
    interest = desk.clearing_house.open_interest(1)
    assert interest > low.open_interest_cap
    desk.liquidate(long, rescuer, PART, 1)
    assert holding(desk, rescuer) == (PART, MARK, 1)
    assert desk.clearing_house.open_interest(1) == interest


def test_liquidate__flagged_liquidator_that_recovered__loses_its_flag(
    desk, long, debtor, liquidator, counter
):
    account = desk.account(liquidator, 400)
    desk.trade(account, counter)
    desk.crash(3_590 * WAD)
    desk.flag(account)
    assert desk.flagged_at(account) > 0
    desk.endow(account, 10_000 * USD)
    desk.crash(MARK)
    desk.liquidate(long, account, PART)
    assert desk.flagged_at(account) == 0
