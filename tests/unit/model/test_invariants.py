"""Each invariant notices what it is there for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scripts.sandbox import invariants
from scripts.sandbox.slots import PositionSlot, decode_heads, encode_heads
from tests.helpers.model.reader import ModelReader
from tests.unit.model.scenario import NO_FEES, PARAMS, START, USD, WAD, Scenario


class TamperedReader(ModelReader):
    """Says something else than the model about one thing."""

    def __init__(self, world: Scenario) -> None:
        super().__init__(world.protocol)
        self.slots: dict[tuple[int, int], PositionSlot] = {}
        self.heads: dict[tuple[int, bool], list[int]] = {}
        self.refusal: str | None = None

    def position_slot(self, market_id: int, account_id: int) -> int:
        slot = self.slots.get((market_id, account_id))
        return super().position_slot(market_id, account_id) if slot is None else slot.encode()

    def heads_slot(self, market_id: int, is_long: bool) -> int:
        heads = self.heads.get((market_id, is_long))
        return super().heads_slot(market_id, is_long) if heads is None else encode_heads(heads)

    def refusal_of_close(self, account_id: int, market_id: int) -> str | None:
        return self.refusal or super().refusal_of_close(account_id, market_id)

    def refusal_of_withdrawal(self, account_id: int, amount: int) -> str | None:
        return self.refusal or super().refusal_of_withdrawal(account_id, amount)

    def change(self, account_id: int, **fields: Any) -> None:
        slot = PositionSlot.decode(super().position_slot(1, account_id))
        self.slots[1, account_id] = replace(slot, **fields)


FIRST, SECOND, SHORT, FLAT = 1, 2, 3, 4


def tampered() -> TamperedReader:
    """Two longs in one tier at 2,000 and 2,010, the short against them, and a flat account."""
    world = Scenario(replace(PARAMS, **NO_FEES))
    for owner in ("first", "second", "short", "flat"):
        world.trader(owner, 9_000)
    world.trade(FIRST, SHORT, WAD)
    world.trade(SECOND, SHORT, WAD, 2_010 * WAD)
    return TamperedReader(world)


def test_check_all__untampered__holds() -> None:
    reader = tampered()
    assert decode_heads(reader.heads_slot(1, True)) == [0, 0, 0, 0, FIRST, 0, 0, 0]
    invariants.check_all(reader)


def break_cash(reader: TamperedReader) -> None:
    reader.protocol.state.accounts[FIRST].cash += 1


def break_total_cash(reader: TamperedReader) -> None:
    reader.total_cash = lambda: 36_000 * USD + 1


def break_balance(reader: TamperedReader) -> None:
    reader.donated = -1


def break_size(reader: TamperedReader) -> None:
    reader.change(FIRST, size=WAD - 1)


def break_open_interest(reader: TamperedReader) -> None:
    reader.open_interest = lambda market_id: 2 * WAD + 1


def break_open_markets(reader: TamperedReader) -> None:
    reader.open_markets = lambda account_id: [1, 2]


def break_prev(reader: TamperedReader) -> None:
    reader.change(SECOND, prev=0)


def break_next(reader: TamperedReader) -> None:
    reader.change(FIRST, next=0)


def break_cycle(reader: TamperedReader) -> None:
    reader.change(SECOND, next=FIRST)


def break_head(reader: TamperedReader) -> None:
    reader.heads[1, True] = [0, 0, 0, 0, 0, FIRST, 0, 0]


def break_second_list(reader: TamperedReader) -> None:
    reader.heads[1, True] = [0, 0, 0, SECOND, FIRST, 0, 0, 0]


def break_closed(reader: TamperedReader) -> None:
    reader.slots[1, FLAT] = PositionSlot(0, 0, FIRST, 0, 0, False)


def break_parked(reader: TamperedReader) -> None:
    reader.change(SECOND, parked=True)


def break_count(reader: TamperedReader) -> None:
    reader.position_count = lambda market_id, is_long: 3


def break_order(reader: TamperedReader) -> None:
    reader.change(FIRST, entry_price=2_011 * WAD)


def break_adl_queue(reader: TamperedReader) -> None:
    reader.adl_queue = lambda market_id, is_long, skip, count: [SECOND, FIRST][skip:]


def break_liquidatable(reader: TamperedReader) -> None:
    reader.is_liquidatable = lambda account_id: account_id == SECOND


def break_close(reader: TamperedReader) -> None:
    reader.refusal = "margin: insufficient"


def break_withdrawal(reader: TamperedReader) -> None:
    for account_id in (FIRST, SECOND, SHORT):
        reader.protocol.state.accounts[account_id].positions.clear()
    reader.refusal = "withdraw: too much"


@pytest.mark.parametrize(
    ("name", "check", "breakage", "found"),
    [
        ("ACC-1", invariants.acc_1, break_cash, "owed"),
        ("ACC-1", invariants.acc_1, break_total_cash, "total_cash"),
        ("ACC-1", invariants.acc_1, break_balance, "owed"),
        ("POS-1", invariants.pos_1, break_size, "market, longs"),
        ("POS-1", invariants.pos_1, break_open_interest, "market, longs"),
        ("POS-1", invariants.pos_1, break_open_markets, "open markets"),
        ("QUE-1", invariants.que_1, break_prev, "prev"),
        ("QUE-1", invariants.que_1, break_next, "members"),
        ("QUE-1", invariants.que_1, break_cycle, "linked twice"),
        ("QUE-1", invariants.que_1, break_head, "in the wrong list"),
        ("QUE-1", invariants.que_1, break_second_list, "in the wrong list"),
        ("QUE-1", invariants.que_1, break_closed, "link left behind"),
        ("QUE-1", invariants.que_1, break_parked, "closed or parked but linked"),
        ("QUE-1", invariants.que_1, break_count, "count"),
        ("QUE-2", invariants.que_2, break_order, "order"),
        ("QUE-2", invariants.que_2, break_adl_queue, "adl_queue"),
        ("MAR-1", invariants.mar_1, break_liquidatable, "account"),
        ("EXIT-1", invariants.exit_1, break_close, "close"),
        ("EXIT-1", invariants.exit_1, break_withdrawal, "withdraw"),
    ],
)
def test_invariant__broken__fails_with_its_sentence(
    name: str,
    check: Callable[[invariants.Reader], None],
    breakage: Callable[[TamperedReader], None],
    found: str,
) -> None:
    reader = tampered()
    check(reader)
    breakage(reader)
    with pytest.raises(AssertionError) as failure:
        check(reader)
    message = str(failure.value)
    assert message.startswith(f"{name}: {invariants.STATEMENTS[name]} (")
    assert f"('{found}" in message


def test_que_1__parked_position__counts_but_must_not_be_linked() -> None:
    reader = tampered()
    reader.change(FIRST, next=0)
    reader.change(SECOND, prev=0, parked=True)
    invariants.que_1(reader)
    linked = {(1, True): [FIRST], (1, False): [SHORT]}
    reader.adl_queue = lambda market_id, is_long, skip, count: linked.get((market_id, is_long), [])[skip:]
    invariants.que_2(reader)


def test_mar_1__accounts_that_passed_before__are_held_to_it() -> None:
    reader = tampered()
    reader.is_liquidatable = lambda account_id: account_id == FLAT
    invariants.mar_1(reader, [FIRST, SECOND])
    with pytest.raises(AssertionError, match=r"^MAR-1"):
        invariants.mar_1(reader, [FIRST, FLAT])


def test_mar_2__one_unit_per_position__and_no_more() -> None:
    reader = tampered()
    everyone = [FIRST, SECOND, SHORT]
    worth = invariants.sum_of_equities(reader, everyone)
    count = invariants.count_positions(reader, everyone)
    assert (worth, count) == (27_000 * USD, 3)
    invariants.mar_2(reader, everyone, worth - 3, count)
    with pytest.raises(AssertionError, match=r"^MAR-2"):
        invariants.mar_2(reader, everyone, worth - 4, count)


def test_sum_of_equities__unpriced_leg__cannot_be_summed() -> None:
    reader = tampered()
    world = Scenario(replace(PARAMS, **NO_FEES))
    world.unprice(1)
    reader.protocol.oracle = world.oracle
    assert reader.valid_mark(1) is None
    invariants.check_all(reader)
    with pytest.raises(AssertionError, match="unpriced leg"):
        invariants.sum_of_equities(reader, [FIRST])


def test_exit_1__reduce_only_market_and_dust__closes() -> None:
    reader = tampered()
    reader.protocol.write_market(1, replace(PARAMS, min_notional=5_000 * USD))
    reader.protocol.set_reduce_only(1, True)
    invariants.exit_1(reader)
    assert reader.protocol.now == START
    assert reader.protocol.account_count() == FLAT


@pytest.mark.parametrize(
    "slot",
    [
        PositionSlot(-(2**95) + 1, 2**88 - 1, 2**32 - 1, 1, 7, True),
        PositionSlot(2**95 - 1, 10**6, 1, 2**32 - 1, 0, False),
        PositionSlot(0, 0, 0, 0, 0, False),
    ],
)
def test_position_slot__extremes__survive_packing(slot: PositionSlot) -> None:
    assert PositionSlot.decode(slot.encode()) == slot
    assert 0 <= slot.encode() < 2**256


def test_position_slot__by_hand() -> None:
    word = 5 | 7 << 96 | 11 << 184 | 13 << 216 | (1 << 7 | 3) << 248
    assert PositionSlot.decode(word) == PositionSlot(5, 7, 11, 13, 3, True)
    assert decode_heads(1 | 2 << 32 | 8 << 224) == [1, 2, 0, 0, 0, 0, 0, 8]
