"""Attacks with and on bankruptcy flags and the gate that they raise."""

import pytest

from tests.helpers.crash import (
    CRASHED,
    assert_sound,
    assets,
    deleverage_next,
    equities,
    fall,
    flag,
    flagged_at,
    insure,
    liquidate,
    move,
    refused,
    short,
    told,
    wreck,
)
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.reading import now

GRACE, LIFE, HOUR, DAY = 300, 3_600, 3_600, 86_400
INSURED = "adl: insured"


@pytest.fixture(scope="module")
def crash(desk, bystanders, maker, taker):
    crash = wreck(desk, maker, taker)
    fall(desk)
    return crash


@pytest.fixture
def insured(desk, crash, delegate):
    insure(desk, delegate, 200 * USD)
    return crash


# -- flags


def test_flag__grace_to_the_second(desk, insured):
    """While the vault can pay the winners are closed at the mark, and not before somebody could take it
    over."""
    flag(desk, insured.victim)
    start = flagged_at(desk, insured.victim)
    desk.wait(GRACE - 1)
    with refused(desk, INSURED):
        deleverage_next(desk, insured.victim)
    desk.wait(start + GRACE - now())
    deleverage_next(desk, insured.victim)
    assert [desk.cash(winner) for winner in insured.winners] == [1_100 * USD] * 3
    assert assets(desk) == 50 * USD
    assert_sound(desk)


@pytest.mark.parametrize(
    ("age", "counts"), [(GRACE + LIFE, True), (GRACE + LIFE + 1, False), (31 * DAY, False)]
)
def test_flag_from_last_month(desk, insured, age, counts):
    """An hour after its grace a flag is none; it can then be set anew, and has its grace again."""
    flag(desk, insured.victim)
    start = flagged_at(desk, insured.victim)
    desk.mine(age - 2)
    fall(desk)
    desk.wait(start + age - now())
    if counts:
        with refused(desk, "flag: already flagged"):
            flag(desk, insured.victim)
        desk.wait(start + age - now())
        deleverage_next(desk, insured.victim)
        return
    with refused(desk, INSURED):
        deleverage_next(desk, insured.victim)
    flag(desk, insured.victim)
    assert flagged_at(desk, insured.victim) > start
    with refused(desk, INSURED):
        deleverage_next(desk, insured.victim)


def test_flag__cleared_by_withdrawing_nothing(desk, insured, maker):
    """The bankrupt owner takes out 0 before the grace is over, again and again: the flag stays."""
    flag(desk, insured.victim)
    stood = flagged_at(desk, insured.victim)
    desk.clearing_house.withdraw(insured.victim, 0, maker, sender=maker)
    desk.clearing_house.set_leverage(insured.victim, 1, 100, 0, sender=maker)
    desk.clearing_house.deposit(insured.victim, 0, sender=maker)
    desk.endow(insured.victim, 150 * USD - 1)
    assert flagged_at(desk, insured.victim) == stood
    with refused(desk, "flag: already flagged"):
        flag(desk, insured.victim)
    desk.mine(GRACE)
    deleverage_next(desk, insured.victim)
    assert desk.cash(insured.victim) == 0


def test_flag__of_a_solvent_account(desk, insured, bystanders):
    for account in (insured.winners[0], *bystanders):
        with refused(desk, "flag: not bankrupt"):
            flag(desk, account)
    for account in (0, 2**32 + insured.victim, 2**256 - 1):
        with refused(desk, "account: unknown"):
            flag(desk, account)


# -- the bank run


def test_bank_run__winner_realises_against_its_second_account(desk, crash, taker):
    """It closes its short at the mark against itself and would leave with 1,100: not once somebody has
    flagged."""
    first = crash.winners[0]
    second = desk.account(taker, 500)
    flag(desk, crash.victim)
    short(desk, second, first, price=CRASHED)
    assert desk.values(first)[3] == 1_100 * USD
    with refused(desk, "withdraw: gated"):
        desk.clearing_house.withdraw(first, 1, taker, sender=taker)
    with refused(desk, "withdraw: gated"):
        desk.clearing_house.withdraw(first, 0, taker, sender=taker)
    deleverage_next(desk, crash.victim, 256)
    assert desk.clearing_house.gate_until() == 0
    desk.clearing_house.withdraw(first, 1_100 * USD, taker, sender=taker)
    assert_sound(desk)


def test_gate__lasts_an_hour_to_the_second(desk, crash, taker):
    first = crash.winners[0]
    spare = desk.cash(first) - 4_500 * USD
    receipt = flag(desk, crash.victim)
    until = told(desk, receipt, "GateRaised")[0]["until"]
    assert (until, desk.clearing_house.gate_until()) == (now() + HOUR, now() + HOUR)
    desk.wait(HOUR - 1)
    with refused(desk, "withdraw: gated"):
        desk.clearing_house.withdraw(first, spare, taker, sender=taker)
    desk.wait(until - now())
    desk.clearing_house.withdraw(first, spare, taker, sender=taker)


@pytest.mark.parametrize("missing", [0, 1])
def test_gate_floor(desk, crash, delegate, missing):
    """A shortfall of the vault's capacity and the floor raises nothing; a unit more does."""
    insure(desk, delegate, 100 * USD)
    desk.vault.set_gate_floor(50 * USD - missing, sender=desk.owner)
    flag(desk, crash.victim)
    assert (desk.clearing_house.gate_until() != 0) == bool(missing)


def test_gate__falls_when_the_debt_is_paid(desk, crash, maker, taker):
    """Paid in by anybody, and any call that sees it: no need to wait the hour out."""
    flag(desk, crash.victim)
    desk.endow(crash.victim, 150 * USD)
    with refused(desk, "withdraw: gated"):
        desk.clearing_house.withdraw(crash.winners[0], 1, taker, sender=taker)
    flag(desk, crash.victim)
    desk.clearing_house.withdraw(crash.winners[0], 1, taker, sender=taker)
    assert flagged_at(desk, crash.victim) == 0


@pytest.fixture
def broke(desk, crash, maker, taker):
    """Sixteen accounts of one owner, a hundredth base each bought at 4,000, bankrupt at 3,900 again."""
    move(desk, PRICE)
    other = desk.account(taker, 10_000)
    accounts = []
    for _ in range(16):
        accounts.append(desk.account(maker))
        desk.endow(accounts[-1], 400_000)
        short(desk, other, accounts[-1], WAD // 100)
    fall(desk)
    return accounts


def test_gate__raised_by_self_made_bankruptcies_again_and_again(desk, broke):
    """Accounts are free, so a limit for each is none: all gates together are raised within six hours of a
    day."""
    raised = []
    for account in broke[:9]:
        raised.append(len(told(desk, flag(desk, account), "GateRaised")))
        desk.mine(HOUR)
        fall(desk)
    assert raised == [1] * 6 + [0] * 3
    assert desk.clearing_house.gate_until() == 0
    # A day after the first it may be raised again.
    desk.mine(DAY - 9 * HOUR)
    fall(desk)
    assert len(told(desk, flag(desk, broke[9]), "GateRaised")) == 1


def test_gate__eight_hold_it_at_most(desk, broke, crash):
    """Nine in a row: the ninth finds no room, is flagged all the same, and raises it when there is room
    again."""
    for account in broke[:8]:
        assert len(told(desk, flag(desk, account), "GateRaised")) == 1
    ninth = flag(desk, crash.victim)
    assert (len(told(desk, ninth, "Flagged")), len(told(desk, ninth, "GateRaised"))) == (1, 0)
    with refused(desk, "flag: already flagged"):
        flag(desk, crash.victim)
    # One is resolved: the gate stays for the others', and the ninth may have the place.
    deleverage_next(desk, broke[0], 256)
    assert desk.clearing_house.gate_until() != 0
    assert len(told(desk, flag(desk, crash.victim), "GateRaised")) == 1
    for account in (*broke[1:8], crash.victim):
        deleverage_next(desk, account, 256)
    assert desk.clearing_house.gate_until() == 0
    assert_sound(desk)


def test_gate__once_a_day_for_an_account(desk, crash):
    """Recovered and bankrupt again within the day, it is flagged and gates nobody; a day later it does."""
    flag(desk, crash.victim)
    raised = now()
    move(desk, PRICE)
    flag(desk, crash.victim)
    assert desk.clearing_house.gate_until() == 0
    fall(desk)
    assert told(desk, flag(desk, crash.victim), "GateRaised") == []
    desk.mine(DAY - HOUR)
    fall(desk)
    flag(desk, crash.victim)
    assert desk.clearing_house.gate_until() == 0
    desk.wait(raised + DAY - now())
    assert len(told(desk, flag(desk, crash.victim), "GateRaised")) == 1


def test_gate__stops_nothing_but_exits(desk, crash, bystanders, taker, stranger, delegate):
    """Deposits, trades, takeovers, the vault's deposits and deleveraging go on."""
    flag(desk, crash.victim)
    first = crash.winners[0]
    desk.endow(first, USD)
    short(desk, first, bystanders[0], WAD // 10, CRASHED)
    desk.clearing_house.set_leverage(first, 1, 5, 0, sender=taker)
    insure(desk, delegate, 200 * USD)
    desk.vault.request_redeem(1, sender=delegate)
    desk.vault.collect(sender=stranger)
    liquidator = desk.account(stranger, 10_000)
    liquidate(desk, crash.victim, liquidator)
    assert desk.clearing_house.gate_until() == 0
    assert equities(desk, [crash.victim]) == 0
    assert_sound(desk)
