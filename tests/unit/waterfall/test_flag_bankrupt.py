"""flag_bankrupt: the flag. The gate it may raise is tests/unit/clearing_house/test_gate_until.py."""

import pytest

from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.helpers.reading import next_block_at
from tests.unit.waterfall.sound import refused

LIFE = 300 + 3_600
DEAD = 3_500 * WAD


@pytest.fixture(scope="module", autouse=True)
def long(desk, debtor, winner):
    """1 base at 4,000 with 400: at 3,500 it is bankrupt by 100, which the vault can pay."""
    desk.insure(1_000 * USD)
    long = desk.account(debtor, 400)
    desk.trade(long, desk.account(winner, 100_000))
    return long


@pytest.mark.parametrize("account_id", [0, 99, 2**32 + 1, 2**256 - 1])
def test_flag_bankrupt__unknown_account__reverts(desk, long, account_id):
    with refused(desk, "account: unknown"):
        desk.flag(account_id)


def test_flag_bankrupt__solvent__reverts(desk, long, debtor):
    for account in (long, desk.account(debtor)):
        with refused(desk, "flag: not bankrupt"):
            desk.flag(account)


def test_flag_bankrupt__equity_zero__reverts_a_unit_less_does_not(desk, long):
    desk.crash(3_600 * WAD)
    with refused(desk, "flag: not bankrupt"):
        desk.flag(long)
    desk.crash(3_600 * WAD - 10**12)
    assert desk.named(desk.flag(long), "Flagged")[0]["shortfall"] == 1


def test_flag_bankrupt__bankrupt__anyone_sets_it_and_emits_exactly_this(desk, long, stranger):
    desk.crash(DEAD)
    word = desk.clearing_house.account_word(long)
    receipt = desk.clearing_house.flag_bankrupt(long, sender=stranger)
    at = int(receipt.timestamp)
    assert desk.events(receipt) == [
        ("Flagged", {"account_id": long, "flagged_at": at, "shortfall": 100 * USD})
    ]
    assert desk.clearing_house.account_word(long) == word | at << 216
    assert desk.lens.accounts(long, 1)[0].flagged_at == at
    assert desk.clearing_house.gate_until() == 0


def test_flag_bankrupt__again__reverts_as_long_as_the_flag_counts(desk, long):
    desk.crash(DEAD)
    at = int(desk.flag(long).timestamp)
    with refused(desk, "flag: already flagged"):
        desk.flag(long)
    # The last second of grace and life.
    next_block_at(at + LIFE)
    with refused(desk, "flag: already flagged"):
        desk.flag(long)


def test_flag_bankrupt__spent__sets_it_anew(desk, long):
    desk.crash(DEAD)
    at = int(desk.flag(long).timestamp)
    next_block_at(at + LIFE + 1)
    receipt = desk.flag(long)
    assert desk.flagged_at(long) == at + LIFE + 1 == int(receipt.timestamp)
    assert len(desk.named(receipt, "Flagged")) == 1


def test_flag_bankrupt__recovered__clears_it_and_emits_exactly_this(desk, long):
    desk.crash(DEAD)
    word = desk.clearing_house.account_word(long)
    desk.flag(long)
    desk.endow(long, 100 * USD)
    assert desk.flagged_at(long) > 0
    receipt = desk.flag(long)
    assert desk.events(receipt) == [("FlagCleared", {"account_id": long})]
    assert desk.clearing_house.account_word(long) == word + 100 * USD
    with refused(desk, "flag: not bankrupt"):
        desk.flag(long)


def test_flag_bankrupt__still_below_zero__is_not_cleared(desk, long):
    desk.crash(DEAD)
    desk.flag(long)
    desk.endow(long, 100 * USD - 1)
    with refused(desk, "flag: already flagged"):
        desk.flag(long)


def test_flag_bankrupt__deposit_or_leverage__do_not_clear(desk, long, debtor):
    desk.crash(DEAD)
    desk.flag(long)
    desk.endow(long, 1_000 * USD)
    desk.clearing_house.set_leverage(long, 1, 5, 0, sender=debtor)
    assert desk.flagged_at(long) > 0


def test_flag_bankrupt__trade_of_the_recovered__clears(desk, long, winner):
    desk.crash(DEAD)
    desk.flag(long)
    desk.endow(long, 1_000 * USD)
    desk.close(long, desk.account(winner, 10_000), DEAD)
    assert desk.flagged_at(long) == 0


def test_flag_bankrupt__withdrawal_of_the_recovered__clears(desk, long, debtor):
    desk.crash(DEAD)
    desk.flag(long)
    desk.endow(long, 1_000 * USD)
    desk.clearing_house.withdraw(long, 1, debtor, sender=debtor)
    assert desk.flagged_at(long) == 0


def test_flag_bankrupt__epoch_and_markets__are_kept(desk, long, debtor):
    desk.exchange.cancel_all(long, sender=debtor)
    desk.crash(DEAD)
    word = desk.clearing_house.account_word(long)
    desk.flag(long)
    assert desk.clearing_house.account_word(long) % 2**216 == word


def test_flag_bankrupt__dead_leg_in_its_favour__is_solvent(desk, long, debtor, winner):
    """At the last price of market 2 it owes 100, 50 % higher nothing."""
    market = desk.list_market(1_000 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=60))
    account, rich = desk.account(debtor, 500), desk.account(winner, 100_000)
    desk.trade(account, rich)
    desk.report(1_000 * WAD, market)
    desk.trade(account, rich, WAD, 1_000 * WAD, 10, market)
    desk.mine(61)
    desk.crash(3_400 * WAD)
    with refused(desk, "flag: not bankrupt"):
        desk.flag(account)
    # 500 + 500 - 1,001
    desk.crash(2_999 * WAD)
    assert desk.named(desk.flag(account), "Flagged")[0]["shortfall"] == USD


def test_flag_bankrupt__no_price_at_all__favour_decides(desk, long):
    desk.crash(DEAD)
    desk.mine(2 * 3_600 + 1)
    with refused(desk, "flag: not bankrupt"):
        desk.flag(long)
    assert PRICE > DEAD
