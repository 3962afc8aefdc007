"""Attacks by the order of accounts of equal rank: it is the keeper's to choose, and must cost the queue
nothing."""

from itertools import permutations

import pytest

from tests.helpers.crash import (
    CRASHED,
    NOT_TOP,
    assert_sound,
    deleverage,
    deleverage_next,
    fall,
    refused,
    short,
    told,
    wreck,
)
from tests.helpers.desk import USD, WAD

# At 3,900 a short at 20x has from here exactly the 25 % of one at 10x from 4,000: 3,900 / (1 - 0.0125).
LEVEL = -(-CRASHED * 80 // 79)


@pytest.fixture(scope="module")
def crash(desk, bystanders, maker, taker):
    """Four at 10x and 4,000, in the order of their coming; 200 short, 50 each."""
    crash = wreck(desk, maker, taker, (10, 10, 10, 10))
    fall(desk)
    return crash


@pytest.mark.parametrize("picked", permutations(range(4), 2), ids=str)
def test_two_of_four_in_any_order(desk, crash, picked):
    """Head, middle or tail first: who is named is closed, and the rest stands as it stood."""
    named = [crash.winners[i] for i in picked]
    receipt = deleverage(desk, crash.victim, named)
    assert [e["counterparty"] for e in told(desk, receipt, "Deleveraged")] == named
    left = [w for w in crash.winners if w not in named]
    assert desk.queue(False)[:2] == left
    assert_sound(desk)
    deleverage_next(desk, crash.victim, 2)
    assert [desk.cash(w) for w in (*crash.winners, crash.victim)] == [1_050 * USD] * 4 + [0]
    assert_sound(desk)


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 2, 0, 3), (2, 1, 3, 0), (0, 2, 3, 1)], ids=str)
def test_all_four_in_any_order(desk, crash, order):
    deleverage(desk, crash.victim, [crash.winners[i] for i in order])
    assert [desk.cash(w) for w in (*crash.winners, crash.victim)] == [1_050 * USD] * 4 + [0]
    assert_sound(desk)


def test_partly_closed_in_the_middle__keeps_its_place(desk, crash, bystanders, maker):
    """The last one named is closed in part: it stays where it stood, between its equals."""
    half = desk.order(crash.winners[0], WAD // 2, CRASHED)
    desk.fill(half, desk.opposite(half, bystanders[0]))
    rest = desk.order(crash.winners[3], WAD // 2, CRASHED)
    desk.fill(rest, desk.opposite(rest, bystanders[0]))
    # 4 base against 0.5, 1, 1, 0.5: three named, the second twice in vain.
    first, second, third, fourth = crash.winners
    with refused(desk, NOT_TOP):
        deleverage(desk, crash.victim, [second, second])
    deleverage(desk, crash.victim, [third, first])
    assert desk.queue(False)[:2] == [second, fourth]
    assert_sound(desk)


def test_named_twice_after_being_closed_in_the_middle(desk, crash):
    for doubled in ([1, 1], [2, 0, 2], [0, 0], [3, 3]):
        with refused(desk, NOT_TOP):
            deleverage(desk, crash.victim, [crash.winners[i] for i in doubled])


def test_equal_across_tiers(desk, crash, bystanders, taker):
    """Two at 20x with the same ROE to the last digit: they may stand anywhere between; the chain takes 10x
    first.

    A wei less of entry ranks lower by a digit or stays equal: never before.
    """
    equals = [desk.account(taker, 1_000) for _ in range(2)]
    for account in equals:
        short(desk, account, bystanders[0], price=LEVEL, leverage=20, buyer_leverage=10)
    ranks = {desk.lens.roe(a, 1) for a in (*crash.winners, *equals)}
    assert ranks == {WAD // 4}
    assert desk.queue(False)[:6] == [*crash.winners, *equals]
    mixed = [equals[1], crash.winners[2], equals[0], crash.winners[0]]
    receipt = deleverage(desk, crash.victim, mixed)
    assert [e["counterparty"] for e in told(desk, receipt, "Deleveraged")] == mixed
    assert desk.queue(False)[:2] == [crash.winners[1], crash.winners[3]]
    assert_sound(desk)


def test_passed_over_in_the_middle(desk, crash, taker):
    """A thin one named first among its equals is parked out of their middle; the links around it close."""
    thin = crash.winners[1]
    # 1,100 there; its other leg loses all but 49.
    other = desk.account(taker, 1_000_000)
    market = desk.list_market()
    short(desk, other, thin, WAD, 4_000 * WAD, market_id=market, buyer_leverage=10)
    desk.report(3_600 * WAD, market)
    desk.report(3_240 * WAD, market)
    desk.report(2_949 * WAD, market)
    assert desk.values(thin)[0] < 50 * USD
    order = [crash.winners[2], thin, crash.winners[3]]
    receipt = deleverage(desk, crash.victim, order)
    assert [e["counterparty"] for e in told(desk, receipt, "PassedOver")] == [thin]
    assert desk.queue(False)[0] == crash.winners[0]
    assert_sound(desk, (1, market))
    desk.endow(thin, USD * 100)
    # Relinked it stands behind its equals: who was there first is first.
    desk.clearing_house.relink(thin, 1, 0, sender=taker)
    assert desk.queue(False)[:2] == [crash.winners[0], thin]
    assert_sound(desk, (1, market))
