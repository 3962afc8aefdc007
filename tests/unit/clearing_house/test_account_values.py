"""account_values."""

import ape
import pytest

from tests.helpers.desk import USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig


@pytest.fixture
def pair(desk, maker, taker):
    return desk.account(maker, 10_000), desk.account(taker, 10_000)


def test_account_values__no_such_account__is_empty(desk):
    assert desk.values(1) == (0, 0, 0, 0)


def test_account_values__flat__is_cash(desk, pair):
    assert desk.values(pair[0]) == (10_000 * USD, 0, 0, 10_000 * USD)


def test_account_values__at_entry__equity_is_the_deposit(desk, pair):
    """1 base at 4,000 and 10x: 400 initial, 0.5 % maintenance."""
    desk.trade(*pair)
    for account in pair:
        assert desk.values(account) == (10_000 * USD, 400 * USD, 20 * USD, 9_600 * USD)


def test_account_values__price_rose__long_gains_what_short_loses(desk, pair):
    """At 4,400: 440 initial, 22 maintenance; the long's 400 of profit is not withdrawable."""
    desk.trade(*pair)
    desk.report(4_400 * WAD)
    assert desk.values(pair[0]) == (10_400 * USD, 440 * USD, 22 * USD, 9_560 * USD)
    assert desk.values(pair[1]) == (9_600 * USD, 440 * USD, 22 * USD, 9_160 * USD)


def test_account_values__fractions__are_rounded_against_the_account(desk, pair):
    """1 base + 1 wei: notional 4_000_000_000.000000004 units.

    The buyer pays 4_000_000_000 and holds floor = the same; the seller's value is -4_000_000_001.
    Initial: ceil(4_000_000_001 / 10). Maintenance: ceil(4_000_000_001 * 0.005 = 20_000_000.005).
    """
    desk.trade(*pair, WAD + 1)
    assert desk.values(pair[0]) == (10_000 * USD, 400_000_001, 20_000_001, 9_599_999_999)
    assert desk.values(pair[1]) == (10_000 * USD - 1, 400_000_001, 20_000_001, 9_599_999_998)


def test_account_values__two_markets__add_up(desk, pair):
    """Long 1 at 4,000 and 10x, short 2 at 100 and 20x; then 4,100 and 101."""
    market = desk.list_market(100 * WAD, PLAIN)
    desk.trade(*pair)
    desk.trade(pair[1], pair[0], 2 * WAD, 100 * WAD, 20, market)
    desk.report(4_100 * WAD)
    desk.report(101 * WAD, market)
    # +100 - 2; 410 + 10.1; 20.5 + 1.01; less the profit of 100 of one leg, not netted with the other's loss
    assert desk.values(pair[0]) == (10_098 * USD, 420_100_000, 21_510_000, 9_577_900_000)


def test_account_values__loss_above_equity__is_negative_and_withdrawable_zero(desk, maker, taker):
    long, short = desk.account(maker, 400), desk.account(taker, 10_000)
    desk.trade(long, short)
    desk.report(3_600 * WAD)
    desk.report(3_500 * WAD)
    assert desk.values(long) == (-100 * USD, 350 * USD, 35 * USD // 2, 0)


def test_account_values__open_interest_above_lower__requires_more_of_everyone(desk, maker, taker):
    """OI 20 between 10 and 40: imf = 1/100 + 10/30 * 99/100 = 34 %; 1x still needs all of it."""
    params = PLAIN.but(open_interest_cap=20 * WAD, open_interest_lower=10 * WAD, open_interest_upper=40 * WAD)
    market = desk.list_market(100 * WAD, params)
    long, short = desk.account(maker, 10_000), desk.account(taker, 10_000)
    early = desk.account(maker, 1_000)
    desk.trade(early, short, 10 * WAD, 100 * WAD, 100, market)
    assert desk.values(early)[1] == 10 * USD
    desk.trade(long, short, 10 * WAD, 100 * WAD, 100, market)
    assert desk.values(early) == (1_000 * USD, 340 * USD, 5 * USD, 660 * USD)
    desk.clearing_house.set_leverage(early, market, 1, 0, sender=maker)
    assert desk.values(early)[1] == 1_000 * USD


def test_account_values__imf_between_units__rounds_up_once(desk, maker, taker):
    """OI 11: imf = (30 + 1 * 99) / (100 * 30) = 4.3 %; of ceil(1_000.000_000_000_1 USD)."""
    params = PLAIN.but(open_interest_cap=20 * WAD, open_interest_lower=10 * WAD, open_interest_upper=40 * WAD)
    market = desk.list_market(100 * WAD, params)
    long, short = desk.account(maker, 10_000), desk.account(taker, 10_000)
    desk.trade(long, short, 11 * WAD + 1, 100 * WAD, 100, market)
    # notional 1_100_000_001; x = 1e18 + 1: 1_100_000_001 * (30e18 + 99 * (1e18 + 1)) / 3000e18 =
    # 47_300_000.04
    assert desk.values(long)[1] == 47_300_001


def test_account_values__maximum_leverage_lowered__old_positions_need_the_new_base(desk, owner, maker, taker):
    """At 100x under a maximum of 50x: 2 %."""
    long, short = desk.account(maker, 1_000), desk.account(taker, 1_000)
    desk.trade(long, short, leverage=100)
    assert desk.values(long)[1] == 40 * USD
    desk.governance.set_market(1, tuple(vars(PLAIN.but(max_leverage=50)).values()), sender=owner)
    desk.mine(48 * 3_600)
    desk.governance.apply_market(1, sender=owner)
    desk.report(4_000 * WAD)
    assert desk.values(long)[1] == 80 * USD


def test_account_values__unpriced_leg__reverts(desk, pair):
    market = desk.list_market(config=SourceConfig(desk.source.address, max_age=60))
    desk.trade(*pair)
    desk.trade(*pair, market_id=market)
    desk.mine(61)
    with ape.reverts("margin: unpriced leg"):
        desk.clearing_house.account_values(pair[0])
