from collections.abc import Callable

import pytest

from keeper.book.positions import Positions
from keeper.types import PositionState

WAD = 10**18
ENTRY = 2**88 - 1


def one(size: int = 5 * WAD) -> Positions:
    positions = Positions(capacity=256)
    assert positions.open(9, size, ENTRY, 3) == 0
    return positions


def test_open__first__is_in_all_columns() -> None:
    positions = one(-5 * WAD)
    assert positions.state(0) == PositionState(-5 * WAD, ENTRY, 3, False, 1)
    assert positions.account.tolist() == [9]
    assert positions.size.tolist() == [-5e18]
    assert positions.entry.tolist() == [float(ENTRY)]
    assert positions.tier.tolist() == [3]
    assert positions.parked.tolist() == [False]
    assert positions.order.tolist() == [1]
    assert positions.open_interest == 0


def test_open__after_two_closes__reuses_the_last_row_first() -> None:
    positions = one()
    for account_id in (10, 11):
        positions.open(account_id, -WAD, WAD, 0)
    positions.close(0)
    positions.close(1)
    assert positions.size.tolist() == [0, 0, -1e18]
    assert [positions.open(20 + i, WAD, WAD, 0) for i in range(3)] == [1, 0, 3]
    assert positions.account.tolist() == [21, 20, 11, 22]
    assert positions.order.tolist() == [5, 4, 3, 6]
    assert positions.open_interest == 3 * WAD


def test_open__past_the_capacity__grows() -> None:
    positions = Positions(capacity=256)
    for account_id in range(1, 514):
        positions.open(account_id, account_id, account_id, 1)
    assert positions.size.tolist() == list(range(1, 514))
    assert positions.state(512) == PositionState(513, 513, 1, False, 513)


@pytest.mark.parametrize(
    ("size", "entry", "tier", "order"),
    [
        (6 * WAD, ENTRY, 3, 1),
        (4 * WAD, ENTRY, 3, 1),
        (6 * WAD, ENTRY - 1, 3, 2),
        (5 * WAD, ENTRY, 4, 2),
        (-WAD, ENTRY, 3, 2),
    ],
    ids=["grown", "reduced", "another entry", "another tier", "flipped"],
)
def test_trade__linked__keeps_its_place_only_if_nothing_but_size_changes(
    size: int, entry: int, tier: int, order: int
) -> None:
    positions = one()
    positions.trade(0, size, entry, tier)
    assert positions.state(0) == PositionState(size, entry, tier, False, order)
    assert positions.open_interest == max(size, 0)


def test_trade__parked__is_linked_anew() -> None:
    positions = one()
    positions.park(0)
    positions.trade(0, 4 * WAD, ENTRY, 3)
    assert positions.state(0) == PositionState(4 * WAD, ENTRY, 3, False, 2)
    assert positions.parked.tolist() == [False]


def test_resize__parked__stays_parked() -> None:
    positions = one()
    positions.park(0)
    positions.resize(0, WAD)
    assert positions.state(0) == PositionState(WAD, ENTRY, 3, True, 1)
    assert positions.open_interest == WAD


def test_relink__parked__is_last_among_its_equals() -> None:
    positions = one()
    positions.open(10, WAD, ENTRY, 3)
    positions.park(0)
    assert positions.parked.tolist() == [True, False]
    positions.relink(0)
    assert positions.state(0) == PositionState(5 * WAD, ENTRY, 3, False, 3)


@pytest.mark.parametrize(
    "write",
    [
        lambda p: p.trade(0, -WAD, 1, 0),
        lambda p: p.resize(0, 1),
        lambda p: p.park(0),
        lambda p: p.relink(0),
        lambda p: p.close(0),
    ],
    ids=["trade", "resize", "park", "relink", "close"],
)
def test_restore__after_a_write__is_as_before(write: Callable[[Positions], None]) -> None:
    positions = one()
    raw, state = positions.records.raw(0), positions.state(0)
    positions.before = {}
    write(positions)
    write(positions)
    assert positions.before == {0: raw}
    positions.restore(0, raw)
    assert positions.state(0) == state
    assert (positions.size.tolist(), positions.entry.tolist()) == ([5e18], [float(ENTRY)])
    assert (positions.tier.tolist(), positions.parked.tolist()) == ([3], [False])


def test_mirror__from_records__is_as_written() -> None:
    positions = one(-(2**95))
    positions.park(0)
    for column in (positions.account, positions.size, positions.entry, positions.tier, positions.parked):
        column[:] = 0
    positions.mirror()
    assert (positions.account.tolist(), positions.tier.tolist(), positions.parked.tolist()) == (
        [9],
        [3],
        [True],
    )
    assert (positions.size.tolist(), positions.entry.tolist()) == ([-(2.0**95)], [float(ENTRY)])
