"""The queue against a sort by brute force, at sizes and in ties that no episode reaches."""

from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.arithmetic import LEVERAGES, roe
from keeper.book.positions import Positions
from keeper.strategy.ranking import HINTED, Rank, SideQueue, lights
from tests.keeper.strategy.town import WAD

# Mirrors of neighbours are equal: a float of this size is a multiple of 2**19.
PRICE = 4_000 * WAD


def crowd(rng: Random, count: int, step: int, kinds: int) -> Positions:
    """Entries of few `kinds`, `step` apart; some parked, some closed."""
    positions = Positions()
    for account_id in range(1, count + 1):
        entry = PRICE + step * rng.randint(-kinds, kinds)
        row = positions.open(account_id, rng.choice((-1, 1)) * WAD, entry, rng.randrange(8))
        if rng.random() < 0.1:
            positions.park(row)
        elif rng.random() < 0.1:
            positions.close(row)
        elif rng.random() < 0.1:
            positions.park(row)
            positions.relink(row)
    return positions


def sorted_rows(positions: Positions, is_long: bool, price: int) -> list[int]:
    def key(row: int) -> tuple[int, ...]:
        at = positions.state(row)
        entry = at.entry_price if is_long else -at.entry_price
        return -roe(at.entry_price, at.tier, is_long, price), at.tier, entry, at.order

    rows = [r for r in range(positions.count) if positions.size[r] and not positions.parked[r]]
    return sorted((r for r in rows if (positions.size[r] > 0) == is_long), key=key)


crowds = st.tuples(
    st.integers(0, 2**32), st.integers(0, 400), st.sampled_from((1, 2**19, WAD)), st.integers(0, 9)
)


@given(crowds, st.booleans(), st.integers(-60 * WAD, 60 * WAD), st.integers(1, 60), st.integers(0, 60))
def test_walk__of_a_crowd__is_the_sort(
    drawn: tuple[int, int, int, int], is_long: bool, moved: int, count: int, skip: int
) -> None:
    positions = crowd(Random(drawn[0]), *drawn[1:])
    price = PRICE + moved
    walked = islice(SideQueue(positions, is_long).walk(price, skip + count), skip, skip + count)
    expected = sorted_rows(positions, is_long, price)[skip : skip + count]
    assert [each.account_id for each in walked] == positions.account[expected].tolist()


@given(crowds, st.booleans(), st.integers(-60 * WAD, 60 * WAD))
def test_rank__of_everybody__is_the_place_in_the_sort(
    drawn: tuple[int, int, int, int], is_long: bool, moved: int
) -> None:
    positions = crowd(Random(drawn[0]), min(drawn[1], 100), *drawn[2:])
    price = PRICE + moved
    expected = sorted_rows(positions, is_long, price)
    queue = SideQueue(positions, is_long)
    for row in range(positions.count):
        rank = Rank(expected.index(row), len(expected)) if row in expected else None
        assert queue.rank(row, price) == rank


@given(crowds, st.booleans(), st.integers(0, 7), st.integers(-10, 10), st.integers(-1, 1))
def test_hint__of_any_entry__names_the_eight_in_front(
    drawn: tuple[int, int, int, int], is_long: bool, tier: int, steps: int, more: int
) -> None:
    positions = crowd(Random(drawn[0]), *drawn[1:])
    entry = PRICE + steps * drawn[2] + more
    listed = [r for r in sorted_rows(positions, is_long, PRICE) if positions.tier[r] == tier]
    entries = {row: positions.state(row).entry_price for row in listed}
    # Equal ROE, floored, may hide an order of entries: within a tier the list is by entry.
    listed.sort(key=lambda r: (entries[r] if is_long else -entries[r], positions.state(r).order))
    before = [r for r in listed if (entries[r] <= entry if is_long else entries[r] >= entry)]
    nearest = positions.account[before[-HINTED:]].tolist()[::-1]
    packed = sum(account_id << 32 * i for i, account_id in enumerate(nearest))
    assert SideQueue(positions, is_long).hint(tier, entry) == packed


@pytest.mark.parametrize(
    ("rank", "count", "lit"),
    [(0, 1, 5), (0, 5, 5), (1, 5, 4), (4, 5, 1), (199, 1_000, 5), (200, 1_000, 4), (999, 1_000, 1)],
)
def test_lights__of_a_rank__are_fifths(rank: int, count: int, lit: int) -> None:
    assert lights(Rank(rank, count)) == lit


def test_walk__all_tiers_at_one_price__lower_tiers_first() -> None:
    positions = Positions()
    for tier in reversed(range(len(LEVERAGES))):
        positions.open(tier + 1, WAD, PRICE, tier)
    queue = SideQueue(positions, True)
    assert [each.tier for each in queue.walk(PRICE, 8)] == list(range(8))
    # In profit more leverage comes first.
    assert [each.tier for each in queue.walk(PRICE + WAD, 8)] == list(reversed(range(8)))
