"""Counterparties that cannot bear their part: passed over, parked, and relink, which brings them back."""

import pytest

from tests.helpers import anvil
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.model.arithmetic import ceil_div
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.unit.waterfall.exact import read_account, visits_of
from tests.unit.waterfall.scene import Scene
from tests.unit.waterfall.sound import assert_linked, assert_sound, refused
from tests.unit.waterfall.storage import set_equity


@pytest.fixture(scope="module", autouse=True)
def wall(desk, debtor, winner):
    """A long of three base owes 300. Shorts a, b, c, d by rank; b is as thin as a short can be."""
    wall = Scene(desk, "long", desk.account(debtor, 1_220))
    wall.meet(winner, better=10)
    wall.meet(winner, better=5, deposit=410)
    wall.meet(winner)
    wall.meet(winner, better=-10, victim=desk.account(debtor, 100_000))
    wall.die()
    assert wall.queue() == wall.others
    return wall


@pytest.fixture
def thin(desk, wall):
    """b, with less than its part of the haircut: its cash is written into storage, a loss elsewhere."""
    b = wall.others[1]
    set_equity(desk, b, 50 * USD)
    return b


def test_deleverage__haircut_above_its_equity__passed_over_and_parked(desk, wall, thin):
    a, b, c, d = wall.others
    before = read_account(desk, wall.victim)
    debt = -before.equity
    per_base = debt / 3
    assert per_base > 50 * USD
    assert desk.deleverage_next(wall.victim).return_value == 3 * WAD
    slot = desk.slot(b)
    assert (slot.size, slot.parked, slot.prev, slot.next, slot.tier) == (-WAD, True, 0, 0, 4)
    assert slot.entry_price == PRICE + 5 * WAD
    assert desk.clearing_house.is_parked(b, 1)
    assert desk.clearing_house.position_count(1, False) == 1
    # a, c and d bear it all.
    assert [desk.slot(i).size for i in (a, c, d)] == [0, 0, 0]
    assert desk.cash(wall.victim) == 0
    assert wall.queue() == []
    assert_linked(desk)


def test_deleverage__passed_over__emits_exactly_this_and_counts_as_a_visit(desk, wall, thin):
    a, b, c, _ = wall.others
    before = read_account(desk, wall.victim)
    parts = visits_of(before, before.legs[0], 0, [WAD, WAD])
    # What b would have been left with: its close is at the mark but for the haircut.
    left = 50 * USD - parts[1][1]
    receipt = desk.deleverage_next(wall.victim, 2)
    assert receipt.return_value == WAD
    (passed,) = desk.named(receipt, "PassedOver")
    assert passed == {
        "account_id": wall.victim,
        "market_id": 1,
        "counterparty": b,
        "rank": 1,
        "equity": left,
    }
    assert [v["counterparty"] for v in desk.named(receipt, "Deleveraged")] == [a]
    assert wall.queue()[0] == c
    assert_linked(desk)


@pytest.mark.parametrize("missing", [0, 1])
def test_deleverage__exactly_its_haircut__pays_it_and_ends_at_zero(desk, wall, thin, missing):
    """ADL-4."""
    a, b, *_ = wall.others
    before = read_account(desk, wall.victim)
    haircut = visits_of(before, before.legs[0], 0, [WAD, WAD])[1][1]
    desk.endow(b, haircut - 50 * USD - missing)
    desk.deleverage(wall.victim, [a, b])
    if missing:
        assert desk.clearing_house.is_parked(b, 1)
        assert desk.equity(b) == haircut - 1
    else:
        assert (desk.cash(b), desk.slot(b).size) == (0, 0)
    assert_linked(desk)


def test_deleverage__named_and_passed_over__the_list_goes_on(desk, wall, thin):
    a, b, c, d = wall.others
    receipt = desk.deleverage(wall.victim, [a, b, c, d])
    assert receipt.return_value == 3 * WAD
    assert [v["rank"] for v in desk.named(receipt, "Deleveraged")] == [0, 2, 3]


def test_deleverage__only_passed_over__closes_nothing_and_lasts(desk, wall, thin):
    """Every call makes progress: the thin one is out of the way."""
    _a, _b, c, d = wall.others
    desk.deleverage_next(wall.victim, 1)
    receipt = desk.deleverage_next(wall.victim, 1)
    assert receipt.return_value == 0
    (ended,) = desk.named(receipt, "DeleveragingEnded")
    assert (ended["closed"], ended["left"], ended["haircut"], ended["insurance_paid"]) == (0, 2 * WAD, 0, 0)
    assert wall.queue() == [c, d]
    assert_linked(desk)
    assert desk.deleverage_next(wall.victim, 1).return_value == WAD


def test_deleverage__parked_before__is_not_visited_again(desk, wall, thin):
    _a, b, c, _ = wall.others
    desk.deleverage_next(wall.victim, 2)
    receipt = desk.deleverage_next(wall.victim, 1)
    assert [v["counterparty"] for v in desk.named(receipt, "Deleveraged")] == [c]
    with refused(desk, "adl: not top ranked"):
        desk.deleverage(wall.victim, [b])


def test_deleverage__queue_ends_first__rest_stays_open_for_the_next_call(desk, wall, thin):
    _a, b, _c, d = wall.others
    set_equity(desk, d, 1)
    receipt = desk.deleverage_next(wall.victim)
    assert receipt.return_value == 2 * WAD
    assert [desk.clearing_house.is_parked(i, 1) for i in (b, d)] == [True, True]
    assert desk.slot(wall.victim).size == WAD
    with refused(desk, "adl: no counterparties"):
        desk.deleverage_next(wall.victim)
    with refused(desk, "adl: not top ranked"):
        desk.deleverage(wall.victim, [b])
    desk.endow(b, 1_000 * USD)
    desk.clearing_house.relink(b, 1, 0, sender=desk.owner)
    assert desk.deleverage_next(wall.victim).return_value == WAD
    assert desk.cash(wall.victim) == 0
    assert_linked(desk)


def test_deleverage__partly_needed_and_too_thin__is_parked_whole(desk, wall, thin, debtor, winner):
    """Half of b is needed: it is judged with the half that would stay, at the mark."""
    _a, b, *_ = wall.others
    desk.deleverage_next(wall.victim, 1)
    before = read_account(desk, wall.victim)
    haircut = visits_of(before, before.legs[0], 0, [WAD])[0][1]
    assert haircut > 50 * USD
    receipt = desk.deleverage(wall.victim, [b])
    (passed,) = desk.named(receipt, "PassedOver")
    assert passed["equity"] == 50 * USD - haircut
    assert desk.slot(b).size == -WAD


# ---- the bankrupt one is parked itself


def test_deleverage__parked_bankrupt__is_closed_all_the_same(desk, wall, thin, debtor, bystander):
    """b is passed over, then bankrupt itself: in part and wholly, with its count."""
    _a, b, _c, _d = wall.others
    desk.deleverage_next(wall.victim)
    assert desk.clearing_house.is_parked(b, 1)
    long = desk.account(bystander, 100_000)
    desk.crash(3_700 * WAD)
    assert desk.clearing_house.is_bankrupt(b)
    queue = desk.queue(True)
    assert len(queue) == 1
    desk.deleverage_next(b, 1)
    assert (desk.cash(b), desk.slot(b).size) == (0, 0)
    assert not desk.clearing_house.is_parked(b, 1)
    assert desk.clearing_house.position_count(1, False) == 0
    assert_linked(desk)
    assert desk.cash(long) == 100_000 * USD


def test_liquidate__parked__part_stays_parked(desk, wall, thin, liquidator):
    _a, b, _c, _d = wall.others
    desk.deleverage_next(wall.victim, 2)
    rescuer = desk.account(liquidator, 100_000)
    # b has 50 and needs 17.5; at 3,540 it has 10.
    desk.crash(3_540 * WAD)
    desk.liquidate(b, rescuer, WAD // 10)
    slot = desk.slot(b)
    assert (slot.size, slot.parked, slot.prev, slot.next) == (-WAD * 9 // 10, True, 0, 0)
    desk.liquidate(b, rescuer, WAD // 10)
    assert_linked(desk)


# ---- counterparties with several positions


def test_deleverage__counterparty_in_other_markets__its_whole_equity_counts(desk, wall, debtor, winner):
    """c's wealth is the 400 it won in market 2; with 90 less it cannot pay, with 90 more it can."""
    _a, _b, c, _d = wall.others
    market = desk.list_market(1_000 * WAD, PLAIN)
    rich = desk.account(debtor, 100_000)
    desk.trade(c, rich, 10 * WAD, 1_000 * WAD, 10, market)
    set_equity(desk, c, 0)
    desk.crash(1_009 * WAD, market)
    assert desk.equity(c) == 90 * USD
    desk.deleverage_next(wall.victim, 2)
    haircut = -desk.equity(wall.victim)
    assert haircut > 90 * USD
    desk.deleverage_next(wall.victim, 1)
    assert desk.clearing_house.is_parked(c, 1)
    desk.crash(1_020 * WAD, market)
    desk.clearing_house.relink(c, 1, 0, sender=desk.owner)
    desk.deleverage_next(wall.victim, 1)
    assert desk.slot(c).size == 0
    assert list(desk.lens.open_markets(c)) == [market]
    assert desk.equity(c) == 200 * USD - haircut
    assert_linked(desk)


def test_deleverage__first_of_two_markets_closed__the_other_moves_down(desk, wall, debtor):
    a = wall.others[0]
    market = desk.list_market(1_000 * WAD, PLAIN)
    desk.trade(a, desk.account(debtor, 10_000), WAD, 1_000 * WAD, 10, market)
    word = desk.clearing_house.account_word(a)
    assert word >> 128 & 2**64 - 1 == 1 | market << 8
    desk.deleverage_next(wall.victim, 1)
    assert desk.clearing_house.account_word(a) >> 128 == market
    assert_sound(desk)


@pytest.mark.parametrize("gain", [90, 110])
def test_deleverage__counterpartys_dead_leg__counts_at_its_last_price(desk, wall, debtor, gain):
    """Never by itself a reason, and no favour either: 50 % more would carry any haircut."""
    a = wall.others[0]
    market = desk.list_market(1_000 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=60))
    desk.trade(a, desk.account(debtor, 100_000), WAD, 1_000 * WAD, 10, market)
    desk.crash((1_000 + gain) * WAD, market)
    set_equity(desk, a, gain * USD)
    desk.mine(61)
    assert not desk.router.peek(market).valid
    haircut = ceil_div(-desk.equity(wall.victim), 3)
    assert 90 * USD < haircut < 110 * USD
    receipt = desk.deleverage_next(wall.victim, 1)
    if gain == 90:
        (passed,) = desk.named(receipt, "PassedOver")
        assert passed["equity"] == 90 * USD - haircut
    else:
        assert desk.slot(a).size == 0
    assert_linked(desk)


def test_deleverage__one_market_for_many__each_ones_own_leg(desk, wall, debtor):
    """Prices of other markets are asked for once: two counterparties, long and short there."""
    a, b, *_ = wall.others
    market = desk.list_market(1_000 * WAD, PLAIN)
    desk.endow(b, 1_000 * USD)
    desk.trade(a, b, WAD, 1_000 * WAD, 10, market)
    desk.crash(1_050 * WAD, market)
    before = [desk.equity(i) for i in (a, b)]
    paid = read_account(desk, wall.victim)
    haircuts = [g for _, g in visits_of(paid, paid.legs[0], 0, [WAD, WAD])]
    desk.deleverage_next(wall.victim, 2)
    assert [desk.equity(i) for i in (a, b)] == [e - g for e, g in zip(before, haircuts, strict=True)]
    assert_sound(desk)


def test_deleverage__bankrupt_with_a_dead_leg__in_its_favour(desk, wall, debtor, winner):
    """At the last price of market 2 it owes 100, 50 % higher 20."""
    desk.crash(PRICE)
    market = desk.list_market(1_000 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=60))
    account, rich = desk.account(debtor, 500), desk.account(winner, 100_000)
    desk.trade(account, rich)
    desk.report(1_000 * WAD, market)
    desk.trade(account, rich, WAD * 16 // 100, 1_000 * WAD, 10, market)
    desk.mine(61)
    desk.crash(3_420 * WAD)
    with refused(desk, "adl: not bankrupt"):
        desk.deleverage_next(account)
    desk.crash(3_400 * WAD)
    receipt = desk.deleverage_next(account)
    (ended,) = desk.named(receipt, "DeleveragingEnded")
    assert (ended["shortfall"], ended["haircut"]) == (20 * USD, 20 * USD)
    assert list(desk.lens.open_markets(account)) == [market]
    assert_sound(desk)


# ---- relink


@pytest.fixture
def parked(desk, wall, thin):
    desk.deleverage_next(wall.victim, 2)
    return thin


def relink(desk, account, market=1, hint=0, sender=None):
    return desk.clearing_house.relink(account, market, hint, sender=sender or desk.owner)


def test_relink__equity__back_at_its_place_by_anyone(desk, wall, parked, stranger):
    """Entry and tier are what they were: in front of c and d."""
    _a, b, c, d = wall.others
    receipt = relink(desk, b, sender=stranger)
    assert desk.events(receipt) == [("Relinked", {"account_id": b, "market_id": 1})]
    assert wall.queue() == [b, c, d]
    slot = desk.slot(b)
    assert (slot.size, slot.entry_price, slot.tier, slot.parked) == (-WAD, PRICE + 5 * WAD, 4, False)
    assert not desk.clearing_house.is_parked(b, 1)
    assert_linked(desk)


@pytest.mark.parametrize("equity", [0, -1, 1])
def test_relink__no_equity__reverts(desk, wall, parked, equity):
    set_equity(desk, parked, equity)
    if equity <= 0:
        with refused(desk, "relink: no equity"):
            relink(desk, parked)
    else:
        relink(desk, parked)


def test_relink__not_parked__reverts(desk, wall):
    with refused(desk, "queue: not parked"):
        relink(desk, wall.others[0])


@pytest.mark.parametrize(
    ("account", "market"), [(0, 1), (99, 1), (2, 2), (2, 65), (2**32 + 2, 0), (2, 2**224 + 1)]
)
def test_relink__no_position__reverts(desk, wall, parked, account, market):
    with refused(desk, "position: none"):
        relink(desk, account, market)


def test_relink__no_price__at_the_last_one(desk, wall, parked):
    desk.mine(2 * 3_600 + 1)
    relink(desk, parked)
    assert not desk.clearing_house.is_parked(parked, 1)


def test_relink__hint__is_used_and_a_bad_one_refused(desk, wall, parked):
    _a, b, c, d = wall.others
    house = desk.clearing_house
    word = house.position_slot(1, c)
    loop = word & ~(2**32 - 1 << 216) | c << 216
    # c stands behind itself and before b for good.
    ahead = loop & ~(2**88 - 1 << 96) | 4_006 * WAD << 96
    anvil.poke(house, word, ahead, key=1 << 32 | c)
    with refused(desk, "queue: bad hint"):
        relink(desk, b)
    anvil.poke(house, ahead, word, key=1 << 32 | c)
    relink(desk, b, hint=d)
    assert wall.queue() == [b, c, d]


def test_relink__twice__reverts(desk, wall, parked):
    relink(desk, parked)
    with refused(desk, "queue: not parked"):
        relink(desk, parked)


def test_relink__own_trade_or_leverage__do_it_too(desk, wall, parked, winner):
    desk.endow(parked, 10_000 * USD)
    desk.clearing_house.set_leverage(parked, 1, 10, 0, sender=winner)
    assert wall.queue()[0] == parked
    assert_linked(desk)
