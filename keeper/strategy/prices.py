"""Which reports to publish, which markets to have the router ask for, which funding to accrue."""

from collections.abc import Mapping
from dataclasses import dataclass

from keeper.arithmetic import MAX_PRICE, MIN_PRICE, PPM, WAD
from keeper.book.book import Book
from keeper.book.markets import Market
from keeper.strategy.venue import Marks
from keeper.types import Observation, Publish

# Seconds that a publisher has to confirm a pending price by a newer one before the waiting one is confirmed
# as it is.
CONFIRM_PATIENCE = 5
# A polled market is asked again after this part of its prices' life, seconds being `max_age // POLLS`.
POLLS = 4


@dataclass(frozen=True, slots=True)
class PricePolicy:
    """When a price is published: after a move of so much, or so many seconds; never more often than
    `min_interval`.
    """

    threshold_ppm: int
    heartbeat: int
    min_interval: int


def reports(
    markets: Mapping[int, Market],
    observations: Mapping[int, Observation],
    policies: Mapping[int, PricePolicy],
    published: Mapping[int, int],
    at: int,
) -> list[Publish]:
    """`published`: when the keeper last published a market's price, Unix seconds. By market id."""
    found = []
    for market_id in sorted(policies.keys() & observations.keys() & markets.keys()):
        market, seen, policy = markets[market_id], observations[market_id], policies[market_id]
        rested = at - published.get(market_id, 0) >= policy.min_interval
        if rested and _is_usable(market, seen, at) and _is_due(market, seen, policy, at):
            found.append(Publish(market_id, seen.price, seen.timestamp))
    return found


def _is_usable(market: Market, seen: Observation, at: int) -> bool:
    """Whether the router would listen: in range, newer than what it has, neither old nor from the future."""
    latest = max(market.updated_at, market.waiting_updated_at)
    fresh = latest < seen.timestamp <= at <= seen.timestamp + market.source.max_age
    return fresh and MIN_PRICE <= seen.price <= MAX_PRICE


def _is_due(market: Market, seen: Observation, policy: PricePolicy, at: int) -> bool:
    if market.price == 0:
        return True
    if market.in_doubt:
        return _resolves(market, seen.price, at)
    if abs(seen.price - market.price) * PPM >= policy.threshold_ppm * market.price:
        return True
    # Never let it lapse, whatever the heartbeat.
    life = min(policy.heartbeat, market.source.max_age * (POLLS - 1) // POLLS)
    return at - market.updated_at >= life


def _resolves(market: Market, price: int, at: int) -> bool:
    """Whether a report ends the doubt, or starts the wait for a price that is nearer to the truth."""
    if market.waiting_price == 0 or _is_near(price, market.price, market.source.max_move):
        return True
    if not _is_near(price, market.waiting_price, market.source.max_move):
        return True
    return at >= market.waiting_since + market.source.confirm


def _is_near(price: int, reference: int, max_move: int) -> bool:
    return abs(price - reference) * WAD <= max_move * reference


def syncs(markets: Mapping[int, Market], synced: Mapping[int, int], at: int) -> list[int]:
    """Markets that the router should ask the source of. `synced`: when the keeper last had it asked, Unix
    seconds.

    A waiting price whose time has come, of any source; polled markets before their price lapses.
    """
    return [
        market_id
        for market_id, market in sorted(markets.items())
        if market.params.listed and _is_to_be_asked(market, synced.get(market_id, 0), at)
    ]


def _is_to_be_asked(market: Market, asked: int, at: int) -> bool:
    source = market.source
    if market.in_doubt and market.waiting_price != 0:
        confirmed = market.waiting_since + source.confirm + CONFIRM_PATIENCE
        # Asked once after that without an effect, its source says something else by now.
        pause = source.confirm
        usable = source.polled or at <= market.waiting_updated_at + source.max_age
        return usable and at >= confirmed and at - asked >= pause
    if not source.polled:
        return False
    pause = max(source.max_age // POLLS, 1)
    return at - market.updated_at >= pause and at - asked >= pause


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
