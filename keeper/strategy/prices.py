"""Which prices to publish, which markets to have the router ask for, which funding to accrue."""

from collections.abc import Mapping
from dataclasses import dataclass

from keeper.arithmetic import PPM, WAD
from keeper.book.book import Book
from keeper.book.markets import Market
from keeper.strategy.sources import Verdict, is_near, trouble, verdict
from keeper.strategy.venue import Marks
from keeper.types import Answers, Observation

# Seconds that a publisher has to confirm a pending price by a newer one before the waiting one is confirmed
# as it is.
CONFIRM_PATIENCE = 5
# Of a price's life, so many quarters pass at most until the next one is published or asked for.
QUARTERS = 3
# Seconds until a market is asked for again: the transaction may be on its way.
SYNC_PAUSE = 15


@dataclass(frozen=True, slots=True)
class PricePolicy:
    """When a price is published: after a move of so much, or so many seconds; never more often than
    `min_interval`.
    """

    threshold_ppm: int
    heartbeat: int
    min_interval: int


def due(
    markets: Mapping[int, Market],
    observations: Mapping[int, Observation],
    policies: Mapping[int, PricePolicy],
    published: Mapping[int, int],
    at: int,
) -> list[int]:
    """Markets whose price is to be published. `published`: when the keeper last did, Unix seconds."""
    found = []
    for market_id in sorted(policies.keys() & observations.keys() & markets.keys()):
        market, seen, policy = markets[market_id], observations[market_id], policies[market_id]
        rested = at - published.get(market_id, 0) >= policy.min_interval
        if rested and _is_usable(market, seen, at) and _is_due(market, seen, policy, at):
            found.append(market_id)
    return found


def _is_usable(market: Market, seen: Observation, at: int) -> bool:
    """Whether the router would listen: newer than what it has, and nothing wrong with it."""
    latest = max(market.updated_at, market.waiting_updated_at)
    return latest < seen.timestamp and not trouble(market.source, seen, at)


def _is_due(market: Market, seen: Observation, policy: PricePolicy, at: int) -> bool:
    if market.price == 0:
        return True
    if market.in_doubt:
        return _resolves(market, seen.price, at)
    if abs(seen.price - market.price) * PPM >= policy.threshold_ppm * market.price:
        return True
    # Never let it lapse, whatever the heartbeat.
    life = min(policy.heartbeat, market.source.max_age * QUARTERS // 4)
    return at - market.updated_at >= life


def _resolves(market: Market, price: int, at: int) -> bool:
    """Whether a report ends the doubt, or starts the wait for a price that is nearer to the truth."""
    if market.waiting_price == 0 or is_near(price, market.price, market.source.max_move):
        return True
    if not is_near(price, market.waiting_price, market.source.max_move):
        return True
    return at >= market.waiting_since + market.source.confirm


def syncs(markets: Mapping[int, Market], answers: Answers, synced: Mapping[int, int], at: int) -> list[int]:
    """Markets that the router should ask the source of, because that would change something now. `synced`:
    when the keeper last had it asked, Unix seconds.

    A waiting price that would be accepted; a source that has moved, speaks again, is in doubt, or has a newer
    price than one that lapses. Sources that push are asked too: a price that came second in its block, or was
    left with Pyth, is known to them and not to the router.
    """
    return [
        market_id
        for market_id, market in sorted(markets.items())
        if market.params.listed
        and at - synced.get(market_id, 0) >= SYNC_PAUSE
        and _is_to_be_asked(market, answers, at)
    ]


def _is_to_be_asked(market: Market, answers: Answers, at: int) -> bool:
    source, made = market.source, verdict(market, answers, at)
    if made is not Verdict.ACCEPT:
        return made is not Verdict.NOTHING
    if market.in_doubt:
        waited = at - market.waiting_since - source.confirm
        return source.polled or market.waiting_price == 0 or not 0 <= waited < CONFIRM_PATIENCE
    policy = PricePolicy(source.update_threshold * PPM // WAD, source.max_age, 0)
    return _is_due(market, answers[market.market_id, source.source], policy, at)


def accruals(book: Book, marks: Marks, older_than: int, at: int) -> list[int]:
    """Markets whose funding nobody touched for so many seconds: beyond an hour nothing is charged."""
    return [
        market_id
        for market_id, market in sorted(book.markets.items())
        if market_id in marks
        and marks[market_id].valid
        and market.premium != 0
        and at - market.touched > older_than
        and book.open_interest(market_id) != 0
    ]
