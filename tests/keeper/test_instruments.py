"""What measures a keeper, measured: without chain and without sockets."""

import tomllib

from scripts.sandbox.census import Census
from scripts.sandbox.keeper_process import toml
from scripts.sandbox.population import Hints, Trade
from tests.bench.keeper_crash import delays, percentile
from tests.keeper.history import Sent, repeated, reverted


def census(block: int, *liquidatable: int) -> Census:
    return Census(block, frozenset(liquidatable), frozenset())


def sent(block: int, function: str, account_id: int, succeeded: bool = True, logs: int = 1) -> Sent:
    return Sent(block, "0x", 0, function, {"account_id": account_id}, succeeded, logs)


def test_delays__accounts_come_and_go__counts_blocks_until_each_is_gone() -> None:
    seen = [census(10, 1), census(11, 1, 2), census(12, 2), census(13), census(14, 1), census(15)]
    assert sorted(delays(seen)) == [1, 2, 2]


def test_delays__still_open_at_the_end__counts_at_least_that_many() -> None:
    assert delays([census(10), census(11, 7), census(12, 7), census(13, 7)]) == [3]


def test_percentile__a_hundred_values__is_the_one_that_99_do_not_exceed() -> None:
    assert percentile(list(range(100)), 0.99) == 99
    assert percentile(list(range(100)), 0.5) == 50
    assert percentile([4], 0.99) == 4


def test_repeated__twins_and_calls_without_effect__are_found() -> None:
    fine = [sent(1, "liquidate", 1), sent(2, "liquidate", 1), sent(2, "liquidate", 2)]
    twins = [sent(3, "deleverage", 5), sent(3, "deleverage_next", 5)]
    idle, failed = sent(4, "flag_bankrupt", 6, logs=0), sent(5, "liquidate", 7, succeeded=False, logs=0)
    assert repeated([*fine, *twins, idle, failed]) == [*twins, idle]
    assert reverted([*fine, *twins, idle, failed]) == [failed]


def test_toml__tables_and_lists_of_tables__are_read_back() -> None:
    settings = {
        "chain": {"id": 1, "endpoints": ["ws://a", 'quote " in it'], "poll_seconds": 0.2},
        "keeper": {"dry_run": False},
        "prices": [{"market": 1, "feed": {"kind": "file", "path": "a/b"}}, {"market": 2}],
    }
    assert tomllib.loads(toml(settings)) == settings


def test_taker_entry__three_makers__floors_after_each() -> None:
    trade = Trade(1, 9, 5, True, (1, 2, 3), (5, 5, 5), sizes=(1, 1, 1), prices=(1, 2, 3))
    # floor((1 + 2) / 2) = 1, floor((2 * 1 + 3) / 3) = 1; averaged at once it would be 2.
    assert trade.taker_entry() == 1
    assert (trade.size, trade.limit) == (3, 3)


def test_place__longs_and_shorts__hint_names_those_in_front_the_nearest_lowest() -> None:
    hints = Hints()
    assert hints.place(1, 1, True, 10, 100) == 0
    assert hints.place(2, 1, True, 10, 100) == 1
    assert hints.place(3, 1, True, 10, 99) == 0
    assert hints.place(4, 1, True, 10, 101) == 3 << 64 | 1 << 32 | 2
    assert hints.place(5, 1, False, 10, 100) == 0
    assert hints.place(6, 1, False, 10, 99) == 5
    assert hints.place(7, 1, False, 10, 101) == 0
