"""The crowd: drawn from a seed, matched within itself, opened by its own keys, and at work in the crash."""

import random
from collections import defaultdict
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from scripts.demo.crowd import MAKERS, Deals, Kind, draw_people
from scripts.demo.flow import Flow
from scripts.demo.opening import open_crowd
from tests.helpers.parameters import WAD
from tests.keeper.stage import staged

MARKS = {1: 100_000 * WAD, 2: 4_000 * WAD, 3: 200 * WAD}
FIRST = 11


def drawn(seed: int, count: int) -> tuple[list[object], list[object]]:
    rng = random.Random(seed)
    people = draw_people(rng, count, sorted(MARKS), seed)
    return [*people], [*Deals(rng, people, range(FIRST, FIRST + count)).draw(MARKS)]


@given(st.integers(0, 10**6), st.integers(60, 400))
def test_deals__any_seed__longs_against_shorts_within_what_a_trade_may_be(seed: int, count: int) -> None:
    rng = random.Random(seed)
    people = draw_people(rng, count, sorted(MARKS), seed)
    trades = Deals(rng, people, range(FIRST, FIRST + count)).draw(MARKS)
    kinds = {FIRST + person.number: person.kind for person in people}
    tiers: dict[tuple[int, int], set[int]] = defaultdict(set)
    for trade in trades:
        assert 1 <= len(trade.makers) <= MAKERS
        assert trade.taker not in trade.makers
        assert len(set(trade.makers)) == len(trade.makers)
        # At least the smallest position that a market allows.
        assert min(size * MARKS[trade.market_id] for size in trade.sizes) >= 10 * WAD * WAD
        makers = {kinds[maker] for maker in trade.makers}
        sides = (Kind.WHALE, Kind.BEAR) if trade.taker_buys else (Kind.DESK, Kind.RETAIL)
        assert (kinds[trade.taker], makers) == (sides[0], {sides[1]})
        chosen = [(trade.taker, trade.taker_leverage), *zip(trade.makers, trade.leverages, strict=True)]
        for account, tier in chosen:
            assert tier in kinds[account].value.tiers
            tiers[account, trade.market_id].add(tier)
    assert all(len(found) == 1 for found in tiers.values())
    assert {trade.market_id for trade in trades} == MARKS.keys()
    assert {kinds[account] for account, _ in tiers} == {Kind.RETAIL, Kind.WHALE, Kind.DESK, Kind.BEAR}


def test_deals__the_same_seed__the_same_crowd_and_another_for_another() -> None:
    assert drawn(1, 80) == drawn(1, 80)
    assert drawn(1, 80) != drawn(2, 80)


def test_open_crowd__on_a_chain__everybody_owns_an_account_and_holds_what_was_drawn(tmp_path: Path) -> None:
    with staged(tmp_path, (MARKS[2], MARKS[3])) as stage:
        venue = stage.venue
        told: list[tuple[int, int]] = []
        crowd = open_crowd(venue, stage.node, 60, 5, lambda done, total: told.append((done, total)))
        house, lens = venue.system.clearing_house.functions, venue.system.lens.functions
        expected: dict[tuple[int, int], int] = defaultdict(int)
        for trade in crowd.trades:
            sign = 1 if trade.taker_buys else -1
            expected[trade.taker, trade.market_id] += sign * trade.size
            for maker, size in zip(trade.makers, trade.sizes, strict=True):
                expected[maker, trade.market_id] -= sign * size
        for (account_id, market_id), size in expected.items():
            assert lens.position(account_id, market_id).call()[0] == size
        for trader in crowd.traders:
            key = venue.key_of(trader.account_id)
            assert house.owner_of(trader.account_id).call() == key.public_key.to_checksum_address()
            assert venue.system.token.functions.balanceOf(trader.wallet.address).call() == trader.pocket
        assert not venue.census().liquidatable
        longs = sum(size * venue.marks[market] for (_, market), size in expected.items() if size > 0)
        assert abs(crowd.notional - longs // 10**30) <= crowd.notional // 100
        assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_flow__while_prices_are_played__latecomers_buy_and_some_bring_margin(tmp_path: Path) -> None:
    with staged(tmp_path, (MARKS[2], MARKS[3])) as stage:
        venue = stage.venue
        crowd = open_crowd(venue, stage.node, 60, 5, lambda done, total: None)
        venue.hold()
        blocks = 50
        flow = Flow(venue, stage.node, crowd, 5, blocks)
        house = venue.system.clearing_house.functions
        before = {t.account_id: house.account_values(t.account_id).call()[0] for t in crowd.of(Kind.RETAIL)}
        for count in range(1, blocks + 1):
            flow.act(count)
            venue.mine()
        late = crowd.of(Kind.LATE)
        assert all(flow.deposited[trader.account_id] == trader.pocket for trader in late)
        holding = [t for t in late if any(venue.position(t.account_id, m) > 0 for m in venue.marks)]
        assert len(holding) >= len(late) // 2 > 0
        called = [t for t in crowd.of(Kind.RETAIL) if t.account_id in flow.deposited]
        assert called
        for trader in called:
            now = house.account_values(trader.account_id).call()[0]
            # Funding has moved a little meanwhile.
            assert now - before[trader.account_id] >= trader.pocket * 9 // 10
