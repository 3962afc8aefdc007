"""The price feeds that the settings name."""

from keeper.chain.rpc import Node
from keeper.config import AggregatorFeed, FileFeed, HttpFeed, PriceSettings, RouterFeed, Settings
from keeper.feeds import http, remote, replay
from keeper.feeds.base import Bounded, Feed


def make_feeds(settings: Settings) -> dict[int, Feed]:
    """By market id. FeedUnavailable if a file to replay is no good."""
    return {price.market: Bounded(_feed(price), price.lowest, price.highest) for price in settings.prices}


def _feed(price: PriceSettings) -> Feed:
    match price.feed:
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
