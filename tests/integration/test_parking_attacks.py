"""Attacks by and on accounts too thin for their share of a deleveraging: they are passed over and parked."""

import pytest

from tests.helpers.crash import (
    NO_COUNTERPARTIES,
    NOT_TOP,
    assert_sound,
    closed,
    deleverage,
    deleverage_next,
    fall,
    flag,
    flagged_at,
    refused,
    short,
    told,
    wreck,
)
from tests.helpers.desk import USD, WAD

pytestmark = pytest.mark.usefixtures("bystanders")


@pytest.fixture
def dusty(desk, bystanders, maker, taker, stranger):
    """Twelve shorts of 0.01 at 100x opened at 3,910 with 0.40: the best rank, less equity than a haircut
    of 50 per base. Behind them winners at 5x."""
    crash = wreck(desk, maker, taker, (5, 5, 5))
    fall(desk, 3_910 * WAD)
    dust = []
    for _ in range(12):
        dust.append(desk.account(stranger))
        desk.endow(dust[-1], 400_000 - 1)
        short(desk, dust[-1], bystanders[0], WAD // 100, 3_910 * WAD, 100)
    fall(desk)
    assert desk.queue(False)[:15] == [*dust, *crash.winners]
    return crash, dust


def test_wall_of_dust__bounded_calls_get_through(desk, dusty):
    """Each call makes lasting progress: two parked, two parked, ... then the winners. Nothing was taken
    from them."""
    crash, dust = dusty
    for call in range(6):
        receipt = deleverage_next(desk, crash.victim, 2)
        assert closed(desk, receipt) == 0
        passed = told(desk, receipt, "PassedOver")
        assert [e["counterparty"] for e in passed] == dust[2 * call : 2 * call + 2]
        # 0.399999 and 0.10 of profit, against 0.50
        assert [e["equity"] for e in passed] == [-1, -1]
    assert closed(desk, deleverage_next(desk, crash.victim, 2)) == 2 * WAD
    assert closed(desk, deleverage(desk, crash.victim, crash.winners[2:])) == WAD
    assert desk.cash(crash.victim) == 0
    assert [desk.clearing_house.is_parked(account, 1) for account in dust] == [True] * 12
    assert_sound(desk)


def test_wall_of_dust__verified_list_must_name_it(desk, dusty):
    """Leaving the dust out is a lie although it would be passed over; naming it parks it."""
    crash, dust = dusty
    with refused(desk, NOT_TOP):
        deleverage(desk, crash.victim, crash.winners)
    assert closed(desk, deleverage(desk, crash.victim, [*dust, *crash.winners])) == 3 * WAD
    assert_sound(desk)


def test_wall_of_dust__with_a_unit_more_is_closed(desk, dusty, stranger):
    """Exactly the haircut is enough: it ends at 0, and is no bankrupt-to-be."""
    crash, dust = dusty
    desk.endow(dust[0], 1)
    receipt = deleverage_next(desk, crash.victim, 2)
    assert [e["haircut"] for e in told(desk, receipt, "Deleveraged")] == [500_000]
    assert desk.cash(dust[0]) == 0
    assert desk.slot(dust[0]).size == 0
    assert desk.clearing_house.is_parked(dust[1], 1)


def test_wall_of_dust__is_relinked_by_its_owner_in_front(desk, dusty, stranger):
    """Who relinks the wall in front of every call pays a transaction for each visit it costs, and nobody
    reverts."""
    crash, dust = dusty
    deleverage_next(desk, crash.victim, 12)
    for account in dust[:3]:
        desk.clearing_house.relink(account, 1, 0, sender=stranger)
    with refused(desk, "queue: not parked"):
        desk.clearing_house.relink(dust[0], 1, 0, sender=stranger)
    receipt = deleverage_next(desk, crash.victim, 4)
    assert [e["counterparty"] for e in told(desk, receipt, "PassedOver")] == dust[:3]
    assert closed(desk, receipt) == WAD
    # It also makes a keeper's list wrong; the chain's own pick is never.
    desk.clearing_house.relink(dust[0], 1, 0, sender=stranger)
    with refused(desk, NOT_TOP):
        deleverage(desk, crash.victim, crash.winners[1:])
    assert closed(desk, deleverage_next(desk, crash.victim, 256)) == 2 * WAD
    assert desk.cash(crash.victim) == 0
    assert_sound(desk)


def test_parking_oneself__lasts_until_anybody_says_otherwise(desk, dusty, bystanders, keeper):
    """Thin while the round passes, rich afterwards: out of the queue, and back at its old place by a
    keeper's call."""
    crash, dust = dusty
    deleverage_next(desk, crash.victim, 12)
    desk.endow(dust[3], 100 * USD)
    assert dust[3] not in desk.queue(False)
    desk.clearing_house.relink(dust[3], 1, 0, sender=keeper)
    assert desk.queue(False)[0] == dust[3]
    receipt = deleverage_next(desk, crash.victim, 256)
    visits = told(desk, receipt, "Deleveraged")
    assert [e["counterparty"] for e in visits] == [dust[3], *crash.winners]
    # Floor and ceiling: 0.50 of its 100.499999
    assert desk.cash(dust[3]) == 100 * USD - 1
    assert_sound(desk)


@pytest.fixture
def hopeless(desk, maker, taker, delegate):
    """The only shorts opened at 3,910 at 100x: 39.1 and 10 of profit each, less than a haircut of 50.

    Their long side was handed over by the winners, who took the profit and are flat.
    """
    crash = wreck(desk, maker, taker)
    fall(desk, 3_910 * WAD)
    thin = []
    for winner in crash.winners:
        thin.append(desk.account(delegate))
        desk.endow(thin[-1], 39_100_000)
        short(desk, thin[-1], winner, price=3_910 * WAD, leverage=100)
    fall(desk)
    return crash.victim, thin


def test_only_counterparties_insolvent__nobody_is_pushed_under(desk, bystanders, hopeless, keeper):
    """All are passed over, one deep 1x short is left; without it the position stays open, and no call
    hangs."""
    victim, thin = hopeless
    receipt = deleverage_next(desk, victim, 3)
    assert closed(desk, receipt) == 0
    assert [e["counterparty"] for e in told(desk, receipt, "PassedOver")] == thin
    ended = told(desk, receipt, "DeleveragingEnded")[0]
    assert (ended["closed"], ended["left"], ended["haircut"]) == (0, 3 * WAD, 0)
    assert desk.values(victim)[0] == -150 * USD
    # The bystander's one base is all that is left.
    assert closed(desk, deleverage_next(desk, victim, 256)) == WAD
    with refused(desk, NO_COUNTERPARTIES):
        deleverage_next(desk, victim, 256)
    with refused(desk, NOT_TOP):
        deleverage(desk, victim, thin)
    # Relinked they are passed over again, and at 3,925: 24.10 there, 25 to pay.
    for account in thin:
        desk.clearing_house.relink(account, 1, 0, sender=keeper)
    assert closed(desk, deleverage_next(desk, victim, 256)) == 0
    fall(desk, 3_925 * WAD)
    for account in thin:
        desk.clearing_house.relink(account, 1, 0, sender=keeper)
    # -150 + 50 from the bystander + 2 * 25; 50 over 2 base.
    assert desk.values(victim)[0] == -50 * USD
    assert closed(desk, deleverage_next(desk, victim, 256)) == 0
    assert_sound(desk)


def test_parked__with_nothing_left_stays_out(desk, bystanders, hopeless, keeper):
    """ "relink: no equity" at exactly 0; with a unit it may stand again."""
    victim, thin = hopeless
    deleverage_next(desk, victim, 3)
    fall(desk, 3_949_100_000 * 10**12)
    with refused(desk, "relink: no equity"):
        desk.clearing_house.relink(thin[0], 1, 0, sender=keeper)
    desk.endow(thin[0], 1)
    desk.clearing_house.relink(thin[0], 1, 0, sender=keeper)
    assert thin[0] in desk.queue(False)


def test_insolvent_counterparty__its_flag_stays(desk, bystanders, hopeless, keeper):
    """Passed over it is still as bankrupt as it was: only a call that sees equity clears its flag.

    At 3,955 each of the thin has 39.1 - 45: flagged. The victim is not bankrupt there; at 3,900 again it is.
    """
    victim, thin = hopeless
    fall(desk, 3_955 * WAD)
    flag(desk, thin[0])
    fall(desk, 3_960 * WAD)
    flag(desk, thin[1])
    fall(desk)
    stood = [flagged_at(desk, account) for account in thin]
    assert [bool(time) for time in stood] == [True, True, False]
    deleverage_next(desk, victim, 3)
    assert [flagged_at(desk, account) for account in thin] == stood
    desk.endow(thin[2], 100 * USD)
    desk.endow(thin[0], 100 * USD)
    for account in thin:
        desk.clearing_house.relink(account, 1, 0, sender=keeper)
    receipt = deleverage_next(desk, victim, 3)
    assert [e["counterparty"] for e in told(desk, receipt, "Deleveraged")] == [thin[0], thin[2]]
    assert [flagged_at(desk, account) for account in thin] == [0, stood[1], 0]
    with refused(desk, "flag: not bankrupt"):
        flag(desk, thin[0])
    flag(desk, thin[1])
    assert flagged_at(desk, thin[1]) == 0
    assert_sound(desk)
