"""The part of many accounts that one cycle looks at, and what its gas costs."""

import random
from dataclasses import replace

import pytest

from keeper.strategy.cycle import EXAMINED, Cycle
from keeper.strategy.draft import Draft
from keeper.types import Own
from tests.keeper.strategy.town import LIMITS, Town


def at_block(number: int, block_hash: str = "0x07") -> Cycle:
    town = Town(1_000)
    facts = replace(town.facts, block=replace(town.facts.block, number=number, hash=block_hash))
    draft = Draft(town.book, town.marks, facts, 256)
    return Cycle(draft, facts, LIMITS, Own(), frozenset(), frozenset())


def test_window__few_accounts__is_all_of_them() -> None:
    ids = list(range(EXAMINED))
    assert at_block(7).window(ids) == ids


@pytest.mark.parametrize("every", [1, 2, 3, 4])
def test_window__only_some_blocks_are_handled__everyone_is_looked_at(every: int) -> None:
    chance = random.Random(7)
    ids = list(range(1, EXAMINED // 2 * 5 + 1))
    seen: set[int] = set()
    for number in range(0, 100 * every, every):
        window = at_block(number, f"0x{chance.getrandbits(256):064x}").window(ids)
        assert window[: EXAMINED // 2] == ids[: EXAMINED // 2]
        assert len(window) == len(set(window)) == EXAMINED
        seen.update(window)
    assert seen == set(ids)


def test_cost__of_gas__is_rounded_up() -> None:
    cycle = at_block(1)
    cycle.limits = replace(LIMITS, native_price=3_000 * 10**6)
    # 1 gwei: 100,000 gas is 0.0001 of a coin.
    assert cycle.cost(100_000) == 300_000
    assert cycle.cost(1) == 3
    cycle.limits = replace(LIMITS, native_price=1)
    assert cycle.cost(1) == 1
