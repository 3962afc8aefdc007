"""deleverage_next: whoever is at the top of the other side, in its order, at one price."""

import itertools

import pytest

from tests.helpers import anvil
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import PLAIN
from tests.helpers.reading import holding
from tests.unit.waterfall.exact import read_account, visits_of
from tests.unit.waterfall.scene import Scene
from tests.unit.waterfall.sound import assert_linked, assert_sound, refused
from tests.unit.waterfall.storage import set_equity, set_index

GAP = 2 * 3_600 + 1


pytestmark = pytest.mark.parametrize("side", ["long", "short"])


@pytest.fixture
def scene(desk, debtor, winner, side):
    """Three base, 1,200 deposited: at the mark 300 are owed. ROE 2.54 (20x), 1.25 and 1.23 (10x)."""
    scene = Scene(desk, side, desk.account(debtor, 1_200))
    scene.meet(winner)
    scene.meet(winner, better=10, leverage=20)
    scene.meet(winner, better=-10)
    scene.die()
    return scene


def cash_of(desk, accounts):
    return [desk.cash(account) for account in accounts]


def test_deleverage_next__whole_queue__everyone_at_the_bankruptcy_price(desk, scene):
    """ADL-3, ADL-5: the account ends at exactly 0 and the haircut is what it owed."""
    first, second, third = order = [scene.others[i] for i in (1, 0, 2)]
    assert scene.queue() == [first, second, third]
    before = read_account(desk, scene.victim)
    leg, wealth = before.legs[0], cash_of(desk, order)
    assert before.equity == -300 * USD
    assert desk.deleverage_next(scene.victim).return_value == 3 * WAD
    paid = visits_of(before, leg, 0, [WAD] * 3)
    assert sum(haircut for _, haircut in paid) == before.shortfall(leg) == 300 * USD
    assert cash_of(desk, order) == [w - dv - g for w, (dv, g) in zip(wealth, paid, strict=True)]
    assert (desk.cash(scene.victim), holding(desk, scene.victim)) == (0, (0, 0, 0))
    assert [holding(desk, i) for i in order] == [(0, 0, 0)] * 3
    assert [list(desk.lens.open_markets(i)) for i in (scene.victim, *order)] == [[]] * 4
    assert (desk.clearing_house.open_interest(1), scene.queue()) == (0, [])
    assert_sound(desk)


@pytest.mark.parametrize("count", [1, 2])
def test_deleverage_next__limited__the_top_and_the_next_call_goes_on(desk, scene, count):
    """ADL-2. What is left of the account owes what is left of the debt."""
    order = scene.queue()
    assert desk.deleverage_next(scene.victim, count).return_value == count * WAD
    assert scene.queue() == order[count:]
    assert desk.equity(scene.victim) == -300 * USD + count * 100 * USD
    assert abs(desk.slot(scene.victim).size) == (3 - count) * WAD
    assert desk.clearing_house.open_interest(1) == (3 - count) * WAD
    assert_sound(desk)
    assert desk.deleverage_next(scene.victim).return_value == (3 - count) * WAD
    assert desk.cash(scene.victim) == 0
    assert_sound(desk)


@pytest.mark.parametrize("count", [3, 256, 257, 2**256 - 1])
def test_deleverage_next__more_than_needed__stops_by_itself(desk, scene, count):
    assert desk.deleverage_next(scene.victim, count).return_value == 3 * WAD


def test_deleverage_next__nobody_asked_for__reverts(desk, scene):
    with refused(desk, "adl: no counterparties"):
        desk.deleverage_next(scene.victim, 0)


def test_deleverage_next__anyone__may(desk, scene, stranger):
    receipt = desk.clearing_house.deleverage_next(scene.victim, 1, 256, sender=stranger)
    assert receipt.return_value == 3 * WAD


@pytest.mark.parametrize("market_id", [0, 2, 65, 2**224 + 1, 2**256 - 1])
def test_deleverage_next__no_such_market__reverts(desk, scene, market_id):
    with refused(desk, "market: not listed"):
        desk.deleverage_next(scene.victim, 0, market_id)


def test_deleverage_next__no_valid_price__reverts(desk, scene):
    desk.mine(GAP)
    for account in (scene.victim, 99):
        with refused(desk, "oracle: no valid price"):
            desk.deleverage_next(account)


@pytest.mark.parametrize("account_id", [0, 99, 2**32, 2**32 + 1, 2**224 + 1, 2**256 - 1])
def test_deleverage_next__unknown_account__reverts(desk, scene, account_id):
    with refused(desk, "position: none"):
        desk.deleverage_next(account_id, 0)


def test_deleverage_next__no_position__reverts(desk, scene, debtor):
    market = desk.list_market(params=PLAIN)
    for account, market_id in ((scene.victim, market), (desk.account(debtor), 1)):
        with refused(desk, "position: none"):
            desk.deleverage_next(account, 0, market_id)


def test_deleverage_next__not_bankrupt__reverts(desk, scene):
    """ADL-1. Liquidatable is not enough, nor is equity 0."""
    for account in (scene.others[0], scene.victim):
        if account == scene.victim:
            desk.endow(scene.victim, 300 * USD)
            assert desk.equity(scene.victim) == 0
        with refused(desk, "adl: not bankrupt"):
            desk.deleverage_next(account, 0)


def test_deleverage_next__a_unit_below_zero__may(desk, scene):
    desk.endow(scene.victim, 300 * USD - 1)
    assert desk.deleverage_next(scene.victim).return_value == 3 * WAD
    assert desk.cash(scene.victim) == 0


def test_deleverage_next__one_larger_than_needed__keeps_entry_tier_and_place(
    desk, scene, debtor, winner, bystander
):
    """A second bankrupt of 1.5 base; the last of three is closed by half."""
    order = scene.queue()
    second = desk.account(debtor, 600)
    desk.crash(PRICE)
    rich = scene.meet(bystander, 15 * WAD // 10, -20, 1, victim=second, deposit=20_000)
    scene.die()
    assert scene.queue() == [*order, rich]
    before = read_account(desk, second)
    assert before.equity < 0
    slot = desk.slot(order[1])
    wealth = cash_of(desk, order[:2])
    assert desk.deleverage_next(second).return_value == 15 * WAD // 10
    paid = visits_of(before, before.legs[0], 0, [WAD, WAD // 2])
    assert cash_of(desk, order[:2]) == [w - dv - g for w, (dv, g) in zip(wealth, paid, strict=True)]
    half = desk.slot(order[1])
    assert abs(half.size) == WAD // 2
    assert (half.entry_price, half.tier, half.prev, half.next) == (slot.entry_price, slot.tier, 0, slot.next)
    assert scene.queue() == [*order[1:], rich]
    assert desk.cash(second) == 0
    assert_sound(desk)


def test_deleverage_next__several_tiers__interleaved_by_roe(desk, scene, debtor, winner, bystander):
    """A newcomer of 6 base dies among eleven counterparties in five lists."""
    victim, rich = desk.account(debtor, 2_600), desk.account(bystander, 100_000)
    desk.crash(PRICE)
    for better, leverage in [(-30, 20), (-35, 20), (-40, 5), (0, 5), (-90, 50), (5, 10)]:
        price = PRICE + scene.sign * better * WAD
        scene.face(desk.account(winner, 10_000), WAD, price, leverage, victim)
    desk.crash(PRICE - scene.sign * 300 * WAD)
    for better, leverage in [(-400, 20), (-390, 10)]:
        price = PRICE + scene.sign * better * WAD
        scene.face(desk.account(winner, 10_000), WAD, price, leverage, rich)
    desk.crash(scene.mark)
    order = scene.queue()
    scores = [desk.lens.roe(i, 1) for i in order]
    assert scores == sorted(scores, reverse=True)
    tiers = [desk.slot(i).tier for i in order[:6]]
    assert sum(a != b for a, b in itertools.pairwise(tiers)) >= 2
    visited = desk.named(desk.deleverage_next(victim), "Deleveraged")
    assert [v["counterparty"] for v in visited] == order[:6]
    assert [v["roe"] for v in visited] == scores[:6]
    assert [v["rank"] for v in visited] == list(range(6))
    assert scene.queue() == order[6:]
    assert desk.cash(victim) == 0
    assert_sound(desk)


def test_deleverage_next__equal_roe_in_three_tiers__lowest_tier_first(desk, scene, winner, bystander):
    """At its entry price a position has ROE 0, whatever its leverage."""
    rich = desk.account(bystander, 100_000)
    equals = [desk.account(winner, 10_000) for _ in range(3)]
    for account, leverage in zip(equals, (50, 5, 20), strict=True):
        scene.face(account, WAD, scene.mark, leverage, rich)
    desk.deleverage_next(scene.victim)
    order = [equals[1], equals[2], equals[0]]
    assert scene.queue() == order
    set_equity(desk, rich, -300 * USD)
    visited = desk.named(desk.deleverage_next(rich, 2), "Deleveraged")
    assert [v["counterparty"] for v in visited] == order[:2]
    assert scene.queue() == order[2:]
    assert_linked(desk)


@pytest.mark.parametrize("index", [1_234_567_891 * 10**12, -1_234_567_891 * 10**12])
def test_deleverage_next__funding_index__is_paid_up(desk, scene, debtor, winner, index):
    """An odd index, odd sizes: every unit is somebody's."""
    market = desk.list_market(PRICE, PLAIN)
    set_index(desk, index, market)
    sizes = [WAD // 3, WAD // 7, 123_456_789_012_345_678]
    victim = desk.account(debtor, 400)
    others = [desk.account(winner, 5_000) for _ in sizes]
    for account, size in zip(others, sizes, strict=True):
        scene.face(account, size, PRICE, 10, victim, market)
    desk.crash(PRICE - scene.sign * 800 * WAD, market)
    before = read_account(desk, victim, market)
    leg, wealth = before.legs[0], cash_of(desk, others)
    assert before.equity < 0
    assert leg.index == index
    desk.deleverage_next(victim, market_id=market)
    paid = visits_of(before, leg, 0, sizes)
    assert cash_of(desk, others) == [w - dv - g for w, (dv, g) in zip(wealth, paid, strict=True)]
    assert desk.cash(victim) == 0
    assert_sound(desk)


def test_deleverage_next__counterparty_flagged__is_cleared(desk, scene, debtor, winner):
    """It was bankrupt, was helped, and has the best rank."""
    top = scene.queue()[0]
    word = desk.clearing_house.account_word(top)
    anvil.poke(desk.clearing_house, word, word | 1_234 << 216, key=top)
    desk.deleverage_next(scene.victim, 1)
    assert desk.flagged_at(top) == 0


def test_deleverage_next__flagged_bankrupt__is_cleared_when_it_ends(desk, scene):
    desk.flag(scene.victim)
    receipt = desk.deleverage_next(scene.victim, 1)
    assert desk.flagged_at(scene.victim) > 0
    assert desk.named(receipt, "FlagCleared") == []
    receipt = desk.deleverage_next(scene.victim)
    assert desk.flagged_at(scene.victim) == 0
    assert desk.named(receipt, "FlagCleared") == [{"account_id": scene.victim}]


def test_deleverage_next__any__emits_exactly_this(desk, scene):
    """Two of three: 200 of 300, and the price of each."""
    first, second, _ = scene.queue()
    victim, sign, mark = scene.victim, scene.sign, scene.mark
    before = read_account(desk, victim)
    wealth = cash_of(desk, (first, second))
    entry = desk.slot(victim).entry_price
    scores = [desk.lens.roe(i, 1) for i in (first, second)]
    receipt = desk.deleverage_next(victim, 2)
    # They get 100 a base less than the mark gives them.
    price = mark + sign * 100 * WAD
    gained = -(sign * mark // 10**12) - 100 * USD

    def deleveraged(rank, account, cash):
        return (
            "Deleveraged",
            {
                "account_id": victim,
                "market_id": 1,
                "counterparty": account,
                "rank": rank,
                "roe": scores[rank],
                "size": sign * WAD,
                "price": price,
                "haircut": 100 * USD,
                "left": 0,
                "cash": cash + gained,
            },
        )

    assert desk.events(receipt) == [
        (
            "DeleveragingStarted",
            {
                "account_id": victim,
                "market_id": 1,
                "size": sign * 3 * WAD,
                "equity": -300 * USD,
                "shortfall": 300 * USD,
                "insurance": 0,
                "verified": False,
            },
        ),
        deleveraged(0, first, wealth[0]),
        deleveraged(1, second, wealth[1]),
        (
            "PositionChanged",
            {
                "account_id": victim,
                "market_id": 1,
                "size": sign * WAD,
                "entry_price": entry,
                "leverage": 10,
                "cash": before.cash - 2 * gained,
                "price": mark,
                "reason": 5,
            },
        ),
        (
            "DeleveragingEnded",
            {
                "account_id": victim,
                "market_id": 1,
                "closed": 2 * WAD,
                "left": WAD,
                "shortfall": 300 * USD,
                "insurance_paid": 0,
                "haircut": 200 * USD,
            },
        ),
        ("FundingAccrued", {"market_id": 1, "index": 0, "premium": 0, "mark": mark}),
    ]


def test_deleverage_next__price_beyond_zero__is_logged_as_zero(desk, scene, debtor, winner):
    """A debt larger than the notional: the counterparties would have paid to be rid of it."""
    set_equity(desk, scene.victim, -15_300 * USD)
    for account in scene.others:
        desk.endow(account, 20_000 * USD)
    receipt = desk.deleverage_next(scene.victim)
    prices = {event["price"] for event in desk.named(receipt, "Deleveraged")}
    assert prices == ({8_600 * WAD} if scene.side == "long" else {0})
    assert desk.cash(scene.victim) == 0
