"""An action that reverts in a row rests longer each time."""

from keeper.resting import LONGEST, Resting
from keeper.types import ActionKey

KEY: ActionKey = ("liquidate", 7, 1)


def blocks_of_rest(times: int) -> int:
    resting = Resting()
    for _ in range(times):
        resting.reverted(KEY, 100)
    rest = 0
    while KEY in resting.keys(100 + rest):
        rest += 1
    return rest


def test_keys__reverts_in_a_row__twice_as_long_each_time() -> None:
    assert [blocks_of_rest(times) for times in range(1, 10)] == [0, 0, 2, 4, 8, 16, 32, 32, 32]


def test_keys__succeeded_in_between__begins_anew() -> None:
    resting = Resting()
    for _ in range(5):
        resting.reverted(KEY, 100)
    resting.succeeded(KEY)
    resting.reverted(KEY, 101)
    assert resting.keys(101) == frozenset()


def test_keys__long_ago__forgotten() -> None:
    resting = Resting()
    for _ in range(3):
        resting.reverted(KEY, 100)
    assert resting.keys(103 + LONGEST) == frozenset()
    resting.reverted(KEY, 200)
    assert resting.keys(200) == frozenset()


def test_keys__others__do_not_rest() -> None:
    resting = Resting()
    for _ in range(4):
        resting.reverted(KEY, 100)
    resting.reverted(("liquidate", 8, 1), 100)
    assert resting.keys(100) == {KEY}
