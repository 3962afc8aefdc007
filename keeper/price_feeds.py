"""The price feeds and Pyth endpoints that the settings name."""

from keeper.chain.rpc import Node
from keeper.config import AggregatorFeed, FileFeed, HttpFeed, PriceSettings, PythFeed, RouterFeed, Settings
from keeper.feeds import http, remote, replay
from keeper.feeds.base import Bounded, Feed, to_wad
from keeper.feeds.hermes import MOST_FEEDS, Hermes
from keeper.pusher import PythEndpoint, PythMarket


def make_feeds(settings: Settings) -> dict[int, Feed]:
    """Of prices that are signed, by market id. FeedUnavailable if a file to replay is no good."""
    return {
        price.market: Bounded(_feed(price.feed), price.lowest, price.highest)
        for price in settings.prices
        if not isinstance(price.feed, PythFeed)
    }


def make_pyth_endpoints(settings: Settings) -> list[PythEndpoint]:
    """One for each endpoint of Pyth, and for each so many of its markets."""
    by_address: dict[tuple[str, float], list[tuple[int, PythMarket]]] = {}
    for price in settings.prices:
        if isinstance(price.feed, PythFeed):
            market = price.market, _pyth_market(price, price.feed)
            by_address.setdefault((price.feed.url, price.feed.timeout), []).append(market)
    return [
        PythEndpoint(Hermes(*address), dict(markets[first : first + MOST_FEEDS]))
        for address, markets in by_address.items()
        for first in range(0, len(markets), MOST_FEEDS)
    ]


def _pyth_market(price: PriceSettings, feed: PythFeed) -> PythMarket:
    bounds = to_wad(price.lowest), to_wad(price.highest)
    return PythMarket(bytes.fromhex(feed.price_id), *bounds, feed.max_age)


def _feed(feed: FileFeed | HttpFeed | AggregatorFeed | RouterFeed) -> Feed:
    match feed:
        case FileFeed() as file:
            return replay.ReplayFeed(file.path, file.starts_at)
        case HttpFeed() as web:
            return http.HttpFeed(web.url, web.field, web.time_field, web.timeout, web.max_age)
        case AggregatorFeed() as other:
            return remote.AggregatorFeed(lambda: _node(other), other.address, other.max_age)
        case RouterFeed() as other:
            return remote.RouterFeed(lambda: _node(other), other.address, other.max_age, other.market)


def _node(feed: AggregatorFeed | RouterFeed) -> Node:
    return Node(feed.endpoints, feed.chain_id, timeout=feed.timeout)
