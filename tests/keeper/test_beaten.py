"""When a side's lists count as beaten: the chain's own pick is used instead."""

from keeper.beaten import MEMORY, NOT_TOP_RANKED, Beaten
from keeper.types import ActionKey, Deleverage
from tests.keeper.strategy.test_plan_rounds import bankrupt_long

LIST = Deleverage(1, 1, (2, 3))
# A long is closed against shorts.
SHORTS = (1, False)


def beaten_at(*blocks: int, reason: str = NOT_TOP_RANKED, key: ActionKey = LIST.key) -> Beaten:
    book, beaten = bankrupt_long().book, Beaten()
    for block in blocks:
        beaten.listed(LIST, book)
        beaten.failed(key, reason, block)
    return beaten


def test_sides__once__none() -> None:
    assert beaten_at(10).sides(10) == frozenset()


def test_sides__twice__that_side_until_it_is_forgotten() -> None:
    beaten = beaten_at(10, 12)
    assert beaten.sides(12) == {SHORTS}
    assert beaten.sides(10 + MEMORY) == {SHORTS}
    assert beaten.sides(11 + MEMORY) == frozenset()


def test_sides__twice_but_long_apart__none() -> None:
    assert beaten_at(10, 11 + MEMORY).sides(11 + MEMORY) == frozenset()


def test_sides__refused_for_another_reason__none() -> None:
    assert beaten_at(10, 11, reason="adl: not bankrupt").sides(11) == frozenset()


def test_sides__another_action__none() -> None:
    assert beaten_at(10, 11, key=("flag", 1, 0)).sides(11) == frozenset()
