"""The compiled queue against the model's lists and against a plain sort, link by link (titanoboa)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.sandbox.slots import PositionSlot, encode_heads
from tests.helpers.model.arithmetic import LEVERAGES, MAX_PRICE, MAX_SIZE, roe
from tests.helpers.model.errors import refusal_of
from tests.helpers.model.queue import MAX_STEPS, Place, Queue, pack_hint

ROOT = Path(__file__).resolve().parents[2]
MARKETS = (1, 64)
ACCOUNTS = (1, 2, 3, 4, 5, 6, 2**31, 2**32 - 1)
SIDES = (True, False)

# Few prices, so that ties abound, and the ends of the field.
entries = st.sampled_from([1, 99, 100, 100, 101, 10**18, MAX_PRICE])
amounts = st.sampled_from([1, 10**18, MAX_SIZE]) | st.integers(1, MAX_SIZE)
hints = (
    st.just(0)
    | st.lists(st.sampled_from([0, 77, *ACCOUNTS]), max_size=8).map(pack_hint)
    | st.integers(0, 2**256 - 1)
)


@dataclass(frozen=True)
class Change:
    """What a settlement or deleveraging does to one position."""

    market_id: int
    account_id: int
    kind: str
    size: int
    entry_price: int
    tier: int
    hint: int


changes = st.builds(
    Change,
    st.sampled_from(MARKETS),
    st.sampled_from(ACCOUNTS),
    # A resize keeps entry, tier and place; a tier or an entry of its own makes a node move.
    st.sampled_from(["set", "set", "set", "flip", "resize", "retier", "reprice", "close", "park"]),
    st.builds(lambda amount, sign: amount * sign, amounts, st.sampled_from([1, -1])),
    entries,
    st.sampled_from([0, 0, 4, 7]),
    hints,
)


@dataclass
class Books:
    """The contract, and what it must hold."""

    harness: Any
    slots: dict[tuple[int, int], PositionSlot] = field(default_factory=dict)
    queues: dict[int, Queue] = field(default_factory=lambda: {m: Queue() for m in MARKETS})
    parked: set[tuple[int, int]] = field(default_factory=set)
    # When a node took its entry price: the order among equals.
    arrivals: dict[tuple[int, int], int] = field(default_factory=dict)
    clock: int = 0

    def apply(self, change: Change) -> None:
        key = (change.market_id, change.account_id)
        old = self.slots.get(key)
        if change.kind == "park":
            if old is not None and key not in self.parked:
                self.harness.park(*key)
                self.queues[key[0]].update(key[1], None)
                self.parked.add(key)
            return
        size, entry_price, tier = change.size, change.entry_price, change.tier
        if old is not None:
            size = {"flip": -old.size, "close": 0, "resize": abs(size) * (1 if old.size > 0 else -1)}.get(
                change.kind, size
            )
            if change.kind in ("resize", "retier"):
                entry_price = old.entry_price
            if change.kind in ("resize", "reprice"):
                tier = old.tier
        if change.kind == "close":
            size = 0
        self.replace(key, size, entry_price, tier, change.hint)

    def replace(self, key: tuple[int, int], size: int, entry_price: int, tier: int, hint: int) -> None:
        place = Place(size > 0, LEVERAGES[tier], entry_price) if size else None
        before = self.queues[key[0]].places.get(key[1])
        refusal = refusal_of(lambda: self.queues[key[0]].update(key[1], place, hint))
        if refusal is not None:
            with boa.reverts(refusal):
                self.harness.replace(*key, size, entry_price, tier, hint)
            return
        self.harness.replace(*key, size, entry_price, tier, hint)
        self.parked.discard(key)
        self.slots.pop(key, None)
        if place is not None:
            self.slots[key] = PositionSlot(size, entry_price, 0, 0, tier, parked=False)
            if place != before:
                self.clock += 1
                self.arrivals[key] = self.clock

    def check(self) -> None:
        for market_id in MARKETS:
            for is_long in SIDES:
                self.check_side(market_id, is_long)
            for account_id in ACCOUNTS:
                if (market_id, account_id) not in self.slots:
                    assert self.harness.slot(market_id, account_id) == 0
        for key in self.parked:
            expected = PositionSlot(**{**vars(self.slots[key]), "parked": True})
            assert PositionSlot.decode(self.harness.slot(*key)) == expected

    def check_side(self, market_id: int, is_long: bool) -> None:
        side = {a: s for (m, a), s in self.slots.items() if m == market_id and s.is_long == is_long}
        heads = []
        for tier, leverage in enumerate(LEVERAGES):
            ids = self.queues[market_id].members(is_long, leverage)
            self.check_list(market_id, ids)
            linked = [a for a, s in side.items() if s.tier == tier and (market_id, a) not in self.parked]
            sign = 1 if is_long else -1
            by_arrival = sorted(
                linked, key=lambda a: (sign * side[a].entry_price, self.arrivals[market_id, a])
            )
            assert ids == by_arrival
            heads.append(ids[0] if ids else 0)
        assert self.harness.heads(market_id, is_long) == encode_heads(heads)
        assert self.harness.position_count(market_id, is_long) == len(side)

    def check_list(self, market_id: int, ids: list[int]) -> None:
        for before, account_id, after in zip([0, *ids], ids, [*ids[1:], 0], strict=False):
            linked = PositionSlot(
                **{**vars(self.slots[market_id, account_id]), "prev": before, "next": after}
            )
            assert PositionSlot.decode(self.harness.slot(market_id, account_id)) == linked


@pytest.fixture(scope="module")
def harness() -> Any:
    boa.interpret.set_search_paths([str(ROOT)])
    return boa.load(str(ROOT / "contracts" / "mocks" / "QueueHarness.vy"))


@settings(max_examples=4 * settings.default.max_examples)
@given(sequence=st.lists(changes, min_size=4, max_size=30))
def test_replace__any_sequence__links_are_the_models_and_sorted(harness, sequence):
    with boa.env.anchor():
        books = Books(harness)
        for change in sequence:
            books.apply(change)
        books.check()


@settings(max_examples=4 * settings.default.max_examples)
@given(sequence=st.lists(changes, min_size=1, max_size=8))
def test_replace__few_changes__right_after_each(harness, sequence):
    with boa.env.anchor():
        books = Books(harness)
        for change in sequence:
            books.apply(change)
            books.check()


@pytest.mark.parametrize("is_long", SIDES)
def test_replace__walk__128_steps_are_allowed_and_no_more(harness, is_long):
    """From the head, from a hinted node forwards and backwards."""
    sign = 1 if is_long else -1
    count = MAX_STEPS + 4

    def price(place: int) -> int:
        return 10**18 + sign * 10 * place

    with boa.env.anchor():
        for i in range(1, count + 1):
            harness.replace(1, i, sign, price(i), 2, i - 1)
        for start in (0, 1, 3, count // 2, count - 1, count):
            for passed in (
                start - MAX_STEPS - 1,
                start - MAX_STEPS,
                start + MAX_STEPS,
                start + MAX_STEPS + 1,
            ):
                if 0 <= passed <= count:
                    arrives(
                        harness,
                        count + 1,
                        sign,
                        price(passed) + sign,
                        start,
                        abs(passed - start) <= MAX_STEPS,
                    )


def arrives(harness: Any, account_id: int, size: int, entry_price: int, hint: int, allowed: bool) -> None:
    with boa.env.anchor():
        if allowed:
            harness.replace(1, account_id, size, entry_price, 2, hint)
            assert PositionSlot.decode(harness.slot(1, account_id)).entry_price == entry_price
            return
        with boa.reverts("queue: bad hint"):
            harness.replace(1, account_id, size, entry_price, 2, hint)


prices = st.integers(1, MAX_PRICE) | st.sampled_from([1, 10**6, MAX_PRICE])


@settings(max_examples=20 * settings.default.max_examples)
@given(entry_price=prices, tier=st.integers(0, 7), is_long=st.booleans(), price=prices)
def test_roe__any__is_floored_leverage_times_return(harness, entry_price, tier, is_long, price):
    assert harness.roe(entry_price, tier, is_long, price) == roe(is_long, LEVERAGES[tier], entry_price, price)


@settings(max_examples=20 * settings.default.max_examples)
@given(
    size=st.integers(-MAX_SIZE, MAX_SIZE) | st.sampled_from([-MAX_SIZE, -1, 0, 1, MAX_SIZE]),
    entry_price=st.integers(0, MAX_PRICE),
    links=st.tuples(*[st.integers(0, 2**32 - 1)] * 2),
    tier=st.integers(0, 7),
    parked=st.booleans(),
)
def test_unpack__any_word__gives_back_what_was_packed(harness, size, entry_price, links, tier, parked):
    word = PositionSlot(size, entry_price, *links, tier, parked).encode()
    assert harness.unpack(word) == (size, entry_price, tier, parked)
