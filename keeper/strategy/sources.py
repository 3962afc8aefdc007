"""What the router would make of what a market's sources say now, as contracts/OracleRouter.vy decides it."""

from collections.abc import Mapping
from enum import Enum, auto

from keeper.arithmetic import MAX_PRICE, MIN_PRICE, WAD
from keeper.book.markets import Market
from keeper.types import Answers, Observation, SourceConfig

# What a source that has nothing, or fails, is taken to have said.
SILENT = Observation(0, 0)


class Verdict(Enum):
    """ACCEPT: it becomes the accepted price. HOLD: it jumped and waits. DOUBT: no price is valid then."""

    NOTHING = auto()
    ACCEPT = auto()
    HOLD = auto()
    DOUBT = auto()


def asked_sources(markets: Mapping[int, Market]) -> list[tuple[int, int]]:
    """Market and address of every price source of a listed market, second sources too."""
    return [
        (market_id, source)
        for market_id, market in sorted(markets.items())
        for source in (market.source.source, market.source.second_source)
        if market.params.listed and source
    ]


def verdict(market: Market, answers: Answers, at: int) -> Verdict:
    """If the router asked the market's source in a block of that time."""
    seen = answers.get((market.market_id, market.source.source), SILENT)
    if seen.price == 0 and seen.timestamp > 0:
        # Said again it changes nothing, unless a price waits.
        said = market.price == 0 or (market.in_doubt and market.waiting_price == 0)
        return Verdict.NOTHING if said else Verdict.DOUBT
    if trouble(market.source, seen, at) or not _is_news(market, seen):
        return Verdict.NOTHING
    if market.price == 0 or is_near(seen.price, market.price, market.source.max_move):
        return Verdict.ACCEPT
    stays = market.waiting_price != 0 and is_near(seen.price, market.waiting_price, market.source.max_move)
    if stays and at >= market.waiting_since + market.source.confirm:
        return Verdict.ACCEPT
    second = answers.get((market.market_id, market.source.second_source), SILENT)
    if not trouble(market.source, second, at) and is_near(second.price, seen.price, market.source.max_move):
        return Verdict.ACCEPT
    return Verdict.NOTHING if stays else Verdict.HOLD


def _is_news(market: Market, seen: Observation) -> bool:
    """Newer than the accepted price, or that one again after the source has disowned it."""
    earliest = market.updated_at + (0 if market.disowned else 1)
    return seen.timestamp >= max(earliest, market.waiting_updated_at)


def trouble(source: SourceConfig, seen: Observation, at: int) -> str:
    """Why the router would not take it whatever the market's price is; empty: it would."""
    if seen.price == 0:
        return "is in doubt" if seen.timestamp else "has no usable price"
    if not MIN_PRICE <= seen.price <= MAX_PRICE:
        return "says a price out of range"
    if seen.timestamp > at:
        return f"says a time {seen.timestamp - at} s ahead"
    if at - seen.timestamp > source.max_age:
        return f"says a price {at - seen.timestamp} s old, more than {source.max_age} s"
    return ""


def is_near(price: int, reference: int, max_move: int) -> bool:
    """Within `max_move`, WAD, of the reference."""
    return abs(price - reference) * WAD <= max_move * reference
