"""liquidate: every refusal by its text, nothing stored, and which of two comes first."""

import pytest

from tests.helpers import anvil
from tests.helpers.desk import ALL, FOREVER, WAD
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.unit.waterfall.sound import refused

GAP = 2 * 3_600 + 1
UNKNOWN = pytest.mark.parametrize("account_id", [0, 99, 2**32, 2**32 + 1, 2**224 + 1, 2**256 - 1])
THIN, BANKRUPT = 3_610 * WAD, 3_500 * WAD


@pytest.fixture(scope="module", autouse=True)
def long(desk, debtor, winner):
    """1 base at 4,000 with 400: at 3,610 it has 10 and needs 18.05, at 3,500 it is bankrupt by 100."""
    long = desk.account(debtor, 400)
    desk.trade(long, desk.account(winner, 100_000))
    return long


@pytest.fixture(scope="module", autouse=True)
def counter(desk, long, winner):
    return desk.account(winner, 100_000)


@pytest.fixture(scope="module", autouse=True)
def rescuer(desk, long, liquidator):
    return desk.account(liquidator, 10_000)


def test_liquidate__stranger__reverts_first_of_all(desk, long, rescuer, stranger):
    with refused(desk, "account: not authorized"):
        desk.liquidate(long, rescuer, 0, 7, 99, sender=stranger)
    with refused(desk, "account: not authorized"):
        desk.liquidate(rescuer, rescuer, sender=stranger)


def test_liquidate__owner_of_the_liquidated_only__reverts(desk, long, rescuer, debtor):
    desk.crash(THIN)
    with refused(desk, "account: not authorized"):
        desk.liquidate(long, rescuer, sender=debtor)


@UNKNOWN
def test_liquidate__unknown_liquidator_account__reverts(desk, long, rescuer, liquidator, account_id):
    desk.crash(THIN)
    with refused(desk, "account: not authorized"):
        desk.liquidate(long, account_id, sender=liquidator)


@pytest.mark.parametrize("expiry", ["revoked", "expired"])
def test_liquidate__former_delegate__reverts(desk, long, rescuer, liquidator, delegate, expiry):
    desk.crash(THIN)
    until = 0 if expiry == "revoked" else desk.mine(1) + 10
    desk.clearing_house.set_delegate(rescuer, delegate, FOREVER, sender=liquidator)
    desk.clearing_house.set_delegate(rescuer, delegate, until, sender=liquidator)
    desk.mine(60)
    with refused(desk, "account: not authorized"):
        desk.liquidate(long, rescuer, sender=delegate)


def test_liquidate__own_account__reverts_before_the_market_is_read(desk, long, debtor):
    for market in (1, 99):
        with refused(desk, "liq: own account"):
            desk.liquidate(long, long, 0, market_id=market)


@pytest.mark.parametrize("market_id", [0, 2, 65, 2**224 + 1, 2**256 - 1])
def test_liquidate__no_such_market__reverts(desk, long, rescuer, market_id):
    with refused(desk, "market: not listed"):
        desk.liquidate(long, rescuer, 0, market_id=market_id)


def test_liquidate__no_valid_price__reverts_before_the_position_is_read(desk, long, rescuer, counter):
    desk.crash(THIN)
    desk.mine(GAP)
    for account in (long, counter, 99):
        with refused(desk, "oracle: no valid price"):
            desk.liquidate(account, rescuer)


def test_liquidate__pending_price__reverts(desk, long, rescuer):
    desk.crash(THIN)
    desk.report(2_000 * WAD)
    with refused(desk, "oracle: no valid price"):
        desk.liquidate(long, rescuer)


@UNKNOWN
def test_liquidate__unknown_account__has_no_position(desk, long, rescuer, account_id):
    """(1 << 32) + 1 would read another market's slot."""
    with refused(desk, "position: none"):
        desk.liquidate(account_id, rescuer, 0)


def test_liquidate__no_position__reverts_before_the_size_is_read(desk, long, rescuer, counter):
    market = desk.list_market(params=PLAIN)
    with refused(desk, "position: none"):
        desk.liquidate(counter, rescuer, 0)
    with refused(desk, "position: none"):
        desk.liquidate(long, rescuer, 0, market_id=market)


def test_liquidate__zero_size__reverts_before_the_margin_is_read(desk, long, rescuer):
    with refused(desk, "liq: zero size"):
        desk.liquidate(long, rescuer, 0)
    desk.crash(THIN)
    with refused(desk, "liq: zero size"):
        desk.liquidate(long, rescuer, 0)


def test_liquidate__healthy__reverts_before_the_leverage_is_read(desk, long, rescuer):
    """LIQ-1."""
    with refused(desk, "liq: not liquidatable"):
        desk.liquidate(long, rescuer, ALL, 7)


def test_liquidate__equity_equals_maintenance__reverts_a_unit_less_does_not(desk, long, rescuer):
    """LIQ-1. At 3,618: 18.09."""
    desk.crash(3_618 * WAD)
    desk.endow(long, 90_000)
    with refused(desk, "liq: not liquidatable"):
        desk.liquidate(long, rescuer)
    # A unit of money is 1e-6 of price for 1 base, which takes nothing off the maintenance.
    desk.crash(3_618 * WAD - 10**12)
    assert desk.values(long)[0] == desk.values(long)[2] - 1
    desk.liquidate(long, rescuer)


@pytest.mark.parametrize("size", [WAD - 1, WAD - 2 * WAD // 1_000])
def test_liquidate__would_leave_dust__reverts_before_the_leverage_is_read(desk, long, rescuer, size):
    """0.002 base at 3,600 is 7.20. The whole position may go."""
    desk.crash(3_600 * WAD)
    with refused(desk, "liq: below minimum"):
        desk.liquidate(long, rescuer, size, 7)
    desk.liquidate(long, rescuer, WAD)


def test_liquidate__would_leave_the_minimum__may(desk, long, rescuer):
    """10 / 3,600 of a base, rounded up."""
    desk.crash(3_600 * WAD)
    least = -(-10 * WAD // 3_600)
    with refused(desk, "liq: below minimum"):
        desk.liquidate(long, rescuer, WAD - least + 1)
    desk.liquidate(long, rescuer, WAD - least)
    assert desk.slot(long).size == least


def test_liquidate__bankrupt_and_no_insurance__reverts_before_the_leverage_is_read(desk, long, rescuer):
    desk.crash(BANKRUPT)
    with refused(desk, "liq: deleverage"):
        desk.liquidate(long, rescuer, ALL, 7)


def test_liquidate__bankrupt_would_leave_dust__reverts_before_the_vault_is_asked(desk, long, rescuer):
    desk.crash(BANKRUPT)
    with refused(desk, "liq: below minimum"):
        desk.liquidate(long, rescuer, WAD - 1)


@pytest.mark.parametrize("leverage", [0, 4, 7, 99, 101, 256 + 10, 2**256 - 1])
def test_liquidate__no_tier__reverts_before_the_liquidators_minimum(desk, long, rescuer, leverage):
    desk.crash(THIN)
    for size in (1, ALL):
        with refused(desk, "market: bad leverage"):
            desk.liquidate(long, rescuer, size, leverage)


def test_liquidate__above_the_markets_maximum__reverts(desk, long, rescuer, debtor, counter):
    market = desk.list_market(params=PLAIN.but(max_leverage=20))
    account = desk.account(debtor, 400)
    desk.trade(account, counter, market_id=market)
    desk.crash(THIN, market)
    with refused(desk, "market: bad leverage"):
        desk.liquidate(account, rescuer, ALL, 50, market)
    desk.liquidate(account, rescuer, ALL, 20, market)


def test_liquidate__liquidators_position_would_be_dust__reverts_before_its_margin(desk, long, liquidator):
    """0.002 base at 3,610 is 7.22, opened by an account that has nothing."""
    desk.crash(THIN)
    poor = desk.account(liquidator)
    with refused(desk, "liq: below minimum"):
        desk.liquidate(long, poor, 2 * WAD // 1_000)
    with refused(desk, "margin: insufficient"):
        desk.liquidate(long, poor, 3 * WAD // 1_000)


def test_liquidate__flip_would_leave_dust__reverts(desk, long, rescuer, counter):
    """Short 0.5 takes over 0.502; 0.5 would close it."""
    desk.trade(counter, rescuer, WAD // 2)
    desk.crash(THIN)
    for size in (502, 498):
        with refused(desk, "liq: below minimum"):
            desk.liquidate(long, rescuer, size * WAD // 1_000)
    desk.liquidate(long, rescuer, WAD // 2)
    assert desk.slot(rescuer).size == 0


def test_liquidate__liquidator_with_an_unpriced_leg__reverts_before_its_margin(
    desk, long, liquidator, counter
):
    market = desk.list_market(1_000 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=60))
    account = desk.account(liquidator, 100)
    desk.trade(account, counter, WAD, 1_000 * WAD, 10, market)
    desk.mine(61)
    desk.crash(THIN)
    with refused(desk, "margin: unpriced leg"):
        desk.liquidate(long, account)
    desk.report(1_000 * WAD, market)
    with refused(desk, "margin: insufficient"):
        desk.liquidate(long, account)


def looped(desk, long, counter, bystander):
    """A long at 3,600 and 20x whose word says that it stands behind itself."""
    desk.crash(3_700 * WAD)
    looped = desk.account(bystander, 1_000)
    desk.trade(looped, counter, WAD, 3_600 * WAD, 20)
    desk.crash(THIN)
    word = desk.clearing_house.position_slot(1, looped)
    anvil.poke(desk.clearing_house, word, word | looped << 216, key=1 << 32 | looped)


def test_liquidate__more_than_128_steps__reverts_last(desk, long, rescuer, liquidator, counter, bystander):
    looped(desk, long, counter, bystander)
    poor = desk.account(liquidator)
    with refused(desk, "margin: insufficient"):
        desk.liquidate(long, poor, ALL, 20)
    with refused(desk, "queue: bad hint"):
        desk.liquidate(long, rescuer, ALL, 20)
    desk.liquidate(long, rescuer, ALL, 10)
