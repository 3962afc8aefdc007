"""Attacks on the deleveraging queue through hints, ties, removed nodes and long walks."""

import ape
import pytest

from scripts.sandbox.slots import PositionSlot
from tests.helpers import anvil
from tests.helpers.books import list_of
from tests.helpers.desk import PRICE, WAD

DEEP = 400
NODE = 1_000


@pytest.fixture
def short(desk, taker):
    """Account 1, the other side of every long."""
    return desk.account(taker, 900_000)


@pytest.fixture
def opened(desk, maker, short):
    """Open a long of 1 base at a price, with a hint; the account's id."""

    def opened(price, hint=None, leverage=10):
        account = desk.account(maker, 10_000)
        bid = desk.order(account, WAD, price, leverage)
        ask = desk.opposite(bid, short)
        desk.fill(bid, ask, hints=None if hint is None else (hint, 0))
        return account

    return opened


@pytest.fixture
def row(opened):
    """Longs 2, 3 and 4 at 3,990, 4,000 and 4,010."""
    return [opened(p * WAD) for p in (3_990, 4_000, 4_010)]


@pytest.fixture
def deep(desk, opened):
    """400 longs at 10x at 3,900, 3,900.1, ..., written into storage as accounts 1,000 to 1,399."""
    first = opened(3_900 * WAD)
    house = desk.clearing_house
    word = house.position_slot(1, first)
    slots = anvil.variable(house, word, key=1 << 32 | first)
    anvil.poke(house, house.heads_slot(1, True), NODE << 32 * 4, key=1 << 1 | 1)
    anvil.write(house, anvil.entry_slot(slots, 1 << 32 | first), 0)
    for i in range(DEEP):
        links = (NODE + i - 1 if i else 0, NODE + i + 1 if i + 1 < DEEP else 0)
        node = PositionSlot(WAD, entry(i), *links, 4, False)
        anvil.write(house, anvil.entry_slot(slots, 1 << 32 | NODE + i), node.encode())
    return list(range(NODE, NODE + DEEP))


def entry(place):
    return (3_900 + place // 10) * WAD + place % 10 * WAD // 10


def packed(*ids):
    """A hint, the first id lowest."""
    return sum(account << 32 * i for i, account in enumerate(ids))


@pytest.mark.parametrize(
    "hint",
    [
        packed(2),  # the right node
        packed(4),  # one too far
        packed(1),  # the other side
        packed(5),  # another tier
        packed(6),  # a flat account
        packed(7),  # itself, which does not stand yet
        packed(8),  # never opened
        packed(2**32 - 1),
        packed(0, 0, 0, 0, 0, 0, 0, 2),  # zeros in front
        packed(2, 1, 5, 6, 7, 8, 9, 10),
        packed(1, 5, 6, 7, 8, 9, 10, 4),
        packed(1, 5, 6, 7, 8, 9, 10, 11),  # eight bad ones
        2**256 - 1,
        0,
    ],
)
def test_hint__points_to_the_wrong_place(desk, row, opened, maker, hint):
    """A filler chooses the maker's hint to give it a better or worse rank: it only says where to start
    looking."""
    opened(PRICE, leverage=20)
    desk.account(maker)
    account = opened(3_995 * WAD, hint)
    assert account == 7
    assert list_of(desk, True, 10) == [2, account, 3, 4]


@pytest.mark.parametrize("hint", [packed(3), packed(4), packed(2, 4), packed(3, 3, 3, 2), 0, 2**256 - 1])
def test_hint__of_a_moving_node_names_itself_or_its_neighbours(desk, row, short, hint):
    """Account 3 buys more at 4,060 and moves from 4,000 to 4,030: its own old word still looks linked."""
    bid = desk.order(3, WAD, 4_060 * WAD)
    desk.fill(bid, desk.opposite(bid, short), hints=(hint, 0))
    assert desk.slot(3).entry_price == 4_030 * WAD
    assert list_of(desk, True, 10) == [2, 4, 3]


def test_hint__of_a_removed_node(desk, row, opened, short):
    """The hinted position closes in front of the transaction; its empty slot links nowhere and is not
    followed."""
    hint = desk.lens.find_hint(1, True, 10, 4_005 * WAD)
    assert hint == packed(3, 2)
    desk.close(3, short)
    account = opened(4_005 * WAD, hint)
    assert list_of(desk, True, 10) == [2, account, 4]


def test_hint__the_node_changes_tier_or_side_in_front(desk, row, opened, short, maker):
    """The hinted account stands in another list now: the walk starts elsewhere, and nobody lands in
    the wrong one."""
    hint = packed(4)
    desk.clearing_house.set_leverage(4, 1, 20, 0, sender=maker)
    a = opened(4_020 * WAD, hint)
    assert (list_of(desk, True, 10), list_of(desk, True, 20)) == ([2, 3, a], [4])
    desk.trade(short, 4, 2 * WAD)
    b = opened(4_030 * WAD, packed(4, a))
    assert list_of(desk, True, 10) == [2, 3, a, b]
    assert 4 in desk.queue(False)


def test_hint__parked_node_is_no_place_to_stand_behind(desk, row, opened):
    """A node that deleveraging passed over keeps its word but no place."""
    house = desk.clearing_house
    word = house.position_slot(1, 4)
    anvil.poke(house, word, desk.slot(4).size | 4_010 * WAD << 96 | (4 | 128) << 248, key=1 << 32 | 4)
    three = house.position_slot(1, 3)
    anvil.poke(house, three, three & ~((2**32 - 1) << 216), key=1 << 32 | 3)
    account = opened(4_020 * WAD, packed(4))
    assert list_of(desk, True, 10) == [2, 3, account]
    assert house.is_parked(4, 1)


@pytest.mark.parametrize("price", [3_990, 4_000, 4_010])
@pytest.mark.parametrize("hint", [0, packed(2), packed(3), packed(4)])
def test_ties__a_newcomer_pushes_in(desk, row, opened, price, hint):
    """At an equal entry who came first stands first, wherever the hint points."""
    account = opened(price * WAD, hint)
    order = {3_990: [2, account, 3, 4], 4_000: [2, 3, account, 4], 4_010: [2, 3, 4, account]}[price]
    assert list_of(desk, True, 10) == order == desk.queue(True)


def test_ties__an_entry_moved_to_its_neighbours_loses_the_tie(desk, row, short):
    """Account 2 averages to 4,000, where 3 already stands: behind it; account 4 averages down to
    4,000: stays."""
    desk.trade(2, short, price=4_010 * WAD)
    assert (desk.slot(2).entry_price, list_of(desk, True, 10)) == (PRICE, [3, 2, 4])
    desk.trade(4, short, price=3_990 * WAD)
    assert (desk.slot(4).entry_price, list_of(desk, True, 10)) == (PRICE, [3, 2, 4])


def test_ties__reduction_or_same_price_keeps_the_place(desk, row, opened, short):
    """Trading without moving the entry must not cost the place, nor win one."""
    twin = opened(PRICE)
    desk.trade(3, short)
    desk.trade(short, 3, WAD // 2, 4_050 * WAD)
    assert list_of(desk, True, 10) == [2, 3, twin, 4]


def test_walk__too_long_to_pay_for(desk, deep, opened):
    """A hint far off would make the victim's order run out of gas: after 128 steps it says so; exact
    hints work."""
    with ape.reverts("queue: bad hint"):
        opened(entry(300) + 1, 0)
    account = opened(entry(300) + 1)
    assert list_of(desk, True, 10) == [*deep[:301], account, *deep[301:]]


@pytest.mark.parametrize(
    ("hint", "place", "fits"),
    [
        # From the head 128 nodes may be passed; behind node i means i + 1 passed.
        (0, 127, True),
        (0, 128, False),
        # Behind a hinted node 100: 128 further.
        (NODE + 100, 228, True),
        (NODE + 100, 229, False),
        # From node 300 back over 128 nodes, 300 to 173.
        (NODE + 300, 172, True),
        (NODE + 300, 171, False),
    ],
)
def test_walk__at_most_128_steps(desk, deep, opened, hint, place, fits):
    """The bound is exact in both directions: a griefer who shifts a list by a node cannot break what fits."""
    if fits:
        account = opened(entry(place) + 1, hint)
        assert list_of(desk, True, 10)[place : place + 3] == [deep[place], account, deep[place + 1]]
    else:
        with ape.reverts("queue: bad hint"):
            opened(entry(place) + 1, hint)


def test_hinted_node_moved_away_in_front(desk, deep, opened, short, maker):
    """Deep in a list, the node that the victim's hint names leaves it just before: one alone is lost there.

    Eight are not: the next one serves.
    """
    near = opened(entry(300) + 1)
    hint = desk.lens.find_hint(1, True, 10, entry(300) + 2)
    assert hint == packed(near, *range(NODE + 300, NODE + 293, -1))
    desk.clearing_house.set_leverage(near, 1, 20, 0, sender=maker)
    with ape.reverts("queue: bad hint"):
        opened(entry(300) + 2, packed(near))
    account = opened(entry(300) + 2, hint)
    assert list_of(desk, True, 10)[300:303] == [NODE + 300, account, NODE + 301]


def test_reduction_and_close_need_no_hint(desk, deep, opened, short):
    """Who wants to leave must not need a fresh hint: a node that does not move takes no step."""
    account = opened(entry(300) + 1)
    for size in (WAD // 2, WAD // 2):
        ask = desk.order(account, -size)
        desk.fill(ask, desk.opposite(ask, short), hints=(packed(7, 8, 9), 0))
    assert list_of(desk, True, 10) == deep
