"""What the keeper's account can take over: tried on the chain, and one unit more."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given, settings

from keeper.arithmetic import LEVERAGES
from keeper.strategy.draft import Draft
from keeper.strategy.risk import Standing, shortfall
from keeper.strategy.takeover import BELOW_MINIMUM, INSUFFICIENT, UNPRICED, Refusal, TakeOver
from keeper.strategy.venue import Venue
from keeper.types import AccountState
from tests.keeper.parity.mirror import HOUSE, Mirror, episodes, play

STEPS = 60
EVERYTHING = 2**95 - 1


def states(venue: Venue, mirror: Mirror) -> list[AccountState]:
    """Of all accounts, places in the queue aside."""
    accounts = [venue.account(account_id) for account_id in mirror.accounts]
    return [
        replace(a, positions={m: replace(p, order=0) for m, p in sorted(a.positions.items())})
        for a in accounts
    ]


def same_takeover(mirror: Mirror, seen: Standing, market_id: int, own_id: int, leverage: int) -> str:
    """Offered, tried on the chain and undone: what came of it."""
    chain, book = mirror.chain, mirror.book
    owner = mirror.says(HOUSE, "owner_of", own_id)
    offered = TakeOver(book, mirror.marks, seen, market_id, book.account(own_id), leverage)
    taken = offered.largest()

    def liquidate(size: int) -> str | None:
        return chain.liquidate(owner, seen.account_id, market_id, size, own_id, offered.leverage, 0)

    if isinstance(taken, Refusal):
        with chain.undone():
            assert liquidate(EVERYTHING) == taken.reason
        return taken.reason

    draft = Draft(book, mirror.marks, mirror.facts(), 256)
    draft.take_over(seen, market_id, own_id, taken)
    expected, interest = states(draft, mirror), draft.open_interest(market_id)
    with chain.undone():
        assert liquidate(taken.size) is None
        mirror.follow()
        assert states(book, mirror) == expected
        assert book.open_interest(market_id) == interest
    mirror.follow()
    if taken.closing.closed == taken.needed:
        return "whole"
    more = offered.attempt(taken.closing.closed + 1).reason
    with chain.undone():
        assert liquidate(taken.size + 1) == more != ""
    return f"part: {more}"


def same_takeovers(mirror: Mirror, rng: Random) -> Counter[str]:
    found: Counter[str] = Counter()
    for seen, market_id in list(mirror.legs()):
        if not seen.is_liquidatable or not seen.legs[market_id].priced:
            continue
        needs = shortfall(seen, market_id)
        if needs and needs > mirror.says("Lens", "insurance_capacity", market_id):
            continue
        own_id = rng.choice([i for i in mirror.accounts if i != seen.account_id])
        found[same_takeover(mirror, seen, market_id, own_id, rng.choice(LEVERAGES))] += 1
    return found


@given(episodes)
@settings(max_examples=4)
def test_largest__every_thin_leg_of_a_storm__is_what_the_chain_allows(episode: tuple[int, int, str]) -> None:
    rng = Random(episode[1])
    for mirror in play(episode, STEPS):
        same_takeovers(mirror, rng)


def test_largest__storms__binds_where_the_margin_ends() -> None:
    found: Counter[str] = Counter()
    for episode in ((6, 4, "storm"), (18, 3, "many markets")):
        rng = Random(episode[1])
        for mirror in play(episode, 120):
            found += same_takeovers(mirror, rng)
    reasons = (INSUFFICIENT, UNPRICED, BELOW_MINIMUM)
    assert {"whole", f"part: {INSUFFICIENT}", f"part: {BELOW_MINIMUM}", *reasons} <= found.keys()
