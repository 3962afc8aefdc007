"""The queue against brute force: arrival numbers for its order, a node-by-node walk for its steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.model.errors import Revert
from tests.helpers.model.queue import MAX_STEPS, Place, Queue, pack_hint, unpack_hint

# Few distinct prices and accounts, so that ties and returns are common.
PLACES = st.builds(Place, st.booleans(), st.sampled_from([1, 5, 100]), st.integers(100, 104))
UPDATES = st.lists(
    st.tuples(st.integers(1, 9), st.none() | PLACES, st.lists(st.integers(0, 12), max_size=8)),
    max_size=40,
)


def long_at(entry_price: int, leverage: int = 5) -> Place:
    return Place(True, leverage, entry_price)


def short_at(entry_price: int, leverage: int = 5) -> Place:
    return Place(False, leverage, entry_price)


def filled(*places: Place) -> Queue:
    """Accounts 1, 2, 3... arriving in this order."""
    queue = Queue()
    for account_id, place in enumerate(places, start=1):
        queue.update(account_id, place, queue.exact_hint(place))
    return queue


def walked(queue: Queue, account_id: int, place: Place, hint: int) -> int:
    """Steps of somebody who follows the links one by one."""
    ids = [i for i in queue.members(place.is_long, place.leverage) if i != account_id]
    # -1: before the head.
    at = next((ids.index(i) for i in unpack_hint(hint) if i in ids), -1)
    steps = 0
    while at >= 0 and queue.places[ids[at]].key > place.key:
        at -= 1
        steps += 1
    while at + 1 < len(ids) and queue.places[ids[at + 1]].key <= place.key:
        at += 1
        steps += 1
    return steps


@given(UPDATES)
def test_update__any_sequence__is_sorted_by_entry_then_arrival(
    updates: list[tuple[int, Place | None, list[int]]],
) -> None:
    queue, arrivals = Queue(), dict[int, int]()
    for time, (account_id, place, hinted) in enumerate(updates):
        before = {name: list(ids) for name, ids in queue.lists.items() if ids}
        old = queue.places.get(account_id)
        if place is not None:
            hint = pack_hint(hinted)
            assert queue.steps(account_id, place, hint) == walked(queue, account_id, place, hint)
        moved = queue.update(account_id, place, pack_hint(hinted))
        if place != old:
            arrivals[account_id] = time
        for (is_long, leverage), ids in queue.lists.items():
            expected = [i for i, p in queue.places.items() if (p.is_long, p.leverage) == (is_long, leverage)]
            assert ids == sorted(expected, key=lambda i: (queue.places[i].key, arrivals[i]))
        # A node is unlinked exactly when the order of some list cannot stay what it was.
        after = {name: list(ids) for name, ids in queue.lists.items() if ids}
        assert moved == (after != before)


@given(UPDATES, st.integers(90, 115))
def test_ranked__any_price__is_the_best_of_the_heads_again_and_again(
    updates: list[tuple[int, Place | None, list[int]]], price: int
) -> None:
    queue = Queue()
    for account_id, place, _ in updates:
        queue.update(account_id, place)
    for is_long in (True, False):
        lists = [list(queue.members(is_long, leverage)) for leverage in (1, 5, 100)]
        popped = []
        while any(lists):
            best = max((ids for ids in lists if ids), key=lambda ids: queue.roe(ids[0], price))
            popped.append(best.pop(0))
        assert queue.ranked(is_long, price) == popped
        scores = [queue.roe(i, price) for i in popped]
        assert scores == sorted(scores, reverse=True)
        assert queue.count(is_long) == len(popped)
        flattened = [i for _, group in queue.tie_groups(is_long, price) for i in sorted(group)]
        assert sorted(flattened) == sorted(popped)


def test_members__longs_ascend_shorts_descend_ties_first_come() -> None:
    longs = filled(long_at(101), long_at(100), long_at(101), long_at(102))
    assert longs.members(True, 5) == [2, 1, 3, 4]
    shorts = filled(short_at(101), short_at(100), short_at(101), short_at(102))
    assert shorts.members(False, 5) == [4, 1, 3, 2]


def test_update__unchanged__keeps_its_place_before_a_later_equal() -> None:
    queue = filled(long_at(100), long_at(100))
    assert not queue.update(1, long_at(100))
    assert queue.members(True, 5) == [1, 2]


@pytest.mark.parametrize(
    ("entry_price", "moved", "order"),
    [
        # Unchanged.
        (103, False, [1, 2, 3, 4]),
        # Past the third, and equal to the fourth: behind both.
        (105, True, [1, 3, 2, 4]),
        (106, True, [1, 3, 4, 2]),
        (107, True, [1, 3, 4, 2]),
        # Forward: behind an equal it stays.
        (101, False, [1, 2, 3, 4]),
        (100, False, [1, 2, 3, 4]),
        (99, True, [2, 1, 3, 4]),
    ],
)
def test_update__entry_averaged__moves_only_if_out_of_order(
    entry_price: int, moved: bool, order: list[int]
) -> None:
    queue = filled(long_at(100), long_at(103), long_at(103), long_at(106))
    assert queue.update(2, long_at(entry_price)) is moved
    assert queue.members(True, 5) == order


def test_update__back_to_before_a_strictly_later_next__stays() -> None:
    queue = filled(long_at(100), long_at(106))
    assert not queue.update(1, long_at(105))
    assert queue.update(1, long_at(106))
    assert queue.members(True, 5) == [2, 1]


def test_update__other_tier__goes_behind_equals_there() -> None:
    queue = filled(long_at(100), long_at(100, leverage=10))
    assert queue.update(1, long_at(100, leverage=10))
    assert queue.members(True, 5) == []
    assert queue.members(True, 10) == [2, 1]


def test_update__flipped__leaves_one_side_for_the_other() -> None:
    queue = filled(long_at(100))
    assert queue.update(1, short_at(100))
    assert (queue.count(True), queue.count(False)) == (0, 1)


def test_update__closed__is_gone_and_closing_again_moves_nothing() -> None:
    queue = filled(long_at(100), long_at(101))
    assert queue.update(1, None)
    assert queue.members(True, 5) == [2]
    assert not queue.update(1, None)


def test_ranked__tiers_at_one_entry__higher_leverage_first_in_profit_last_in_loss() -> None:
    queue = filled(long_at(100, 1), long_at(100, 50), long_at(100, 10))
    assert queue.ranked(True, 110) == [2, 3, 1]
    assert queue.ranked(True, 90) == [1, 3, 2]
    # At the entry all are equal: the lower tier first.
    assert queue.ranked(True, 100) == [1, 3, 2]
    assert queue.tie_groups(True, 100) == [(0, {1, 2, 3})]


def test_steps__from_the_head__one_per_node_passed() -> None:
    queue = filled(*[long_at(100 + i) for i in range(10)])
    assert queue.steps(99, long_at(99), 0) == 0
    assert queue.steps(99, long_at(100), 0) == 1
    assert queue.steps(99, long_at(109), 0) == 10


def test_steps__hint__the_first_that_is_in_the_list_counts() -> None:
    queue = filled(*[long_at(100 + i) for i in range(10)], short_at(100), long_at(100, 20))
    # 11 is a short, 12 another tier, 99 a stranger, 5 the account itself: 8 (entry 107) is used.
    assert queue.steps(5, long_at(109), pack_hint([11, 12, 99, 5, 8, 1])) == 2
    assert queue.steps(5, long_at(105), pack_hint([8])) == 2


@pytest.mark.parametrize(("hinted", "start"), [([], 0), ([1], 1), ([500, 0, 1], 1)])
def test_update__more_than_128_steps__bad_hint(hinted: list[int], start: int) -> None:
    queue = filled(*[long_at(101 + i) for i in range(MAX_STEPS + 2)])
    last_reached, beyond = long_at(100 + start + MAX_STEPS), long_at(101 + start + MAX_STEPS)
    before = queue.copy()
    with pytest.raises(Revert, match=r"^queue: bad hint$"):
        queue.update(999, beyond, pack_hint(hinted))
    assert queue == before
    assert queue.update(999, last_reached, pack_hint(hinted))
    assert queue.update(998, beyond, queue.exact_hint(beyond))


def test_update__node_that_stays__needs_no_hint() -> None:
    queue = filled(*[long_at(100 + 2 * i) for i in range(MAX_STEPS + 9)])
    assert not queue.update(MAX_STEPS + 5, long_at(101 + 2 * (MAX_STEPS + 4)))


@given(UPDATES, PLACES)
def test_exact_hint__any__leaves_no_step(
    updates: list[tuple[int, Place | None, list[int]]], place: Place
) -> None:
    queue = Queue()
    for account_id, at, _ in updates:
        queue.update(account_id, at)
    assert queue.steps(99, place, queue.exact_hint(place)) == 0


def test_exact_hint__names_the_eight_nodes_ahead() -> None:
    queue = filled(*[long_at(100 + i) for i in range(12)])
    assert unpack_hint(queue.exact_hint(long_at(110))) == [11, 10, 9, 8, 7, 6, 5, 4]
    assert unpack_hint(queue.exact_hint(long_at(101)))[:3] == [2, 1, 0]
    assert queue.exact_hint(long_at(99)) == 0


def test_pack_hint__nine_accounts__is_refused() -> None:
    with pytest.raises(ValueError, match="eight"):
        pack_hint(range(1, 10))
