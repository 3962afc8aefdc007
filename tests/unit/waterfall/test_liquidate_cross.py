"""liquidate of accounts with several positions, some of them without a price."""

from fractions import Fraction
from math import ceil

import pytest

from tests.helpers.desk import ALL, USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.unit.waterfall.exact import Account, read_account, read_leg
from tests.unit.waterfall.sound import assert_sound, refused
from tests.unit.waterfall.storage import set_cash

SECOND = 1_000 * WAD


@pytest.fixture(scope="module", autouse=True)
def rich(desk, winner):
    return desk.account(winner, 500_000)


@pytest.fixture(scope="module", autouse=True)
def rescuer(desk, rich, liquidator):
    return desk.account(liquidator, 100_000)


@pytest.fixture(scope="module", autouse=True)
def market(desk, rich):
    """Market 2 at 1,000, whose price dies after a minute."""
    return desk.list_market(SECOND, PLAIN, SourceConfig(desk.source.address, max_age=60))


@pytest.fixture(scope="module", autouse=True)
def spread(desk, rich, market, debtor):
    """600 deposited, long 1 base in market 1 at 4,000 and 2 in market 2 at 1,000."""
    spread = desk.account(debtor, 600)
    desk.trade(spread, rich)
    desk.report(SECOND, market)
    desk.trade(spread, rich, 2 * WAD, SECOND, 10, market)
    return spread


def prices(desk, market, first, second):
    desk.crash(first * WAD)
    desk.crash(second * WAD, market)


@pytest.mark.parametrize("closed_market", [1, 2])
def test_liquidate__cross__either_market_and_the_whole_accounts_numbers(
    desk, spread, market, rescuer, closed_market
):
    """600 - 380 - 196 = 24; 18.10 and 9.02 of maintenance."""
    prices(desk, market, 3_620, 902)
    before = read_account(desk, spread, 1, market)
    assert (before.equity, before.maintenance) == (24 * USD, 27_120_000)
    leg = before.legs[closed_market - 1]
    closed = desk.liquidate(spread, rescuer, market_id=closed_market).return_value
    assert closed == before.needed(leg)
    penalty, reward = before.penalty(leg, closed)
    assert desk.equity(spread) == before.equity - penalty
    assert desk.clearing_house.vault_credit() == penalty - reward
    equity, _, maintenance, _ = desk.values(spread)
    assert equity * before.maintenance >= before.equity * maintenance
    assert_sound(desk)


def test_liquidate__cross_one_leg_not_enough__the_penalty_is_capped_by_its_share(
    desk, spread, market, rescuer
):
    """Equity 1 of 26.90: the small leg takes a third of it along, not all."""
    prices(desk, market, 3_600, 900 + 1)
    desk.crash(900_500_000 * 10**12, market)
    before = read_account(desk, spread, 1, market)
    assert before.equity == USD
    leg = before.legs[1]
    assert desk.liquidate(spread, rescuer, market_id=market).return_value == 2 * WAD
    penalty, reward = before.penalty(leg, 2 * WAD)
    assert penalty == reward == before.share(leg, 2 * WAD) == USD * 9_005 // (18_000 + 9_005)
    assert desk.equity(spread) == USD - penalty
    assert list(desk.lens.open_markets(spread)) == [1]
    assert_sound(desk)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_liquidate__cross_bankrupt__each_leg_by_its_loss_and_ends_at_zero(
    desk, spread, market, rescuer, order
):
    """600 - 600 - 300: 300 are owed, 200 for market 1 and 100 for market 2."""
    desk.insure(1_000 * USD)
    prices(desk, market, 3_400, 850)
    shares = {1: 200 * USD, 2: 100 * USD}
    for market_id in order:
        receipt = desk.liquidate(spread, rescuer, market_id=market_id)
        (event,) = desk.named(receipt, "Liquidated")
        assert event["insurance_paid"] == shares[market_id]
    assert desk.cash(spread) == 0
    assert list(desk.lens.open_markets(spread)) == []
    assert desk.vault.collateral_ledger() == 700 * USD
    assert_sound(desk)


def test_liquidate__cross_bankrupt_one_bucket_short__the_other_market_still_pays(
    desk, spread, market, rescuer
):
    desk.insure(1_000 * USD, {0: 2**90, 1: 200 * USD - 1, 2: 100 * USD})
    prices(desk, market, 3_400, 850)
    with refused(desk, "liq: deleverage"):
        desk.liquidate(spread, rescuer)
    desk.liquidate(spread, rescuer, market_id=market)
    assert desk.equity(spread) == -200 * USD


def test_liquidate__winning_leg_of_a_bankrupt__takes_nothing_from_the_vault(desk, spread, market, rescuer):
    """600 - 1,000 + 100: market 1 lost everything, market 2 won. The vault is not even called."""
    prices(desk, market, 3_000, 1_050)
    assert desk.equity(spread) == -300 * USD
    receipt = desk.liquidate(spread, rescuer, market_id=market)
    (event,) = desk.named(receipt, "Liquidated")
    assert (event["size"], event["insurance_paid"], event["penalty"]) == (-2 * WAD, 0, 0)
    assert desk.named(receipt, "Covered") == []
    assert desk.equity(spread) == -300 * USD
    assert desk.lens.shortfall(spread, 1) == 300 * USD
    assert_sound(desk)


def test_liquidate__debt_beyond_all_losses__rest_by_maintenance(desk, spread, market, rescuer):
    """As funding may leave it; here 700 of cash are taken out of storage. Of 103 owed 3 were lost against
    entry, and the others fall on 19.995 and 9.99 of maintenance."""
    desk.insure(10_000 * USD)
    prices(desk, market, 3_999, 999)
    set_cash(desk, spread, desk.cash(spread) - 700 * USD)
    before = read_account(desk, spread, 1, market)
    assert (before.equity, before.losses) == (-103 * USD, 3 * USD)
    owed = 2 * USD + ceil(100 * USD * Fraction(9_990, 19_995 + 9_990))
    assert before.shortfall(before.legs[1]) == owed
    for market_id, paid in ((market, owed), (1, 103 * USD - owed)):
        (event,) = desk.named(desk.liquidate(spread, rescuer, market_id=market_id), "Liquidated")
        assert event["insurance_paid"] == paid
    assert desk.cash(spread) == 0


# ---- legs without a price


def dead(desk):
    """From now on the 2 base of market 2 count at 1,500: 1,000 more than they cost, and no maintenance."""
    desk.mine(61)


def test_liquidate__dead_leg__does_not_make_immune(desk, spread, market, rescuer):
    """600 + 1,000 - 1,590 = 10 against 12.05 of market 1."""
    dead(desk)
    desk.crash(2_410 * WAD)
    before = Account(desk.cash(spread), (read_leg(desk, spread),), 3_000 * USD)
    assert (before.equity, before.maintenance) == (10 * USD, 12_050_000)
    receipt = desk.liquidate(spread, rescuer)
    closed = receipt.return_value
    assert closed == before.needed(before.legs[0])
    (event,) = desk.named(receipt, "Liquidated")
    # It pays out of what it has for sure, which is nothing: at the last price of market 2 it owes 990.
    assert (event["penalty"], event["reward"]) == (0, 0)
    assert not desk.clearing_house.is_liquidatable(spread)
    assert_sound(desk)


def test_liquidate__dead_leg__penalty_out_of_what_is_there_for_sure(desk, rich, market, rescuer, debtor):
    """A dead leg of 0.01 base at 1,000: 5 in its favour. 410 - 390 = 10 of 13 are sure, 0.5 of them go."""
    account = desk.account(debtor, 404)
    desk.trade(account, rich)
    desk.report(SECOND, market)
    desk.trade(account, rich, WAD // 100, SECOND, 10, market)
    desk.mine(61)
    desk.crash(3_602 * WAD)
    before = Account(desk.cash(account), (read_leg(desk, account),), 10 * USD)
    favoured = Account(desk.cash(account), (read_leg(desk, account),), 15 * USD)
    assert (before.equity, favoured.equity) == (6 * USD, 11 * USD)
    closed = favoured.needed(favoured.legs[0])
    receipt = desk.liquidate(account, rescuer)
    (event,) = desk.named(receipt, "Liquidated")
    assert (event["size"], event["penalty"]) == (-closed, before.penalty(before.legs[0], closed)[0])
    assert (
        event["penalty"] == before.share(before.legs[0], closed) < favoured.penalty(before.legs[0], closed)[0]
    )
    assert_sound(desk)


def test_liquidate__dead_leg__counts_in_the_accounts_favour(desk, spread, market, rescuer):
    """At its last price the account would be bankrupt by 977; in its favour it has 23 and needs 12.11."""
    dead(desk)
    desk.crash(2_423 * WAD)
    with refused(desk, "liq: not liquidatable"):
        desk.liquidate(spread, rescuer)


def test_liquidate__dead_leg_of_a_short__favour_is_downwards(desk, rich, market, rescuer, debtor):
    account = desk.account(debtor, 600)
    desk.trade(account, rich)
    desk.report(SECOND, market)
    desk.trade(rich, account, 2 * WAD, SECOND, 10, market)
    desk.mine(61)
    # 600 + 1,000 - 1,575 = 25
    desk.crash(2_425 * WAD)
    with refused(desk, "liq: not liquidatable"):
        desk.liquidate(account, rescuer)
    desk.crash(2_410 * WAD)
    before = Account(desk.cash(account), (read_leg(desk, account),), -1_000 * USD)
    assert desk.liquidate(account, rescuer).return_value == before.needed(before.legs[0])


def test_liquidate__in_the_dead_market__reverts(desk, spread, market, rescuer):
    dead(desk)
    desk.crash(2_410 * WAD)
    with refused(desk, "oracle: no valid price"):
        desk.liquidate(spread, rescuer, market_id=market)


def test_liquidate__bankrupt_in_spite_of_the_favour__priced_leg_bears_it_all(desk, spread, market, rescuer):
    """600 + 1,000 - 1,650: 50 are owed by market 1 alone, whose loss is 1,650."""
    desk.insure(1_000 * USD)
    dead(desk)
    desk.crash(2_350 * WAD)
    receipt = desk.liquidate(spread, rescuer, ALL)
    (event,) = desk.named(receipt, "Liquidated")
    assert (event["size"], event["insurance_paid"]) == (-WAD, 50 * USD)
    # What is left is worth just nothing in the best case.
    assert desk.cash(spread) == -3_000 * USD
    assert not desk.clearing_house.is_bankrupt(spread)
    assert_sound(desk)


def test_liquidate__dead_leg_lives_again__counts_at_its_mark(desk, spread, market, rescuer):
    dead(desk)
    desk.crash(3_700 * WAD)
    with refused(desk, "liq: not liquidatable"):
        desk.liquidate(spread, rescuer)
    # 600 - 300 - 290 = 10
    desk.crash(855 * WAD, market)
    assert desk.equity(spread) == 10 * USD
    desk.liquidate(spread, rescuer)
