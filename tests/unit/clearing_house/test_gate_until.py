"""gate_until, and flag_bankrupt as far as it raises it: a bankruptcy that the vault cannot meet stops
withdrawals.
"""

import ape
import pytest

from tests.helpers.desk import USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.helpers.reading import next_block_at

DEAD = 3_500 * WAD
DEBT = 100 * USD
HOUR, DAY = 3_600, 86_400


@pytest.fixture(scope="module", autouse=True)
def rich(desk, taker):
    return desk.account(taker, 1_000_000)


@pytest.fixture(scope="module", autouse=True)
def long(desk, rich, maker):
    """1 base at 4,000 with 400: at 3,500 it is bankrupt by 100."""
    long = desk.account(maker, 400)
    desk.trade(long, rich)
    return long


@pytest.fixture(scope="module", autouse=True)
def idle(desk, rich, stranger):
    """Flat, with 500."""
    return desk.account(stranger, 500)


def flag(desk, account):
    """(flagged, gated): whether it did either; the time of the block."""
    receipt = desk.flag(account)
    names = [name for name, _ in desk.events(receipt)]
    return ("Flagged" in names, "GateRaised" in names), int(receipt.timestamp)


def test_gate_until__nothing_happened__zero(desk, long):
    assert desk.clearing_house.gate_until() == 0
    desk.crash(DEAD)
    assert desk.clearing_house.gate_until() == 0


def test_gate_until__vault_empty__an_hour_from_the_flag_and_emits_exactly_this(desk, long):
    desk.crash(DEAD)
    receipt = desk.flag(long)
    at = int(receipt.timestamp)
    assert desk.events(receipt) == [
        ("Flagged", {"account_id": long, "flagged_at": at, "shortfall": DEBT}),
        ("GateRaised", {"account_id": long, "until": at + HOUR}),
    ]
    assert desk.clearing_house.gate_until() == at + HOUR


def test_gate_until__hour_over__open_again(desk, long, idle, stranger):
    desk.crash(DEAD)
    _, at = flag(desk, long)
    house = desk.clearing_house
    next_block_at(at + HOUR - 1)
    with ape.reverts("withdraw: gated"):
        house.withdraw(idle, 1, stranger, sender=stranger)
    next_block_at(at + HOUR)
    house.withdraw(idle, 1, stranger, sender=stranger)
    assert house.gate_until() == 0
    assert desk.flagged_at(long) == at


@pytest.mark.parametrize(("held", "gated"), [(DEBT, False), (DEBT - 1, True)])
def test_gate_until__vault_pays_all_or_all_but_a_unit(desk, long, held, gated):
    desk.insure(held)
    desk.crash(DEAD)
    assert flag(desk, long)[0] == (True, gated)
    assert (desk.clearing_house.gate_until() > 0) == gated


@pytest.mark.parametrize(("floor", "gated"), [(DEBT - 40 * USD, False), (DEBT - 40 * USD - 1, True)])
def test_gate_until__gate_floor__is_what_may_be_missing(desk, long, owner, floor, gated):
    """The vault has 40: 60 are missing."""
    desk.insure(40 * USD)
    desk.vault.set_gate_floor(floor, sender=owner)
    desk.crash(DEAD)
    assert flag(desk, long)[0] == (True, gated)


@pytest.mark.parametrize(
    ("buckets", "gated"),
    [
        ({0: 2**90, 1: DEBT}, False),
        ({0: DEBT, 1: 2**90}, False),
        ({0: 2**90, 1: DEBT - 1}, True),
        ({0: DEBT - 1, 1: 2**90}, True),
        ({0: 2**90}, True),
    ],
)
def test_gate_until__buckets__count_as_the_vault_does(desk, long, buckets, gated):
    desk.insure(1_000 * USD, buckets)
    desk.crash(DEAD)
    assert flag(desk, long)[0] == (True, gated)


@pytest.fixture(scope="module", autouse=True)
def spread(desk, rich, maker):
    """600 deposited, long 1 base in market 1 and 2 at 1,000 in market 2."""
    market = desk.list_market(1_000 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=600))
    spread = desk.account(maker, 600)
    desk.trade(spread, rich)
    desk.trade(spread, rich, 2 * WAD, 1_000 * WAD, 10, market)
    return spread


@pytest.mark.parametrize(
    ("buckets", "gated"),
    [
        # 300 are owed, 200 for market 1 and 100 for market 2.
        ({0: 300, 1: 200, 2: 100}, False),
        ({0: 300, 1: 199, 2: 101}, True),
        ({0: 300, 1: 201, 2: 99}, True),
        ({0: 299, 1: 200, 2: 100}, True),
        # Together they may not pay what each of them might.
        ({0: 200, 1: 200, 2: 200}, True),
    ],
)
def test_gate_until__cross_account__each_market_pays_its_leg(desk, spread, buckets, gated):
    desk.insure(1_000 * USD, {i: cap * USD for i, cap in buckets.items()})
    desk.crash(3_400 * WAD)
    desk.crash(850 * WAD, 2)
    assert desk.clearing_house.account_values(spread).equity == -300 * USD
    assert flag(desk, spread)[0] == (True, gated)


def test_gate_until__one_vault_for_both_legs__is_not_counted_twice(desk, spread):
    """200 in the vault could pay either leg and not both."""
    desk.insure(299 * USD)
    desk.crash(3_400 * WAD)
    desk.crash(850 * WAD, 2)
    assert flag(desk, spread)[0] == (True, True)


def test_gate_until__winning_leg__asks_the_vault_for_nothing(desk, spread):
    """600 - 1,000 + 100: only market 1 is in need, and has what it needs."""
    desk.insure(1_000 * USD, {0: 2**90, 1: 300 * USD})
    desk.crash(3_000 * WAD)
    desk.crash(1_050 * WAD, 2)
    assert desk.clearing_house.account_values(spread).equity == -300 * USD
    assert flag(desk, spread)[0] == (True, False)


def test_gate_until__flagged_when_the_vault_could_pay__raised_later_without_a_new_flag(desk, long, owner):
    desk.insure(1_000 * USD)
    desk.crash(DEAD)
    done, at = flag(desk, long)
    assert done == (True, False)
    desk.vault.set_bucket(1, 0, sender=owner)
    done, later = flag(desk, long)
    assert done == (False, True)
    assert desk.flagged_at(long) == at
    assert desk.clearing_house.gate_until() == later + HOUR
    with ape.reverts("flag: already flagged"):
        desk.flag(long)


def test_gate_until__flag_cleared__falls_at_once(desk, long, idle, stranger):
    desk.crash(DEAD)
    flag(desk, long)
    desk.endow(long, DEBT)
    assert desk.clearing_house.gate_until() > 0
    desk.flag(long)
    assert desk.clearing_house.gate_until() == 0
    desk.clearing_house.withdraw(idle, 500 * USD, stranger, sender=stranger)


def test_gate_until__deleveraged__falls_at_once(desk, long):
    desk.crash(DEAD)
    flag(desk, long)
    desk.deleverage_next(long)
    assert desk.flagged_at(long) == 0
    assert desk.clearing_house.gate_until() == 0


def test_gate_until__taken_over__falls_at_once(desk, long, rich, maker, filler):
    desk.crash(DEAD)
    flag(desk, long)
    desk.insure(DEBT)
    desk.liquidate(long, desk.account(filler, 10_000))
    assert desk.clearing_house.gate_until() == 0


def test_gate_until__same_account_again__once_a_day(desk, long):
    """Cleared and bankrupt again, its new flag does not hold the old gate and raises none."""
    desk.crash(DEAD)
    _, at = flag(desk, long)
    desk.endow(long, DEBT)
    desk.flag(long)
    desk.crash(DEAD - 50 * WAD)
    assert flag(desk, long)[0] == (True, False)
    assert desk.clearing_house.gate_until() == 0

    next_block_at(at + DAY - 10)
    desk.report(DEAD - 50 * WAD)
    # The flag is long spent: a new one, and still no gate.
    next_block_at(at + DAY - 1)
    assert flag(desk, long)[0] == (True, False)
    next_block_at(at + DAY)
    done, later = flag(desk, long)
    assert done == (False, True)
    assert desk.clearing_house.gate_until() == later + HOUR == at + DAY + HOUR


def test_gate_until__two_accounts__the_later_counts_and_both_must_be_resolved(desk, long, rich, maker):
    second = desk.account(maker, 400)
    desk.trade(second, rich)
    desk.crash(DEAD)
    _, first_at = flag(desk, long)
    desk.mine(100)
    _, second_at = flag(desk, second)
    house = desk.clearing_house
    assert house.gate_until() == second_at + HOUR > first_at + HOUR
    desk.deleverage_next(second)
    assert house.gate_until() == first_at + HOUR
    desk.deleverage_next(long)
    assert house.gate_until() == 0


def test_gate_until__eight_accounts__a_ninth_finds_no_room_until_one_is_resolved(desk, long, rich, maker):
    accounts = [long, *(desk.account(maker, 400) for _ in range(8))]
    for account in accounts[1:]:
        desk.trade(account, rich)
    desk.crash(DEAD)
    assert [flag(desk, account)[0] for account in accounts[:8]] == [(True, True)] * 8
    assert flag(desk, accounts[8])[0] == (True, False)
    with ape.reverts("flag: already flagged"):
        desk.flag(accounts[8])
    # One in the middle goes; the others are still held.
    desk.deleverage_next(accounts[3])
    done, last = flag(desk, accounts[8])
    assert done == (False, True)
    house = desk.clearing_house
    assert house.gate_until() == last + HOUR
    for account in [*accounts[:3], *accounts[4:8]]:
        desk.deleverage_next(account)
    assert house.gate_until() == last + HOUR
    desk.deleverage_next(accounts[8])
    assert house.gate_until() == 0


def test_gate_until__eight_lapsed__make_room(desk, long, rich, maker):
    accounts = [long, *(desk.account(maker, 400) for _ in range(8))]
    for account in accounts[1:]:
        desk.trade(account, rich)
    desk.crash(DEAD)
    for account in accounts[:8]:
        flag(desk, account)
    desk.mine(HOUR)
    desk.report(DEAD - WAD)
    assert flag(desk, accounts[8])[0] == (True, True)


def test_gate_until__six_hours_into_a_day__raised_a_last_time(desk, long, rich, maker):
    """The day begins with its first gate. Accounts are free: an hour each would never end."""
    accounts = [long, *(desk.account(maker, 400) for _ in range(3))]
    for account in accounts[1:]:
        desk.trade(account, rich)
    desk.crash(DEAD)
    _, first = flag(desk, accounts[0])

    def at(seconds, account):
        next_block_at(first + seconds - 60)
        desk.report(DEAD)
        next_block_at(first + seconds)
        return flag(desk, account)[0]

    assert at(6 * HOUR, accounts[1]) == (True, True)
    assert at(6 * HOUR + 100, accounts[2]) == (True, False)
    assert desk.clearing_house.gate_until() == first + 7 * HOUR
    assert at(DAY - 1, accounts[2]) == (True, False)
    assert desk.clearing_house.gate_until() == 0
    # A new day, and its own six hours.
    next_block_at(first + DAY)
    assert flag(desk, accounts[2])[0] == (False, True)
    assert at(DAY + 6 * HOUR, accounts[3]) == (True, True)


def test_gate_until__a_second_after_the_six_hours__not_raised(desk, long, rich, maker):
    second = desk.account(maker, 400)
    desk.trade(second, rich)
    desk.crash(DEAD)
    _, first = flag(desk, long)
    next_block_at(first + 6 * HOUR - 60)
    desk.report(DEAD)
    next_block_at(first + 6 * HOUR + 1)
    assert flag(desk, second)[0] == (True, False)
