"""Attacks that would trap a trader, or use what must stay open for traders who leave: fees, dead legs,
the guardian."""

import ape
import pytest

from tests.helpers.books import assert_books
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import FEES, SourceConfig

PARAMS = FEES


@pytest.fixture
def friend(desk, taker):
    return desk.account(taker, 100_000)


def sell(desk, account, friend, amount, price=PRICE, market_id=1):
    """The account takes the friend's bid."""
    bid = desk.order(friend, amount, price, market_id=market_id)
    return desk.fill(bid, desk.opposite(bid, account))


def thin(desk, maker, friend, left):
    """A long of 1 base at 100x that fell to 3,959 with `left` units of equity: 41 lost and 0.80 of fee."""
    account = desk.account(maker)
    desk.endow(account, 41_800_000 + left)
    desk.trade(account, friend, leverage=100)
    desk.report(3_959 * WAD)
    assert desk.values(account)[0] == left
    return account


@pytest.mark.parametrize("left", [0, 1, 200_000, 1_979_499, 1_979_500, 3_000_000])
def test_fee_larger_than_the_equity_locks_the_door(desk, maker, friend, left):
    """A taker's fee of 1.9795 on 3,959 against an account with less: the fee is capped at its equity.

    It ends at 0 or above, never below, and the vault and treasury get what it had.
    """
    account = thin(desk, maker, friend, left)
    before = desk.clearing_house.treasury_credit()
    friends = desk.cash(friend)
    sell(desk, account, friend, WAD, 3_959 * WAD)
    fee = min(left, 1_979_500)
    # The friend pays 2 bp, 0.7918, from its plenty.
    assert desk.cash(account) == left - fee
    assert desk.clearing_house.treasury_credit() == before + fee + 791_800
    assert desk.cash(friend) == friends - 3_959 * USD - 791_800
    assert_books(desk)


def test_fee_of_a_partial_close_takes_more_than_its_share(desk, maker, friend):
    """Half of it closed with 0.20 left may cost 0.10 less a unit for rounding; the rest 0.100001: 0 at
    the end."""
    account = thin(desk, maker, friend, 200_000)
    sell(desk, account, friend, WAD // 2, 3_959 * WAD)
    assert desk.values(account)[0] == 100_001
    sell(desk, account, friend, WAD // 2, 3_959 * WAD)
    assert desk.cash(account) == 0


def test_fee_evaded_by_looking_thin(desk, maker, friend):
    """Keeping equity out of reach of the fee works only for what is left of it: an opening fee is
    never capped."""
    account = desk.account(maker)
    # 40 initial, 2.00 of taker's fee
    desk.endow(account, 42 * USD - 1)
    bid = desk.order(friend, WAD, leverage=100)
    ask = desk.opposite(bid, account)
    with ape.reverts("margin: insufficient"):
        desk.fill(bid, ask)
    desk.endow(account, 1)
    desk.fill(bid, ask)
    assert desk.values(account)[0::3] == (40 * USD, 0)


@pytest.fixture
def crossed(desk, maker, friend):
    """Account 2 is long 1 base in market 1 and in market 2, whose price then dies."""
    market = desk.list_market(PRICE, FEES, SourceConfig(desk.source.address, max_age=60))
    account = desk.account(maker, 2_000)
    desk.trade(account, friend)
    desk.trade(account, desk.account(maker, 10_000), market_id=market)
    desk.mine(61)
    assert (desk.router.peek(1).valid, desk.router.peek(market).valid) == (True, False)
    return account, market


def test_dead_leg__hides_a_loss_while_risk_grows(desk, crossed, friend, maker):
    """Nobody knows what the account is worth: it may not buy more, flip, open elsewhere, or withdraw."""
    account, _ = crossed
    for size in (WAD // 10, -WAD * 11 // 10):
        order = desk.order(account, size)
        with ape.reverts("margin: unpriced leg"):
            desk.fill(order, desk.opposite(order, friend))
    third = desk.list_market(PRICE, FEES)
    with ape.reverts("margin: unpriced leg"):
        desk.trade(account, friend, WAD // 10, market_id=third)
    with ape.reverts("margin: unpriced leg"):
        desk.clearing_house.withdraw(account, 1, maker, sender=maker)


def test_dead_leg__sells_the_live_one_cheap(desk, crossed, friend):
    """Reducing below the mark would carry margin out unseen: a wei below is refused, also as one of
    two fills."""
    account, _ = crossed
    with ape.reverts("margin: unpriced leg"):
        sell(desk, account, friend, WAD // 10, PRICE - 1)
    bids = [desk.order(friend, WAD // 10, price) for price in (4_010 * WAD, PRICE - 1)]
    with ape.reverts("margin: unpriced leg"):
        desk.fill_batch(bids, desk.order(account, -WAD // 5, 3_900 * WAD))
    assert desk.slot(account).size == WAD


def test_dead_leg__locks_the_live_one(desk, crossed, friend):
    """A dead market must not trap the rest: reducing and closing at the mark is free of charge, better pays.

    At 4,001 half a base improves by 0.50, which caps the fee of 1.000250; at 4,010 the fee is 1.0025 of 5.
    """
    account, _ = crossed
    cash = desk.cash(account)
    sell(desk, account, friend, WAD // 4)
    assert desk.cash(account) == cash + 1_000 * USD
    sell(desk, account, friend, WAD // 2, 4_001 * WAD)
    assert desk.cash(account) == cash + 3_000_500_000 - 500_000
    sell(desk, account, friend, WAD // 4, 4_010 * WAD)
    # 1,002.50 less 5 bp of it, rounded up
    assert desk.cash(account) == cash + 3_000 * USD + 1_002_500_000 - 501_250
    assert list(desk.lens.open_markets(account)) == [2]
    assert_books(desk)


def test_dead_leg__its_own_market_is_traded_at_the_old_price(desk, crossed):
    """Whoever knows the new price trades on the last one: a market without a price does not trade."""
    account, market = crossed
    with ape.reverts("oracle: no valid price"):
        desk.close(account, 3, market_id=market)


def test_dead_leg__makes_an_account_immune(desk, maker, friend):
    """A tenth of a base in a dead market, last seen at 4,000, counts half more in the account's favour: 200.

    With 900 less 0.88 of fees that is 1,099.12 to lose in market 1, and no maintenance for the dead leg.
    """
    market = desk.list_market(PRICE, FEES, SourceConfig(desk.source.address, max_age=60))
    account = desk.account(maker, 900)
    desk.trade(account, friend)
    desk.trade(account, friend, WAD // 10, market_id=market)
    desk.mine(61)
    seen = []
    for price in (3_610, 3_260, 2_940, 2_916, 2_915, 2_901, 2_900):
        desk.report(price * WAD)
        seen.append((desk.clearing_house.is_liquidatable(account), desk.clearing_house.is_bankrupt(account)))
    # 15.12 covers 14.58 at 2,916; 14.12 does not cover 14.575; 0.12 is left at 2,901, - 0.88 at 2,900.
    assert seen == [(False, False)] * 4 + [(True, False)] * 2 + [(True, True)]


def test_dead_leg__lets_a_bankrupt_account_leave(desk, maker, friend):
    """Its equity unknown, it closes at the mark before it is liquidated, and leaves its debt behind.

    The leg counts at its last price here: moved in the account's favour (200 more, so it is not bankrupt for
    the waterfall) a large leg hedged by a friend would be margin for free. 899.12 are there: 0.12 are left at
    3,101, and 0.90 less at 3,100 after a tenth is sold.
    """
    market = desk.list_market(PRICE, FEES, SourceConfig(desk.source.address, max_age=60))
    account = desk.account(maker, 900)
    desk.trade(account, friend)
    desk.trade(account, friend, WAD // 10, market_id=market)
    desk.mine(61)
    for price in (3_610, 3_260, 3_101):
        desk.report(price * WAD)
    sell(desk, account, friend, WAD // 10, 3_101 * WAD)
    desk.report(3_100 * WAD)
    assert not desk.clearing_house.is_bankrupt(account)
    for size in (WAD // 10, WAD * 9 // 10):
        with ape.reverts("margin: insufficient"):
            sell(desk, account, friend, size, 3_100 * WAD)
    assert desk.slot(account).size == WAD * 9 // 10


def test_guardian__traps_traders_by_reduce_only(desk, maker, friend, owner, guardian):
    """The guardian's only power stops new risk, and nothing else: leaving, paying in and out go on."""
    account, other = desk.account(maker, 1_000), desk.account(maker, 1_000)
    desk.trade(account, friend)
    desk.governance.set_guardian(guardian, sender=owner)
    desk.governance.set_reduce_only(0, True, sender=guardian)
    with ape.reverts("market: reduce only"):
        desk.trade(account, friend, WAD // 10)
    with ape.reverts("market: reduce only"):
        desk.trade(friend, account, WAD * 11 // 10)
    with ape.reverts("market: reduce only"):
        desk.trade(other, account, WAD // 2)
    sell(desk, account, friend, WAD // 2)
    desk.close(account, friend)
    desk.fund(account, USD)
    free = desk.cash(account)
    desk.clearing_house.withdraw(account, free, maker, sender=maker)
    assert desk.cash(account) == 0
    with ape.reverts("ownable: caller is not the owner"):
        desk.governance.collect_treasury(guardian, sender=guardian)
