"""`plimsoll keeper --check` of prices: feeds, signers, what the sources on the chain say, Pyth."""

from collections.abc import AsyncIterator

from keeper.chain.calls import function
from keeper.chain.errors import ChainError, RpcError
from keeper.chain.market_reads import markets
from keeper.chain.reads import Reads
from keeper.chain.source_reads import address_of, source_answers
from keeper.config import Settings
from keeper.feeds.base import Feed, FeedUnavailable, check_bounds, from_wad
from keeper.feeds.pyth import usable
from keeper.feeds.pyth_reads import PythReads
from keeper.feeds.signing import Reporters
from keeper.price_feeds import make_feeds, make_pyth_endpoints
from keeper.pusher import PythEndpoint, PythMarket
from keeper.strategy.sources import trouble
from keeper.types import BlockRef
from keeper.verdict import Check, fail, ok, warn


async def prices(
    settings: Settings, reads: Reads, head: BlockRef, reporters: Reporters, payer: str, now: float
) -> AsyncIterator[Check]:
    """`payer`: in whose name Pyth is asked what an update holds. `now`: Unix seconds."""
    try:
        feeds = make_feeds(settings)
    except FeedUnavailable as error:
        yield fail("prices", f"{error}")
        return
    for market_id, feed in feeds.items():
        yield await _feed(market_id, feed, now)
        yield await _signers(reads, head, market_id, reporters)
    pyth = PythReads(reads, payer)
    for endpoint in make_pyth_endpoints(settings):
        try:
            await endpoint.ask()
            for market_id, wanted in endpoint.markets.items():
                yield await _pyth(settings, reads, pyth, head, endpoint, market_id, wanted)
        finally:
            await endpoint.hermes.close()
    async for each in _sources(reads, head):
        yield each


async def _feed(market_id: int, feed: Feed, now: float) -> Check:
    what = f"price of market {market_id}"
    try:
        seen = await feed.read(now)
    except FeedUnavailable as error:
        return fail(what, f"{error}")
    finally:
        await feed.close()
    return ok(what, f"{from_wad(seen.price)}, {max(now - seen.timestamp, 0):.0f} s old")


async def _signers(reads: Reads, head: BlockRef, market_id: int, reporters: Reporters) -> Check:
    what = f"signers of market {market_id}"
    if not reporters.addresses:
        return fail(what, "there is no key to sign with: set PLIMSOLL_SIGNER_KEYS_FILE, or remove [[prices]]")
    source = await reads.source_of(head, market_id)
    if int(source, 16) == 0:
        return fail(what, "the market has no price source: correct `market` of [[prices]]")
    try:
        ours = [a for a in reporters.addresses if await reads.is_price_signer(head, source, a)]
        [needed] = await reads.ask(head, [(source, function("SignedSource", "threshold"), ())])
    except (RpcError, ChainError) as error:
        return fail(what, f"its source {source} is no SignedSource ({error}): remove it from [[prices]]")
    if len(ours) < needed:
        return fail(what, f"{len(ours)} of our keys sign there and {needed} are needed: add keys or signers")
    return ok(what, f"{len(ours)} of our keys, {needed} needed")


async def _pyth(
    settings: Settings,
    reads: Reads,
    pyth: PythReads,
    head: BlockRef,
    endpoint: PythEndpoint,
    market_id: int,
    wanted: PythMarket,
) -> Check:
    """All that an update needs, up to what Pyth's contract makes of the endpoint's data."""
    what = f"Pyth's price of market {market_id}"
    source = await reads.source_of(head, market_id)
    rule = await pyth.rule(head, source, market_id) if int(source, 16) else None
    if rule is None:
        return fail(what, f"its source {source} takes no price of Pyth: correct `market` of [[prices]]")
    if rule.price_id != wanted.price_id:
        return fail(what, f"its source takes the feed 0x{rule.price_id.hex()}: correct price_id")
    if endpoint.problem:
        return fail(what, f"{endpoint.problem}: correct url, or wait for the endpoint")
    answer = endpoint.answers[-1]
    said = answer.prices.get(wanted.price_id)
    if said is None:
        return fail(what, "the endpoint does not know price_id: is it one of another network of Pyth?")
    try:
        fee = await pyth.fee(head, source, answer.data)
        limit = settings.limits.max_update_fee
        if fee > limit:
            return fail(what, f"an update costs {fee} wei, {limit} are allowed: raise max_update_fee_gwei")
        held = await pyth.held(head, rule.pyth, answer.data, list(answer.prices), fee)
    except FeedUnavailable as error:
        said_no = f"{rule.pyth}, the source's Pyth, does not take the endpoint's update ({error})"
        return fail(what, f"{said_no}: is it of that network?")
    if held.get(wanted.price_id) != said:
        return fail(what, "the endpoint's update does not hold the price that it says: use another endpoint")
    try:
        seen = usable(said, rule.max_confidence)
        check_bounds(seen.price, wanted.lowest, wanted.highest)
    except FeedUnavailable as error:
        return warn(what, f"it cannot be used now: {error}")
    age = max(head.timestamp - seen.timestamp, 0)
    return ok(what, f"{from_wad(seen.price)}, {age} s old, an update costs {fee} wei")


async def _sources(reads: Reads, head: BlockRef) -> AsyncIterator[Check]:
    """What every source of a listed market says on the chain."""
    listed = await markets(reads, head, range(1, await reads.market_count(head) + 1))
    configs = {market.market_id: market.source for market in listed}
    asked = [
        (m, source) for m, each in configs.items() for source in (each.source, each.second_source) if source
    ]
    for (market_id, source), seen in (await source_answers(reads.node, head, asked)).items():
        what, address = f"source of market {market_id}", address_of(source)
        if why := trouble(configs[market_id], seen, head.timestamp):
            yield warn(what, f"{address} {why}: look at its feed, or reach who publishes")
        else:
            yield ok(what, f"{address} says {from_wad(seen.price)}")
