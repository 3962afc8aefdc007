"""Attacks on the limits of an account and of a market: legs, open interest, the requirement scaled by it."""

import ape
import pytest

from tests.helpers.books import list_of
from tests.helpers.desk import USD, WAD
from tests.helpers.parameters import PLAIN

CROWDED = PLAIN.but(open_interest_cap=20 * WAD, open_interest_lower=10 * WAD, open_interest_upper=40 * WAD)


@pytest.fixture
def friend(desk, taker):
    """The other side of every trade, with plenty."""
    return desk.account(taker, 100_000)


def test_ninth_market_and_the_hole_in_the_middle(desk, maker, friend):
    """More legs than a liquidation can value, or a hole that hides a leg: eight at most, and they
    close up."""
    account = desk.account(maker, 10_000)
    markets = [1] + [desk.list_market(params=PLAIN) for _ in range(8)]
    others = [friend, desk.account(maker, 10_000)]
    for i, market in enumerate(markets[:8]):
        desk.trade(account, others[i // 7], WAD // 10, market_id=market)
    with ape.reverts("account: too many markets"):
        desk.trade(account, others[1], WAD // 10, market_id=markets[8])
    # 3,200 of notional at 10x, all eight legs counted.
    assert desk.values(account) == (10_000 * USD, 320 * USD, 16 * USD, 9_680 * USD)
    desk.close(account, others[0], market_id=4)
    assert list(desk.lens.open_markets(account)) == [1, 2, 3, 5, 6, 7, 8]
    desk.trade(account, others[1], WAD // 10, market_id=markets[8])
    assert list(desk.lens.open_markets(account)) == [1, 2, 3, 5, 6, 7, 8, 9]
    desk.close(account, others[1], market_id=9)
    desk.close(account, others[0], market_id=1)
    assert list(desk.lens.open_markets(account)) == [2, 3, 5, 6, 7, 8]


def test_splitting_over_accounts_evades_the_scaled_requirement(desk, maker, friend):
    """Two accounts with half each instead of one with all: the requirement follows the market's open
    interest.

    20 base at 100 with 10 over the lower bound: 1 % + 99 % / 3 = 34 %, whoever holds them.
    """
    market = desk.list_market(100 * WAD, CROWDED)
    halves = [desk.account(maker), desk.account(maker)]
    for account in halves:
        desk.endow(account, 340 * USD - 1)
    desk.trade(halves[0], friend, 10 * WAD, 100 * WAD, 100, market)
    with ape.reverts("margin: insufficient"):
        desk.trade(halves[1], friend, 10 * WAD, 100 * WAD, 100, market)
    desk.endow(halves[1], 1)
    desk.trade(halves[1], friend, 10 * WAD, 100 * WAD, 100, market)


def test_open_interest_cap_passed_in_small_steps(desk, maker, friend):
    """Exactly the cap may be open; a wei more is refused, passing positions on is not."""
    market = desk.list_market(100 * WAD, CROWDED)
    account, third = desk.account(maker, 10_000), desk.account(maker, 10_000)
    desk.trade(account, friend, 20 * WAD, 100 * WAD, 1, market)
    for seller in (friend, third):
        with ape.reverts("market: open interest cap"):
            desk.trade(desk.account(maker, 100), seller, WAD // 10, 100 * WAD, 1, market)
    with ape.reverts("market: open interest cap"):
        desk.trade(account, friend, 1, 100 * WAD, 1, market)
    desk.trade(third, account, 5 * WAD, 100 * WAD, 1, market)
    assert (desk.clearing_house.open_interest(market), list_of(desk, True, 1, market)) == (20 * WAD, [2, 3])
