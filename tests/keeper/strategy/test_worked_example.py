"""The bankruptcy in numbers of contracts/WATERFALL.md, section 7."""

import pytest

from keeper.strategy.deleveraging import NotTopRanked, cash_after, predict, replay
from keeper.strategy.liquidation import closing, liquidatable_size, needed
from keeper.strategy.ranking import top
from keeper.strategy.risk import shortfall, standing
from keeper.strategy.takeover import Carried, TakeOver
from keeper.types import Deleveraged, PassedOver
from tests.keeper.strategy.town import TOKEN, WAD, Town

TAKEN = 4_829_948_768_594_531_202
LEFT = 5_170_051_231_405_468_798


def example() -> Town:
    town = Town(4_000, 100)
    town.account(2_500 * TOKEN, m1=(10, 4_046, 20))
    town.account(1_000 * TOKEN, m1=(-2, 4_100, 10))
    town.account(2_000 * TOKEN, m1=(-5, 4_050, 10))
    town.account(300 * TOKEN, m1=(-2, 4_000, 50))
    town.account(305 * TOKEN, m1=(-1, 4_010, 50), m2=(60, 100, 50))
    town.account(5_000 * TOKEN, m2=(-60, 100, 10))
    return town


def crashed() -> Town:
    """Account 1 was liquidated in part at 3,812."""
    town = example()
    town.happen(
        ("PositionChanged", (1, 1, LEFT, 4_046 * WAD, 20, -19_585_058_824, 3_812 * WAD, 3)),
        ("PositionChanged", (6, 1, TAKEN, 3_812 * WAD, 10, -7_393_352_942, 3_812 * WAD, 4)),
    )
    town.reprice(m1=3_770, m2=91)
    return town


def test_needed__after_the_first_fall__is_what_brings_it_to_its_target() -> None:
    town = example()
    town.reprice(m1=3_812)
    seen = standing(town.book, town.marks, town.book.account(1))
    assert (seen.equity, seen.maintenance) == (160_000_000, 190_600_000)
    assert needed(town.book, seen, 1) == liquidatable_size(town.book, seen, 1) == TAKEN
    part = closing(town.book, seen, 1, TAKEN)
    assert (part.moved, part.penalty, part.reward) == (18_411_764_706, 36_823_530, 18_411_764)


def test_largest__for_account_6__is_all_that_is_needed() -> None:
    town = example()
    town.reprice(m1=3_812)
    seen = standing(town.book, town.marks, town.book.account(1))
    taken = TakeOver(town.book, town.marks, seen, 1, town.book.account(6), 10).largest()
    assert isinstance(taken, Carried)
    assert taken.closing.closed == TAKEN
    assert taken.cash == -7_393_352_942
    assert taken.position is not None
    assert (taken.position.size, taken.position.entry_price) == (TAKEN, 3_812 * WAD)


def test_shortfall__of_the_bankrupt_account__is_all_it_owes() -> None:
    town = crashed()
    seen = standing(town.book, town.marks, town.book.account(1))
    assert seen.equity == -93_965_682
    assert shortfall(seen, 1) == 93_965_682


def test_top__of_the_shorts__is_as_in_the_table() -> None:
    town = crashed()
    queue = top(town.book, 1, False, 10, 3_770 * WAD)
    assert [(each.account_id, each.leverage, each.roe) for each in queue] == [
        (5, 50, 2_992_518_703_241_895_261),
        (4, 50, 2_875_000_000_000_000_000),
        (2, 10, 804_878_048_780_487_804),
        (3, 10, 691_358_024_691_358_024),
    ]


def test_predict__with_40_of_insurance__is_the_round_of_the_table() -> None:
    town = crashed()
    seen = standing(town.book, town.marks, town.book.account(1))
    queue = top(town.book, 1, False, 10, 3_770 * WAD)
    made = predict(town.book, town.marks, seen, 1, 40 * TOKEN, queue, 4)
    passed, *closed = made.visits
    assert passed == PassedOver(5, 0, -5_438_133)
    shown = [(v.counterparty, v.haircut, v.cash, v.left) for v in closed if isinstance(v, Deleveraged)]
    assert shown == [
        (4, 20_876_266, 739_123_734, 0),
        (2, 20_876_266, 1_639_123_734, 0),
        (3, 12_213_150, 17_826_693_708, -3_829_948_768_594_531_202),
    ]
    assert (made.closed, made.left, made.insurance_paid, made.haircut) == (LEFT, 0, 40 * TOKEN, 53_965_682)
    assert cash_after(town.book, seen, made) == 0


@pytest.mark.parametrize(("listed", "visit"), [([4, 2, 3], 0), ([5, 4, 3, 2], 2), ([5, 5], 1)])
def test_replay__a_wrong_list__is_refused_where_it_goes_wrong(listed: list[int], visit: int) -> None:
    town = crashed()
    seen = standing(town.book, town.marks, town.book.account(1))
    queue = top(town.book, 1, False, 10, 3_770 * WAD)
    by_id = {each.account_id: each for each in queue}
    with pytest.raises(NotTopRanked) as refusal:
        replay(town.book, town.marks, seen, 1, 40 * TOKEN, queue, [by_id[i] for i in listed])
    assert refusal.value.visit == visit
