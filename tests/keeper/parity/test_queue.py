"""The queue, ranks and hints: the keeper's and Lens's."""

from collections.abc import Iterator
from random import Random

from hypothesis import given, settings

from keeper.arithmetic import LEVERAGES, MAX_PRICE
from keeper.strategy.ranking import hint, rank_of, top
from tests.keeper.parity.mirror import Mirror, episodes, play

STEPS = 48
PAUSE = 6


def sides(mirror: Mirror) -> Iterator[tuple[int, bool, int]]:
    """Market, is long, mark."""
    for market_id, mark in mirror.marks.items():
        if mark.valid:
            yield from ((market_id, is_long, mark.price) for is_long in (True, False))


def same_queue(mirror: Mirror, rng: Random) -> None:
    for market_id, is_long, price in sides(mirror):
        for skip, count in ((0, 256), (rng.randint(0, 6), rng.randint(0, 4))):
            said = mirror.says("Lens", "ranked_positions", market_id, is_long, skip, count)
            found = top(mirror.book, market_id, is_long, count, price, skip)
            assert said == tuple(
                (each.account_id, each.size, each.entry_price, each.leverage, each.roe, False)
                for each in found
            )


def same_ranks(mirror: Mirror) -> None:
    for market_id, is_long, price in sides(mirror):
        said = list(mirror.says("Lens", "adl_queue", market_id, is_long, 0, 256))
        for account_id in mirror.accounts:
            position = mirror.book.position(account_id, market_id)
            if position is None or (position.size > 0) != is_long:
                continue
            rank = rank_of(mirror.book, market_id, account_id, price)
            assert (rank is None) == position.parked == (account_id not in said)
            if rank is not None:
                assert (rank.rank, rank.count) == (said.index(account_id), len(said))


def same_hints(mirror: Mirror, rng: Random) -> None:
    for market_id, is_long, price in sides(mirror):
        for tier, leverage in enumerate(LEVERAGES):
            known = [p.entry_price for a in mirror.accounts if (p := mirror.book.position(a, market_id))]
            entry = min(rng.choice([*known, price]) + rng.choice((-1, 0, 0, 1)), MAX_PRICE)
            said = mirror.says("Lens", "find_hint", market_id, is_long, leverage, entry)
            assert said == hint(mirror.book, market_id, is_long, tier, entry)


@given(episodes)
@settings(max_examples=4)
def test_queue__in_a_storm__is_the_contracts(episode: tuple[int, int, str]) -> None:
    rng = Random(episode[1])
    for step, mirror in enumerate(play(episode, STEPS)):
        if step % PAUSE == 0:
            same_queue(mirror, rng)
            same_ranks(mirror)
            same_hints(mirror, rng)
