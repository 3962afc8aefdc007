"""Attacks on funding: pinning the rate, erasing the bill, splitting it, slipping away, breaking the sum."""

import ape
import pytest
from ape import chain

from tests.helpers import anvil
from tests.helpers.books import assert_books
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.model.arithmetic import wad_exp
from tests.helpers.parameters import MarketParams
from tests.helpers.undoing import undone

HOUR = 3_600
TAU = 8 * HOUR
PARAMS = MarketParams(
    open_interest_cap=100 * WAD,
    open_interest_lower=50 * WAD,
    open_interest_upper=200 * WAD,
    funding_depth=12_000_000 * USD,
)
# 1 % in 1e-11: what a sample is clamped to.
CAP = 10**9
# One base 1 % above the mark: trunc(1e9 * 4_000 / 12_000_000).
PREMIUM = 333_333
MAX_INDEX = 2**87 - 1


@pytest.fixture
def pair(desk, maker, taker):
    """A long that paid 4,040 and a short."""
    pair = desk.account(maker, 500_000), desk.account(taker, 500_000)
    desk.trade(*pair, price=4_040 * WAD)
    return pair


def premium(desk):
    return desk.clearing_house.market_state(1).premium


def charge(premium, seconds, price=PRICE):
    decay = wad_exp(-(seconds * WAD // TAU))
    return premium * price * TAU * (WAD - decay) // (28_800 * 10**11 * WAD)


def touch(desk, seconds):
    desk.wait(seconds)
    desk.clearing_house.accrue_funding(1, sender=desk.owner)


def test_premium_pinned_by_a_wash_of_ten_dollars(desk, maker, taker):
    """One owner trades 10 USD with itself at 5 % above the mark to set everybody's funding to the cap.

    The sample counts by its weight, 10 / 12,000,000 of the depth: 833e-11 of the cap's 1e9, however often.
    """
    pair = desk.account(maker, 1_000), desk.account(taker, 1_000)
    size = WAD // 400
    expected = 0
    for _ in range(5):
        desk.wait(0)
        desk.trade(*pair, size, 4_200 * WAD)
        expected += (CAP - expected) * 10 // 12_000_000
        assert premium(desk) <= expected
    assert 0 < premium(desk) <= 5 * 833


def test_premium_pinned_for_profit(desk, maker, taker):
    """The short of 80 base washes 10 base 1 % above the mark, and collects the funding it made for 8 hours.

    The depth is bounded by Governance so that the fees, 28.28 here, are more than all that funding ever pays.
    """
    victim, attacker = desk.account(maker, 500_000), desk.account(taker, 500_000)
    other = desk.account(taker, 500_000)
    desk.trade(victim, attacker, 80 * WAD)
    start = desk.values(attacker)[0] + desk.values(other)[0]
    desk.trade(other, attacker, 10 * WAD, 4_040 * WAD)
    for _ in range(8):
        desk.report(PRICE)
        touch(desk, HOUR)
    earned = desk.values(attacker)[0] + desk.values(other)[0] - start
    # 10 * 4,040 * 7 bp paid; at most 80 * 4,000 * 3.33e-5 = 10.67 received.
    assert -28_280_000 < earned < -28_280_000 + 10_670_000


def test_premium_out_of_its_field_by_extreme_fills(desk, maker, taker):
    """Fills of more than the depth at both edges of the band: the premium is the cap at most, either way."""
    params = PARAMS.but(funding_cap=WAD // 10_000, funding_depth=60_000 * USD)
    market = desk.list_market(params=params)
    pair = desk.account(maker, 500_000), desk.account(taker, 500_000)
    for price, reached in ((4_200, 10**7), (3_800, -(10**7)), (4_200, 10**7)):
        desk.wait(0)
        desk.trade(*pair, 16 * WAD, price * WAD, market_id=market)
        assert desk.clearing_house.market_state(market).premium == reached


def test_bill_erased_by_touching_while_stale(desk, pair, owner, stranger):
    """Who owes funding touches the market while its price is stale: an accrual at no price that moves
    the clock.

    The clock does not move: afterwards an hour is charged (the bound per touch), as if nobody had touched.
    """
    start = desk.clearing_house.market_state(1).touched

    def bill(touches):
        with undone():
            desk.mine(2 * HOUR + 60)
            if touches:
                with ape.reverts("oracle: no valid price"):
                    desk.clearing_house.accrue_funding(1, sender=stranger)
                desk.governance.set_reduce_only(1, True, sender=owner)
                desk.router.sync([1], sender=stranger)
                with ape.reverts("oracle: no valid price"):
                    desk.trade(*pair)
            chain.mine(timestamp=start + 3 * HOUR - 1)
            desk.report(PRICE)
            desk.wait(start + 3 * HOUR + 10 - int(chain.blocks.head.timestamp))
            desk.clearing_house.accrue_funding(1, sender=stranger)
            state = desk.clearing_house.market_state(1)
            return state.index, state.premium, state.touched

    assert bill(True) == bill(False)
    index, left, touched = bill(True)
    assert (index, touched) == (charge(PREMIUM, HOUR), start + 3 * HOUR + 10)
    # What was not charged has decayed: 333,333 * exp(-10,810 / 28,800) = 229,016.7
    assert left == PREMIUM * wad_exp(-(10_810 * WAD // TAU)) // WAD == 229_016


def test_bill_split_by_touching_every_block(desk, pair):
    """Sixty touches an hour instead of one, to gain by what each rounds away.

    A touch loses less than one unit of premium, 1e-11, for what is left of the hour, and one of index:
    together under 60 * (1 + 4e21 * 3,600 / (28,800 * 1e11)) = 60 * 5e9 of 1.6e15, less than a unit of 1e-6
    per base.
    """

    def hour(step):
        with undone():
            for _ in range(HOUR // step):
                touch(desk, step)
            return desk.clearing_house.market_state(1).index

    once, often = hour(HOUR), hour(60)
    assert once == charge(PREMIUM, HOUR)
    assert 0 <= once - often <= 60 * (1 + 5 * 10**9)


def test_bill_left_behind_by_closing_before_the_touch(desk, pair):
    """The long closes a second before the hourly touch: the fill accrues first, and it pays for its time."""
    long, short = pair
    cash = desk.cash(long)
    desk.wait(HOUR - 1)
    size = desk.slot(long).size
    bid = desk.order(short, size)
    desk.fill(bid, desk.opposite(bid, long))
    index = charge(PREMIUM, HOUR - 1)
    assert index > 0
    received = WAD * (PRICE - index) // 10**30
    assert desk.cash(long) == cash + received - 2_000_000
    assert received == 4_000 * USD - 1_567


@pytest.mark.parametrize("price", [4_080, 3_920])
def test_sum_broken_by_rounding(desk, maker, taker, price):
    """Funding makes a unit out of nothing: it never does. Values floor, and what all close for is what
    is there."""
    accounts = [desk.account(trader, 100_000) for trader in (maker, taker, maker, taker)]
    for buyer, seller, size in ((0, 1, 3), (2, 3, 5), (0, 3, 7), (2, 1, 2)):
        odd = size * WAD + size * 123_456_789
        desk.trade(accounts[buyer], accounts[seller], odd, price * WAD)
    house = desk.clearing_house
    for _ in range(3):
        touch(desk, 1_234)
        total = house.collateral_ledger() - house.vault_credit() - house.treasury_credit()
        assert total - 4 <= sum(desk.values(i)[0] for i in accounts) <= total
    assert house.funding_index(1) != 0
    for long, short, size in ((0, 1, 3), (2, 3, 5), (0, 3, 7), (2, 1, 2)):
        desk.trade(accounts[short], accounts[long], size * WAD + size * 123_456_789)
    assert [desk.slot(i).size for i in accounts] == [0] * 4
    assert_books(desk)


@pytest.mark.parametrize("sign", [1, -1])
def test_index_wraps_after_ninety_years(desk, maker, taker, sign):
    """At the end of int88 the next charge would turn a bill into a gift: the index stops there."""
    pair = desk.account(maker, 500_000), desk.account(taker, 500_000)
    house = desk.clearing_house
    touch(desk, 1)
    word = int(chain.blocks.head.timestamp) << 224
    anvil.poke(house, word, word | (sign * (MAX_INDEX - 10)) % 2**88, key=1)
    assert house.funding_index(1) == sign * (MAX_INDEX - 10)
    desk.trade(*pair, price=(4_000 + 40 * sign) * WAD)
    touch(desk, HOUR)
    assert house.market_state(1).index == sign * MAX_INDEX
    # Ten units of 1e-18 on one base are nothing: everybody leaves with what they brought, but for the fees.
    desk.trade(pair[1], pair[0])
    moved = 40 * USD * sign
    left = [desk.cash(i) - 500_000 * USD for i in pair]
    fees = 800_000 * (100 + sign) // 100 + 2_000_000, 800_000 + 2_000_000 * (100 + sign) // 100
    assert abs(left[0] + moved + fees[0]) <= 1
    assert abs(left[1] - moved + fees[1]) <= 1
    assert_books(desk)
