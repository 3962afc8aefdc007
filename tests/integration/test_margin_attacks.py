"""Attacks on margin: carrying it out, paying with profit, hiding behind rounding and minima."""

import random

import ape
import pytest

from tests.helpers.books import assert_books
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import PLAIN


@pytest.fixture
def friend(desk, taker):
    """The attacker's other account, with plenty."""
    return desk.account(taker, 100_000)


def leveraged(desk, maker, friend, side=1, deposit=40 * USD):
    """1 base at 4,000 and 100x with exactly its initial requirement of 40; maintenance is 20."""
    account = desk.account(maker)
    desk.endow(account, deposit)
    desk.trade(*((account, friend) if side > 0 else (friend, account)), leverage=100)
    return account


def sell(desk, account, friend, amount, price, side=1):
    order = desk.order(account, -side * amount, price)
    return desk.fill(order, desk.opposite(order, friend))


@pytest.mark.parametrize(("side", "price"), [(1, 3_800), (-1, 4_200)])
def test_margin_carried_out_by_a_bad_reduction(desk, maker, friend, side, price):
    """At 100x the attacker sells 11 % to its friend 5 % off the mark: 22 of its 40 leave, 18 cover 17.80.

    "Equity >= maintenance" would let it pass; a reduction may not lower equity / maintenance (2 before, 1.01
    after).
    """
    account = leveraged(desk, maker, friend, side)
    with ape.reverts("margin: insufficient"):
        sell(desk, account, friend, WAD * 11 // 100, price * WAD, side)
    assert desk.values(account) == (40 * USD, 40 * USD, 20 * USD, 0)


@pytest.mark.parametrize("as_maker", [True, False])
def test_margin_carried_out__to_the_last_unit(desk, maker, friend, as_maker):
    """11 % of the maintenance may take 11 % of the equity, 4.40: 40 off the mark; 1e-5 more is refused.

    The same from the taker's side.
    """
    account = leveraged(desk, maker, friend)
    size = WAD * 11 // 100
    for price, allowed in ((3_960 * WAD - 10**13, False), (3_960 * WAD, True)):
        ask = desk.order(account, -size, price)
        orders = (ask, desk.opposite(ask, friend))
        fill = orders if as_maker else orders[::-1]
        if allowed:
            desk.fill(*fill)
        else:
            with ape.reverts("margin: insufficient"):
                desk.fill(*fill)
    # 35.60 against 17.80: still 2
    assert desk.values(account) == (35_600_000, 35_600_000, 17_800_000, 0)


def test_margin_carried_out__in_many_fills_of_one_batch(desk, maker, friend):
    """Eight makers of one batch each take a little below the mark: margin is judged over the whole call."""
    account = leveraged(desk, maker, friend)
    bids = [desk.order(friend, WAD // 100, 3_950 * WAD - i) for i in range(8)]
    ask = desk.order(account, -WAD * 8 // 100, 3_900 * WAD)
    with ape.reverts("margin: insufficient"):
        desk.fill_batch(bids, ask)
    assert desk.slot(account).size == WAD


def test_margin_carried_out__through_another_market(desk, maker, friend):
    """A second leg's maintenance makes the ratio look stable: the whole account's ratio is what may
    not fall."""
    market = desk.list_market(PRICE, PLAIN)
    account = leveraged(desk, maker, friend, deposit=80 * USD)
    desk.trade(account, friend, leverage=100, market_id=market)
    # 80 over 40. A tenth of one leg is 2 of 40 maintenance: 4 of equity may leave, 40 off the mark.
    with ape.reverts("margin: insufficient"):
        sell(desk, account, friend, WAD // 10, 3_960 * WAD - 10**13)
    sell(desk, account, friend, WAD // 10, 3_960 * WAD)
    assert desk.values(account)[0::2] == (76 * USD, 38 * USD)


def test_margin_carried_out__by_a_close_below_zero(desk, maker, friend):
    """Closing to 0 needs no ratio, so the attacker closes at a price that leaves it negative: refused."""
    account = leveraged(desk, maker, friend)
    with ape.reverts("margin: insufficient"):
        sell(desk, account, friend, WAD, 3_960 * WAD - 10**12)
    sell(desk, account, friend, WAD, 3_960 * WAD)
    assert desk.cash(account) == 0


def test_margin_carried_out__a_flip_called_a_reduction(desk, maker, friend):
    """Selling 1.99 of 1 leaves a smaller position, on the other side: that is new risk."""
    account = leveraged(desk, maker, friend)
    with ape.reverts("margin: insufficient"):
        sell(desk, account, friend, WAD * 199 // 100, 3_990 * WAD)
    assert desk.slot(account).size == WAD


def test_profit_pays_for_a_lower_rank(desk, maker, friend):
    """The top-ranked winner takes the lowest tier just before deleveraging, with the profit that ranks it."""
    account, other = leveraged(desk, maker, friend), desk.account(maker, 10_000)
    desk.trade(other, friend, leverage=1)
    desk.report(4_400 * WAD)
    assert desk.queue(True) == [account, other]
    for leverage in (50, 20, 10, 5, 3, 2, 1):
        with ape.reverts("margin: insufficient"):
            desk.clearing_house.set_leverage(account, 1, leverage, 0, sender=maker)
    assert desk.queue(True) == [account, other]


def test_profit_pays_for_a_lower_rank__by_a_fill(desk, maker, friend):
    """It buys a hundredth more at 50x instead: the leverage signed applies to the whole position.

    1.01 base need 88.88 at 4,400 and 50x. The profit, 400 and a wei's fraction for the floored entry,
    rounded up, does not count: of the deposit of 40 and whatever is added.
    """
    account = leveraged(desk, maker, friend)
    desk.report(4_400 * WAD)

    def buy():
        bid = desk.order(account, WAD // 100, 4_400 * WAD, 50)
        desk.fill(bid, desk.opposite(bid, friend))

    desk.endow(account, 48_880_000)
    with ape.reverts("margin: insufficient"):
        buy()
    desk.endow(account, 1)
    buy()
    assert desk.slot(account).leverage == 50
    assert desk.values(account) == (488_880_001, 88_880_000, 22_220_000, 0)


def test_unrealised_profit_withdrawn_and_the_loser_abandoned(desk, maker, taker):
    """One owner is long and short: it withdraws the winner's profit and leaves the loser bankrupt.

    Whatever the price did, both together never pay out more than was deposited.
    """
    accounts = [desk.account(maker, 1_000), desk.account(taker, 1_000)]
    desk.trade(*accounts)
    for price in (4_390, 4_800, 5_200):
        desk.report(price * WAD)
        for account, trader in zip(accounts, (maker, taker), strict=True):
            free = desk.values(account)[3]
            desk.clearing_house.withdraw(account, free, trader, sender=trader)
    assert desk.clearing_house.is_bankrupt(accounts[1])
    assert desk.token.balanceOf(maker) + desk.token.balanceOf(taker) <= 2_000 * USD
    # The long got what its deposit had left over 439 of margin at 4,390, and nothing since.
    assert desk.token.balanceOf(maker) == 561 * USD


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_wash_trading_raises_equity_by_rounding(desk, maker, seed):
    """Three accounts of one owner trade odd sizes at odd prices: floors fall now here, now there.

    MAR-2: the sum of equities rises by at most one unit per position open before, over any sequence.
    """
    rng = random.Random(seed)
    desk.report(PRICE + 123_456_789_012_345_678)
    accounts = [desk.account(maker, 100_000) for _ in range(3)]

    def wealth():
        return sum(desk.values(i)[0] for i in accounts), sum(desk.slot(i).size != 0 for i in accounts)

    desk.trade(accounts[0], accounts[1], rng.randrange(WAD // 10, WAD))
    start, opened = wealth()
    for _ in range(10):
        before, positions = wealth()
        buyer, seller = rng.sample(accounts, 2)
        price = PRICE + rng.randrange(-(10**20), 10**20)
        desk.trade(buyer, seller, rng.randrange(WAD // 10, WAD), price)
        assert wealth()[0] - before <= positions, "MAR-2"
    assert wealth()[0] - start <= opened, "MAR-2"
    assert_books(desk)


def test_dust_left_by_partial_fills(desk, maker, friend):
    """A wall of positions too small to be worth liquidating: nothing under 10 may be left or opened.

    A close to 0 is always allowed, also of what the price has made smaller than the minimum.
    """
    account = desk.account(maker, 1_000)
    cent = WAD // 400_000
    with ape.reverts("fill: below minimum"):
        desk.trade(account, friend, WAD // 400 - cent)
    desk.trade(account, friend, WAD // 40)
    with ape.reverts("fill: below minimum"):
        sell(desk, account, friend, WAD // 40 - WAD // 400 + cent, PRICE)
    # The minimum holds for the friend, too, and a flip's rest counts.
    with ape.reverts("fill: below minimum"):
        sell(desk, account, friend, WAD // 40 + WAD // 500, PRICE)
    sell(desk, account, friend, WAD // 40 - WAD // 400, PRICE)
    desk.report(3_700 * WAD)
    with ape.reverts("fill: below minimum"):
        sell(desk, account, friend, cent, 3_700 * WAD)
    sell(desk, account, friend, WAD // 400, 3_700 * WAD)
    assert (desk.slot(account).size, desk.slot(friend).size) == (0, 0)
