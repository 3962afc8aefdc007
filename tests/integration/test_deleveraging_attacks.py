"""Attacks on who is closed by deleveraging, by the keeper's list and by counterparties who see it coming."""

import pytest

from tests.helpers.crash import (
    CRASHED,
    NO_COUNTERPARTIES,
    NOT_TOP,
    assert_sound,
    assets,
    closed,
    deleverage,
    deleverage_next,
    dollars,
    fall,
    insure,
    refused,
    told,
    wreck,
)
from tests.helpers.desk import USD, WAD

# A winner's 1,000, its profit of 100 and its haircut of 50.
HAIRCUT = 1_050.0


@pytest.fixture(scope="module")
def crash(desk, bystanders, maker, taker):
    """Winners at 20x, 10x and 5x, and behind them the bystanders' short at 1x."""
    crash = wreck(desk, maker, taker)
    fall(desk)
    assert desk.queue(False) == [*crash.winners, bystanders[2]]
    return crash


LIES = {
    "leaves_the_friend_out": lambda a, b, c, *_: [b, c],
    "leaves_the_second_out": lambda a, b, c, *_: [a, c, b],
    "swaps_two": lambda a, b, c, *_: [b, a, c],
    "repeats_one": lambda a, b, c, *_: [a, a, b, c],
    "repeats_one_later": lambda a, b, c, *_: [a, b, a, c],
    "flat_stranger": lambda a, b, c, long, flat, victim: [flat, b, c],
    "stranger_at_the_end": lambda a, b, c, long, flat, victim: [a, b, flat],
    "never_opened": lambda a, b, c, *_: [a, 2**32 - 1],
    "zero": lambda a, b, c, *_: [0, a],
    "victim_itself": lambda a, b, c, long, flat, victim: [victim, a],
    "wrong_side": lambda a, b, c, long, flat, victim: [a, long, b],
    "alias_above_32_bits": lambda a, b, c, *_: [2**32 + a, b, c],
    "alias_in_the_next_market": lambda a, b, c, *_: [a, (1 << 32) + b, c],
    "alias_of_the_second_by_wrapping": lambda a, b, c, *_: [a, 2**256 - 2**32 + b],
    "largest": lambda a, b, c, *_: [2**256 - 1],
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_keeper__lies(desk, crash, bystanders, lie):
    """A list that names anybody but the top at every step changes nothing, whichever entry is wrong."""
    other_long, flat, _ = bystanders
    with refused(desk, NOT_TOP):
        deleverage(desk, crash.victim, lie(*crash.winners, other_long, flat, crash.victim))


def test_keeper__honest_list__everybody_pays_the_same(desk, crash):
    """The control: 150 short, 50 from each."""
    receipt = deleverage(desk, crash.victim, crash.winners)
    assert closed(desk, receipt) == 3 * WAD
    assert dollars(desk, [*crash.winners, crash.victim]) == [HAIRCUT] * 3 + [0.0]
    assert [e["haircut"] for e in told(desk, receipt, "Deleveraged")] == [50 * USD] * 3
    assert [e["price"] for e in told(desk, receipt, "Deleveraged")] == [3_950 * WAD] * 3
    assert_sound(desk)


def test_keeper__list_too_short(desk, crash):
    """It closes the top, at the price of the whole; what is left is next call's, at the same price."""
    assert closed(desk, deleverage(desk, crash.victim, crash.winners[:1])) == WAD
    assert dollars(desk, crash.winners) == [HAIRCUT, 5_000.0, 5_000.0]
    assert desk.slot(crash.victim).size == 2 * WAD
    assert desk.values(crash.victim)[0] == -100 * USD
    assert_sound(desk)
    with refused(desk, NOT_TOP):
        deleverage(desk, crash.victim, crash.winners)
    assert closed(desk, deleverage(desk, crash.victim, crash.winners[1:])) == 2 * WAD
    assert dollars(desk, [*crash.winners, crash.victim]) == [HAIRCUT] * 3 + [0.0]
    assert_sound(desk)


@pytest.mark.parametrize("junk", [[0], [2**256 - 1], [1, 1, 1], list(range(1, 254))], ids=len)
def test_keeper__list_too_long(desk, crash, junk):
    """Entries after the position is closed are not read."""
    receipt = deleverage(desk, crash.victim, [*crash.winners, *junk])
    assert (closed(desk, receipt), len(told(desk, receipt, "Deleveraged"))) == (3 * WAD, 3)
    assert_sound(desk)


def test_keeper__list_longer_than_the_queue(desk, crash, bystanders):
    """Everybody is used up and the list goes on: the lie undoes the honest part."""
    deleverage(desk, crash.victim, crash.winners)
    move_bankrupt = desk.slot(crash.victim).size
    assert move_bankrupt == 0
    with refused(desk, "position: none"):
        deleverage(desk, crash.victim, [bystanders[2]])


def test_keeper__empty_list_or_no_visits(desk, crash):
    with refused(desk, NO_COUNTERPARTIES):
        deleverage(desk, crash.victim, [])
    with refused(desk, NO_COUNTERPARTIES):
        deleverage_next(desk, crash.victim, 0)


@pytest.mark.parametrize("count", [3, 256, 257, 2**256 - 1])
def test_chain_picks__count_is_only_a_bound(desk, crash, count):
    assert closed(desk, deleverage_next(desk, crash.victim, count)) == 3 * WAD
    assert dollars(desk, [*crash.winners, crash.victim]) == [HAIRCUT] * 3 + [0.0]


@pytest.mark.parametrize(
    ("account", "market_id", "reason"),
    [
        (2**32, 1, "position: none"),
        (0, 1, "position: none"),
        (2**256 - 1, 1, "position: none"),
        (None, 2**32 + 1, "market: not listed"),
        (None, 0, "market: not listed"),
        (None, 65, "market: not listed"),
        (None, 2**256 - 1, "market: not listed"),
    ],
)
def test_ids_that_alias_the_victims(desk, crash, account, market_id, reason):
    """Keys are packed: a larger id must not read the victim's slot as somebody else's."""
    account = crash.victim if account is None else account + (crash.victim if account == 2**32 else 0)
    with refused(desk, reason):
        deleverage(desk, account, crash.winners, market_id)
    with refused(desk, reason):
        deleverage_next(desk, account, 3, market_id)


# -- in front of the transaction


def test_target__changes_its_tier_in_front(desk, crash, taker):
    """From 20x to 5x: it now stands behind the second. The list is refused, the chain's pick goes on."""
    first, second, third = crash.winners
    desk.clearing_house.set_leverage(first, 1, 5, 0, sender=taker)
    with refused(desk, NOT_TOP):
        deleverage(desk, crash.victim, crash.winners)
    receipt = deleverage_next(desk, crash.victim, 3)
    assert [e["counterparty"] for e in told(desk, receipt, "Deleveraged")] == [second, third, first]
    assert dollars(desk, [*crash.winners, crash.victim]) == [HAIRCUT] * 3 + [0.0]
    assert_sound(desk)


def test_target__shrinks_by_a_unit_in_front(desk, crash, bystanders):
    """The list still names the top: what is left open of 3 base is 1e-18, of which no unit of money is
    left."""
    first = crash.winners[0]
    bid = desk.order(first, 1, CRASHED)
    desk.fill(bid, desk.opposite(bid, bystanders[0]))
    assert closed(desk, deleverage(desk, crash.victim, crash.winners)) == 3 * WAD - 1
    assert desk.slot(crash.victim).size == 1
    # Each of three parts was rounded up.
    assert desk.values(crash.victim)[0] == 0
    with refused(desk, "adl: not bankrupt"):
        deleverage_next(desk, crash.victim, 1)
    assert_sound(desk)


def test_target__closes_in_front(desk, crash, bystanders):
    """It realises against a friend at the mark and is no counterparty any more; the others pay no more for
    it.

    The friend's short at 10x and 3,900 has no profit: behind the second and the third, before the 1x
    one's.
    """
    deep = bystanders[2]
    first, second, third = crash.winners
    friend = desk.account(desk.traders[first], 1_000)
    desk.close(first, friend, CRASHED)
    with refused(desk, NOT_TOP):
        deleverage(desk, crash.victim, crash.winners)
    receipt = deleverage_next(desk, crash.victim, 256)
    assert [e["counterparty"] for e in told(desk, receipt, "Deleveraged")] == [second, third, deep]
    assert [e["haircut"] for e in told(desk, receipt, "Deleveraged")] == [50 * USD] * 3
    assert desk.cash(first) == 1_100 * USD
    assert desk.slot(friend).size == -WAD
    assert desk.cash(crash.victim) == 0
    assert_sound(desk)


def test_target__grows_in_front(desk, crash, bystanders):
    """Selling more at the mark moves its entry from 4,000 to 3,920, its rank from first to fourth-to-none."""
    first, second, third = crash.winners
    ask = desk.order(first, -4 * WAD, CRASHED, 20)
    desk.fill(ask, desk.opposite(ask, bystanders[0]))
    with refused(desk, NOT_TOP):
        deleverage(desk, crash.victim, crash.winners)
    receipt = deleverage_next(desk, crash.victim, 256)
    ranks = [e["counterparty"] for e in told(desk, receipt, "Deleveraged")]
    assert ranks == [second, third, first]
    assert desk.slot(first).size == -4 * WAD
    assert_sound(desk)


def test_rescue_in_front(desk, crash, maker):
    """Somebody pays the victim's debt: nobody is closed, not for one unit either way."""
    desk.endow(crash.victim, 150 * USD - 1)
    receipt = deleverage_next(desk, crash.victim, 1)
    assert told(desk, receipt, "Deleveraged")[0]["haircut"] == 1
    desk.endow(crash.victim, 1)
    with refused(desk, "adl: not bankrupt"):
        deleverage_next(desk, crash.victim, 1)


# -- the price


def test_friend_at_rank_1__goes_alone(desk, crash, delegate):
    """The vault has half of the shortfall. One call for the friend, others for the rest: all give up 25."""
    insure(desk, delegate, 75 * USD)
    for winner in crash.winners:
        receipt = deleverage_next(desk, crash.victim, 1)
        visit = told(desk, receipt, "Deleveraged")[0]
        assert (visit["counterparty"], visit["haircut"], visit["price"]) == (winner, 25 * USD, 3_925 * WAD)
    assert dollars(desk, [*crash.winners, crash.victim]) == [1_075.0] * 3 + [0.0]
    assert assets(desk) == 0
    assert_sound(desk)


@pytest.mark.parametrize("capacity", [0, 1, 75 * USD, 150 * USD - 3])
@pytest.mark.parametrize("counts", [(256,), (1, 1, 1), (2, 1), (1, 256)], ids=str)
def test_price__parts_add_up_whatever_the_calls(desk, crash, delegate, capacity, counts):
    """ADL-5 over any cut: what the winners give up and what the vault pays are the shortfall, to the unit."""
    if capacity:
        insure(desk, delegate, capacity)
    for count in counts:
        deleverage_next(desk, crash.victim, count)
    given = sum(1_100 * USD - desk.cash(winner) for winner in crash.winners)
    assert (given, assets(desk), desk.cash(crash.victim)) == (150 * USD - capacity, 0, 0)
    assert_sound(desk)


@pytest.mark.parametrize("debt", [1, 2, 4])
@pytest.mark.parametrize("capacity", [0, 1, 3])
def test_one_unit_of_everything(desk, crash, delegate, debt, capacity):
    """A debt of a few units over three base: one winner a call pays rounded up, the vault rounded down,
    and nobody pays what is not owed. What is left is the vault's as soon as it can meet it."""
    desk.endow(crash.victim, 150 * USD - debt)
    if capacity:
        insure(desk, delegate, capacity)
    paid = 0
    while paid < debt and capacity < debt:
        if desk.lens.insurance_capacity(1) >= debt - paid:
            break
        ended = told(desk, deleverage_next(desk, crash.victim, 1), "DeleveragingEnded")[0]
        paid += ended["haircut"] + ended["insurance_paid"]
        assert desk.values(crash.victim)[0] == paid - debt
    assert (paid == 0) == (capacity >= debt)
    reason = "position: none" if desk.slot(crash.victim).size == 0 else "adl: not bankrupt"
    with refused(desk, reason if paid == debt else "adl: insured"):
        deleverage_next(desk, crash.victim, 1)
    winners = sum(desk.values(winner)[0] for winner in crash.winners)
    assert assets(desk) + winners == 3_300 * USD + capacity - paid
    assert_sound(desk)
