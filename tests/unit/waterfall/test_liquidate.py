"""liquidate: how much is closed, what it costs, who gets it. A long and a short of 1 base at 4,000 with
400 each.
"""

from fractions import Fraction

import pytest

from tests.helpers.desk import ALL, PRICE, USD, WAD
from tests.helpers.parameters import PLAIN
from tests.unit.waterfall.exact import read_account
from tests.unit.waterfall.sound import assert_sound
from tests.unit.waterfall.storage import set_index

# Where either of them has 18 left and needs a little more.
THIN = {"long": 3_618 * WAD, "short": 4_382 * WAD}
SIDES = pytest.mark.parametrize("side", ["long", "short"])


@pytest.fixture(scope="module", autouse=True)
def sides(desk, debtor, winner):
    """Both in trouble if the price goes the wrong way."""
    sides = {"long": desk.account(debtor, 400), "short": desk.account(winner, 400)}
    desk.trade(sides["long"], sides["short"])
    return sides


@pytest.fixture(scope="module", autouse=True)
def counter(desk, sides, bystander):
    """Rich enough never to be in the way."""
    return desk.account(bystander, 100_000)


@pytest.fixture(scope="module", autouse=True)
def rescuer(desk, sides, liquidator):
    return desk.account(liquidator, 100_000)


def thin(desk, sides, side, price=None):
    """The side's account, thin, and what the arithmetic says of it."""
    desk.crash(price or THIN[side])
    before = read_account(desk, sides[side])
    return sides[side], before, before.legs[0]


@SIDES
def test_liquidate__thin__closes_what_brings_it_back_to_the_target_and_no_more(desk, sides, rescuer, side):
    """LIQ-4: a unit of base less would not have been enough."""
    account, before, leg = thin(desk, sides, side)
    closed = desk.liquidate(account, rescuer).return_value
    assert closed == before.needed(leg)
    assert 0 < closed < WAD * 3 // 4
    assert desk.slot(account).size == leg.after(closed)
    equity, _, maintenance, _ = desk.values(account)
    # A unit for each of penalty, notional and maintenance, which are rounded up.
    assert abs(equity - Fraction(maintenance * 5, 4)) <= 3
    assert not desk.clearing_house.is_liquidatable(account)
    assert_sound(desk)


@SIDES
def test_liquidate__thin__splits_the_penalty_to_the_unit(desk, sides, rescuer, side):
    """0.2 % of the part, of which 0.1 % are the liquidator's and the rest the vault's."""
    account, before, leg = thin(desk, sides, side)
    wealth = desk.cash(rescuer)
    closed = desk.liquidate(account, rescuer).return_value
    penalty, reward = before.penalty(leg, closed)
    moved = leg.moved(closed)
    assert desk.cash(account) == before.cash + moved - penalty
    assert desk.cash(rescuer) == wealth - moved + reward
    assert desk.clearing_house.vault_credit() == penalty - reward > 0
    assert desk.equity(account) == before.equity - penalty
    taken = leg.size - leg.after(closed)
    assert desk.equity(rescuer) == wealth - moved + leg.value(taken) + reward


def test_liquidate__round_numbers__as_on_paper(desk, sides, rescuer):
    """E 18, M 18.09. (1.25 * 18.09 - 18) / (3,618 * (1.25 * 0.5 % - 0.2 %)) = 4.6125 / 15.3765 base."""
    account, _, _ = thin(desk, sides, "long")
    closed = 299_970_734_562_481_710
    assert desk.liquidate(account, rescuer).return_value == closed
    # 1,085.294117 notional: 0.2 % are 2.170589 rounded up, 0.1 % 1.085294 rounded down.
    assert desk.clearing_house.vault_credit() == 2_170_589 - 1_085_294
    assert desk.equity(account) == 18 * USD - 2_170_589


@SIDES
@pytest.mark.parametrize("size", [WAD // 10, 123_456_789_012_345_678])
def test_liquidate__caller_wants_less__closes_just_that(desk, sides, rescuer, side, size):
    account, before, leg = thin(desk, sides, side, {"long": 3_610 * WAD, "short": 4_390 * WAD}[side])
    assert desk.liquidate(account, rescuer, size).return_value == size
    penalty, reward = before.penalty(leg, size)
    assert desk.slot(account).size == leg.after(size)
    assert desk.equity(account) == before.equity - penalty
    assert desk.cash(rescuer) == 100_000 * USD - leg.moved(size) + reward
    assert desk.clearing_house.is_liquidatable(account)


def test_liquidate__in_two_calls__ends_where_one_would(desk, sides, rescuer):
    account, before, leg = thin(desk, sides, "long")
    needed = before.needed(leg)
    done = sum(desk.liquidate(account, rescuer, part).return_value for part in (WAD // 200, ALL))
    # The first one's penalty and both maintenances are rounded up by less than a unit each.
    assert needed <= done <= needed + Fraction(3 * 10**30, leg.price) * 250
    assert not desk.clearing_house.is_liquidatable(account)


@SIDES
def test_liquidate__solvent__never_lowers_equity_over_maintenance(desk, sides, rescuer, side):
    """LIQ-2, cross-multiplied, also when the penalty is capped."""
    for price in (THIN[side], {"long": 3_602 * WAD, "short": 4_398 * WAD}[side]):
        account, before, _ = thin(desk, sides, side, price)
        desk.liquidate(account, rescuer, WAD // 7)
        equity, _, maintenance, _ = desk.values(account)
        assert 0 <= equity < before.equity
        assert equity * before.maintenance >= before.equity * maintenance


@pytest.mark.parametrize(
    ("price", "penalty", "reward"),
    [
        # Equity 7 is less than 7.214 in full, and more than the reward.
        (3_607, 7_000_000, 3_607_000),
        (3_605, 5_000_000, 3_605_000),
        # Equity 1: all of it is the liquidator's.
        (3_601, 1_000_000, 1_000_000),
        (3_600, 0, 0),
    ],
)
def test_liquidate__nearly_nothing_left__whole_and_penalty_capped_by_equity(
    desk, sides, rescuer, price, penalty, reward
):
    account, before, leg = thin(desk, sides, "long", price * WAD)
    assert before.penalty(leg, WAD) == (penalty, reward)
    assert desk.liquidate(account, rescuer).return_value == WAD
    assert desk.cash(account) == before.equity - penalty
    assert desk.slot(account).size == 0
    assert list(desk.lens.open_markets(account)) == []
    assert desk.equity(rescuer) == 100_000 * USD + reward
    assert desk.clearing_house.vault_credit() == penalty - reward
    assert_sound(desk)


def test_liquidate__part_of_a_capped_penalty__its_share_of_the_equity(desk, sides, rescuer):
    """Equity 1 of maintenance 18.005: a third pays a third of it, rounded down."""
    account, before, leg = thin(desk, sides, "long", 3_601 * WAD)
    desk.liquidate(account, rescuer, WAD // 3)
    penalty, reward = before.penalty(leg, WAD // 3)
    assert penalty == reward == before.share(leg, WAD // 3) == 333_333
    assert desk.equity(account) == USD - 333_333
    assert desk.clearing_house.vault_credit() == 0


def test_liquidate__rest_would_be_dust__takes_it_whole(desk, sides, rescuer, counter, debtor):
    """0.3 of 0.0039 base would do; 0.00273 at 3,618 are 9.88, less than the minimum of 10."""
    account = desk.account(debtor)
    desk.endow(account, 1_560_000)
    desk.trade(account, counter, 39 * WAD // 10_000)
    desk.crash(THIN["long"])
    before = read_account(desk, account)
    assert before.needed(before.legs[0]) == 39 * WAD // 10_000
    assert desk.liquidate(account, rescuer).return_value == 39 * WAD // 10_000
    assert desk.slot(account).size == 0


def test_liquidate__rest_is_just_the_minimum__stays(desk, sides, rescuer, counter, debtor):
    """0.004 base: 0.0028 are 10.13. The part is less than the minimum and adds to what the liquidator has."""
    desk.trade(rescuer, counter)
    account = desk.account(debtor)
    desk.endow(account, 1_600_000)
    desk.trade(account, counter, 4 * WAD // 1_000)
    desk.crash(THIN["long"])
    before = read_account(desk, account)
    closed = desk.liquidate(account, rescuer).return_value
    assert closed == before.needed(before.legs[0]) < 2 * WAD // 1_000


@pytest.mark.parametrize("index", [1_234_567_891 * 10**12, -1_234_567_891 * 10**12])
@SIDES
def test_liquidate__funding_index__moves_value_and_no_equity(
    desk, sides, rescuer, debtor, winner, side, index
):
    """Neither the size nor the penalty knows of the index; cash does."""
    market = desk.list_market(PRICE, PLAIN)
    set_index(desk, index, market)
    accounts = {"long": desk.account(debtor, 400), "short": desk.account(winner, 400)}
    desk.trade(accounts["long"], accounts["short"], market_id=market)
    desk.crash(THIN[side], market)
    before = read_account(desk, accounts[side], market)
    leg = before.legs[0]
    assert (leg.index, before.equity) == (index, 18 * USD)
    closed = desk.liquidate(accounts[side], rescuer, market_id=market).return_value
    assert closed == before.needed(leg)
    penalty, reward = before.penalty(leg, closed)
    assert desk.cash(accounts[side]) == before.cash + leg.moved(closed) - penalty
    assert desk.cash(rescuer) == 100_000 * USD - leg.moved(closed) + reward
    assert desk.equity(accounts[side]) == 18 * USD - penalty
    assert_sound(desk)
