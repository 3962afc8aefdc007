"""is_liquidatable and is_bankrupt."""

import pytest

from tests.helpers import anvil
from tests.helpers.desk import USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig

GAP = 2 * 3_600 + 1


def states(desk, *accounts):
    """(liquidatable, bankrupt) of each."""
    house = desk.clearing_house
    return [(house.is_liquidatable(i), house.is_bankrupt(i)) for i in accounts]


def fall(desk, *prices, market_id=1):
    for price in prices:
        desk.report(price * WAD, market_id)


@pytest.fixture
def pair(desk, maker, taker):
    """A long of 1 base at 4,000 with 400 and a short with 10,000."""
    long, short = desk.account(maker, 400), desk.account(taker, 10_000)
    desk.trade(long, short)
    return long, short


def test_is_liquidatable__no_account_flat_or_healthy__no(desk, pair, maker):
    flat = desk.account(maker)
    assert states(desk, 0, 99, flat, *pair) == [(False, False)] * 5


def test_is_liquidatable__equity_equals_maintenance__no(desk, pair):
    """At 3,620 equity is 20 and maintenance 18.10, at 3,618 they are 18 and 18.09."""
    fall(desk, 3_620)
    assert states(desk, pair[0]) == [(False, False)]
    fall(desk, 3_618)
    # 18 of equity, 18.09 of maintenance
    assert desk.values(pair[0])[0::2] == (18 * USD, 18_090_000)
    assert states(desk, pair[0]) == [(True, False)]
    desk.endow(pair[0], 89_999)
    assert states(desk, pair[0]) == [(True, False)]
    desk.endow(pair[0], 1)
    assert states(desk, pair[0]) == [(False, False)]


def test_is_bankrupt__equity_zero__no_one_unit_below_yes(desk, pair):
    fall(desk, 3_600)
    assert states(desk, pair[0]) == [(True, False)]
    # 1e-6 of one base: the long is worth one unit less.
    desk.report(3_600 * WAD - 10**12)
    assert desk.values(pair[0])[0] == -1
    assert states(desk, pair[0]) == [(True, True)]


def test_is_bankrupt__short__when_the_price_rises(desk, maker, taker):
    long, short = desk.account(maker, 10_000), desk.account(taker, 400)
    desk.trade(long, short)
    fall(desk, 4_390)
    # 10 < 21.95
    assert states(desk, short) == [(True, False)]
    fall(desk, 4_401)
    assert states(desk, long, short) == [(False, False), (True, True)]


def test_is_bankrupt__negative_cash_without_positions__yes(desk, maker):
    """Nothing leaves a flat account below zero; written into storage to see that cash is read with its
    sign."""
    account = desk.account(maker, 1)
    anvil.poke(desk.clearing_house, USD, 2**128 - 1, key=account)
    assert desk.values(account) == (-1, 0, 0, 0)
    assert states(desk, account) == [(True, True)]


@pytest.fixture
def crossed(desk, maker, taker):
    """600 deposited, long 1 base in market 1 and half in market 2, whose price dies after a minute."""
    market = desk.list_market(1_000 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=60))
    long, short = desk.account(maker, 600), desk.account(taker, 10_000)
    desk.trade(long, short)
    desk.trade(long, short, WAD // 2, 1_000 * WAD, 10, market)
    return long, market


def test_is_liquidatable__dead_leg__counts_moved_in_the_accounts_favour(desk, crossed):
    """Half a base last seen at 1,000 counts 50 % higher: 250 more than it cost, and no maintenance."""
    long, _ = crossed
    desk.mine(61)
    # 600 - 830 + 250 = 20 against 15.85 of market 1
    fall(desk, 3_610, 3_260, 3_170)
    assert states(desk, long) == [(False, False)]
    # 600 - 835 + 250 = 15 against 15.825
    fall(desk, 3_165)
    assert states(desk, long) == [(True, False)]
    fall(desk, 3_149)
    assert states(desk, long) == [(True, True)]


def test_is_liquidatable__dead_leg_lives_again__counts_at_its_mark(desk, crossed):
    """At 3,417 and 1,000 the account has 600 - 583 = 17 and needs 17.085 + 2.5."""
    long, market = crossed
    desk.mine(61)
    fall(desk, 3_610, 3_420, 3_417)
    assert states(desk, long) == [(False, False)]
    fall(desk, 1_000, market_id=market)
    assert states(desk, long) == [(True, False)]


def test_is_liquidatable__short_dead_leg__favour_is_downwards(desk, maker, taker):
    """A short of half a base last seen at 1,000 counts at 500: + 250."""
    market = desk.list_market(1_000 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=60))
    long, short = desk.account(maker, 600), desk.account(taker, 10_000)
    desk.trade(long, short)
    desk.trade(short, long, WAD // 2, 1_000 * WAD, 10, market)
    desk.mine(61)
    fall(desk, 3_610, 3_260, 3_170)
    assert states(desk, long) == [(False, False)]
    fall(desk, 3_165)
    assert states(desk, long) == [(True, False)]


def test_is_liquidatable__every_leg_dead__favour_alone_decides(desk, pair):
    """Below maintenance when the price died; + 50 % of 3,618 once it has."""
    fall(desk, 3_618)
    assert states(desk, pair[0]) == [(True, False)]
    desk.mine(GAP)
    assert states(desk, pair[0]) == [(False, False)]
