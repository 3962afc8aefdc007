"""position, roe and open_markets."""

import ape
import pytest

from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import PLAIN

GAP = 3 * 3_600


@pytest.fixture
def pair(desk, maker, taker):
    """A long and a short of 1 base at 4,010, 10x; the mark is 4,000."""
    long, short = desk.account(maker, 10_000), desk.account(taker, 10_000)
    desk.trade(long, short, price=4_010 * WAD)
    return long, short


def test_lens__deployed__reads_this_clearing_house(desk):
    assert desk.lens.CLEARING_HOUSE() == desk.clearing_house
    assert desk.lens.ROUTER() == desk.router


def test_position__none__is_zero(desk, pair):
    for account, market in ((99, 1), (0, 1), (1, 2), (1, 0), (1, 65)):
        assert tuple(desk.lens.position(account, market)) == (0, 0, 0, 0)


def test_position__long_and_short__profit_against_entry(desk, pair):
    long, short = pair
    assert tuple(desk.lens.position(long, 1)) == (WAD, 4_010 * WAD, 10, -10 * USD)
    assert tuple(desk.lens.position(short, 1)) == (-WAD, 4_010 * WAD, 10, 10 * USD)


def test_position__fractions__profit_is_floored(desk, pair):
    """A third of a unit up for the long is 0, down for the short is -1."""
    desk.report(4_010 * WAD + 333_333_333_333)
    assert [desk.lens.position(i, 1).unrealized_pnl for i in pair] == [0, -1]


def test_position__stale_or_pending__at_the_last_accepted_price(desk, pair):
    desk.report(8_000 * WAD)
    assert not desk.router.peek(1).valid
    assert desk.lens.position(pair[0], 1).unrealized_pnl == -10 * USD
    desk.mine(GAP)
    assert desk.lens.position(pair[1], 1).unrealized_pnl == 10 * USD


def test_roe__long_and_short__leverage_times_return_floored(desk, pair):
    """-10 / 4,010 * 10 = -0.024937655860349127182...: floored away from zero, for the short toward it."""
    long, short = pair
    assert desk.lens.roe(long, 1) == -24_937_655_860_349_128
    assert desk.lens.roe(short, 1) == 24_937_655_860_349_127


def test_roe__price_moved__follows_the_mark(desk, pair):
    """401 / 4,010 * 10: 100 %."""
    desk.report(4_390 * WAD)
    desk.report(4_411 * WAD)
    assert desk.lens.roe(pair[0], 1) == WAD
    assert desk.lens.roe(pair[1], 1) == -WAD


def test_roe__leverage_changed__scales(desk, pair, taker):
    desk.clearing_house.set_leverage(pair[1], 1, 100, 0, sender=taker)
    # 100 * 10 / 4,010
    assert desk.lens.roe(pair[1], 1) == 249_376_558_603_491_271


def test_roe__no_position__reverts(desk, pair):
    for account, market in ((99, 1), (1, 2)):
        with ape.reverts("position: none"):
            desk.lens.roe(account, market)


def test_roe__no_valid_price__reverts(desk, pair):
    desk.mine(GAP)
    with ape.reverts("oracle: no valid price"):
        desk.lens.roe(pair[0], 1)


def test_open_markets__opened_and_closed__oldest_first(desk, maker, taker):
    a, b = desk.account(maker, 10_000), desk.account(taker, 10_000)
    assert list(desk.lens.open_markets(a)) == []
    markets = [desk.list_market(PRICE, PLAIN) for _ in range(3)]
    for market in (3, 1, 4):
        desk.trade(a, b, WAD // 10, market_id=market)
    assert list(desk.lens.open_markets(a)) == [3, 1, 4]
    desk.close(a, b, market_id=1)
    assert list(desk.lens.open_markets(a)) == [3, 4]
    desk.trade(a, b, WAD // 10, market_id=markets[0])
    assert list(desk.lens.open_markets(a)) == [3, 4, 2]
    assert list(desk.lens.open_markets(99)) == []
