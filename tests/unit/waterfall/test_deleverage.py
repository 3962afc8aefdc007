"""deleverage: the caller's list, verified against the queue at every step."""

import pytest

from tests.helpers import anvil
from tests.helpers.desk import USD, WAD
from tests.unit.waterfall.exact import read_account, visits_of
from tests.unit.waterfall.scene import Scene
from tests.unit.waterfall.sound import assert_linked, assert_sound, refused
from tests.unit.waterfall.storage import set_equity

NOT_TOP = "adl: not top ranked"


@pytest.fixture(scope="module", autouse=True)
def stage(desk, debtor, winner, bystander):
    """A long of five base owes 400. Shorts, best first: a at 20x, b c d of equal rank at 10x, e at 5x;
    behind them f, which faces somebody else."""
    stage = Scene(desk, "long", desk.account(debtor, 2_110))
    stage.meet(winner, leverage=20)
    for _ in range(3):
        stage.meet(winner)
    stage.meet(winner, leverage=5, better=-10)
    stage.meet(winner, leverage=2, victim=desk.account(bystander, 100_000))
    stage.die()
    assert stage.queue() == stage.others
    return stage


@pytest.fixture
def a(stage):
    return stage.others[0]


@pytest.fixture
def equals(stage):
    return stage.others[1:4]


@pytest.fixture
def e(stage):
    return stage.others[4]


def test_deleverage__the_queue_itself__closes_all(desk, stage):
    before = read_account(desk, stage.victim)
    wealth = [desk.cash(i) for i in stage.others]
    receipt = desk.deleverage(stage.victim, stage.others)
    assert receipt.return_value == 5 * WAD
    paid = [*visits_of(before, before.legs[0], 0, [WAD] * 5), (0, 0)]
    after = [w - dv - g for w, (dv, g) in zip(wealth, paid, strict=True)]
    assert [desk.cash(i) for i in stage.others] == after
    assert desk.cash(stage.victim) == 0
    (started,) = desk.named(receipt, "DeleveragingStarted")
    assert started["verified"]
    assert stage.queue() == stage.others[5:]
    assert_sound(desk)


def test_deleverage__short_list__closes_part(desk, stage):
    assert desk.deleverage(stage.victim, stage.others[:2]).return_value == 2 * WAD
    assert stage.queue() == stage.others[2:]
    assert desk.slot(stage.victim).size == 3 * WAD
    assert_sound(desk)
    assert desk.deleverage(stage.victim, stage.others[2:]).return_value == 3 * WAD
    assert desk.cash(stage.victim) == 0
    assert_sound(desk)


def test_deleverage__longer_than_needed__rest_is_not_looked_at(desk, stage):
    """Strangers, duplicates, ids that cannot be: as long as they are not needed."""
    ranked = [*stage.others[:5], 2**256 - 1, stage.victim, 0, stage.others[0]]
    assert desk.deleverage(stage.victim, ranked).return_value == 5 * WAD


def test_deleverage__256_entries__may(desk, stage):
    ranked = [*stage.others[:5], *[99] * 251]
    assert desk.deleverage(stage.victim, ranked).return_value == 5 * WAD


def test_deleverage__empty_list__reverts(desk, stage):
    with refused(desk, "adl: no counterparties"):
        desk.deleverage(stage.victim, [])


@pytest.mark.parametrize(
    "wrong",
    [
        "skipped",
        "swapped",
        "duplicate",
        "stranger",
        "own side",
        "victim",
        "nobody",
        "alias",
        "huge",
        "second skipped",
    ],
)
def test_deleverage__wrong_list__changes_nothing(desk, stage, a, equals, e, bystander, wrong):
    """ADL-6."""
    b, c, d = equals
    lists = {
        "skipped": [b, c, d],
        "swapped": [b, a],
        "duplicate": [a, a],
        "stranger": [a, desk.account(bystander, 1)],
        "own side": [7, a],
        "victim": [stage.victim],
        "nobody": [0],
        "alias": [a + 2**32],
        "huge": [2**256 - 1],
        "second skipped": [a, b, c, e],
    }
    with refused(desk, NOT_TOP):
        desk.deleverage(stage.victim, lists[wrong])


@pytest.mark.parametrize("permutation", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2), (2, 0, 1), (0, 2, 1)])
def test_deleverage__equals_in_one_list__in_any_order(desk, stage, a, equals, e, permutation):
    """From its head, its middle, its end: links and heads hold at every stop."""
    order = [a, *(equals[i] for i in permutation), e]
    for count in (2, 3):
        part = order[:count] if count == 2 else order[2:]
        desk.deleverage(stage.victim, part)
        left = [i for i in stage.others if i not in order[:2]] if count == 2 else stage.others[5:]
        assert stage.queue() == left
        assert_sound(desk)
    assert desk.cash(stage.victim) == 0


@pytest.mark.parametrize("picked", [1, 2])
def test_deleverage__picked_from_the_middle__then_the_heads_again(desk, stage, a, equals, e, picked):
    """One call: top, an equal from the middle or the end, then those in front of it."""
    rest = [i for n, i in enumerate(equals) if n != picked]
    order = [a, equals[picked], *rest, e]
    receipt = desk.deleverage(stage.victim, order)
    assert [v["counterparty"] for v in desk.named(receipt, "Deleveraged")] == order
    assert stage.queue() == stage.others[5:]
    assert_sound(desk)


def test_deleverage__last_one_only_partly_needed__keeps_its_place(desk, stage, a, equals, debtor, bystander):
    """Half of an equal in the middle of its list. A second bankrupt, of 1.5 base."""
    b, c, d = equals
    second = desk.account(debtor, 1_600)
    rich = desk.account(bystander, 100_000)
    desk.trade(second, rich, 15 * WAD // 10, stage.mark, 10)
    desk.crash(2_500 * WAD)
    before = desk.slot(c)
    # At 2,500 it has lost its 1,500.
    desk.crash(2_430 * WAD)
    assert desk.equity(second) < 0
    assert desk.deleverage(second, [a, c]).return_value == 15 * WAD // 10
    half = desk.slot(c)
    assert half.size == -WAD // 2
    assert (half.entry_price, half.tier, half.prev, half.next) == (
        before.entry_price,
        before.tier,
        before.prev,
        before.next,
    )
    assert stage.queue()[:3] == [b, c, d]
    assert_sound(desk)


@pytest.mark.parametrize(
    "order", [(1, 2, 3, 0), (0, 1, 2, 3), (3, 0, 2, 1), (2, 0, 3, 1), (0, 3, 1, 2), (3, 2, 1, 0)]
)
def test_deleverage__equal_roe_in_several_lists__in_any_order(desk, stage, winner, bystander, order):
    """A 50x, a 5x and two 20x opened at the mark have ROE 0. From the heads, an end, crosswise, in two
    calls.
    """
    desk.deleverage_next(stage.victim)
    victim = desk.account(bystander, 100_000)
    equals = [desk.account(winner, 10_000) for _ in range(4)]
    for account, leverage in zip(equals, (50, 5, 20, 20), strict=True):
        stage.face(account, WAD, stage.mark, leverage, victim)
    # f has more: it goes first.
    assert stage.queue() == [stage.others[5], equals[1], equals[2], equals[3], equals[0]]
    set_equity(desk, victim, -40 * USD)
    ranked = [stage.others[5], *(equals[i] for i in order)]
    desk.deleverage(victim, ranked[:3])
    assert sorted(stage.queue()) == sorted(ranked[3:])
    assert_linked(desk)
    # f's base was none of the four: one is left over.
    desk.deleverage(victim, ranked[3:])
    assert stage.queue() == [ranked[4]]
    assert desk.cash(victim) == 0
    assert_linked(desk)


def test_deleverage__parked__is_not_top_ranked(desk, stage, a, equals):
    """Out of the list by hand: the head is skipped, and may not be named."""
    house = desk.clearing_house
    word, heads = house.position_slot(1, a), house.heads_slot(1, False)
    anvil.poke(house, word, word | 1 << 255, key=1 << 32 | a)
    anvil.poke(house, heads, heads ^ a << 32 * 5, key=1 << 1)
    assert stage.queue()[0] == equals[0]
    for ranked in ([a], [equals[0], a]):
        with refused(desk, NOT_TOP):
            desk.deleverage(stage.victim, ranked)
    desk.deleverage(stage.victim, equals)
    assert_sound(desk)


def test_deleverage__queue_ends__whoever_is_named_next_is_not_there(desk, stage, a, equals, e):
    """Every position on the other side is parked but one."""
    house = desk.clearing_house
    heads = house.heads_slot(1, False)
    for account in stage.others[1:]:
        word = house.position_slot(1, account)
        parked = word % 2**184 | (word >> 248 | 128) << 248
        anvil.poke(house, word, parked, key=1 << 32 | account)
    anvil.poke(house, heads, a << 32 * 5, key=1 << 1)
    assert stage.queue() == [a]
    with refused(desk, NOT_TOP):
        desk.deleverage(stage.victim, [a, equals[0]])
    assert desk.deleverage_next(stage.victim).return_value == WAD
    with refused(desk, "adl: no counterparties"):
        desk.deleverage_next(stage.victim)
    with refused(desk, NOT_TOP):
        desk.deleverage(stage.victim, [e])
