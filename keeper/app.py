"""Puts the keeper together from its settings: the only place where every part is known."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import structlog
from eth_utils.address import to_checksum_address

from keeper import __version__, checks
from keeper.audit import Recomputed
from keeper.book.book import Book
from keeper.book.events import Decoder
from keeper.book.store import CorruptCheckpoint, Store, WrongCheckpoint
from keeper.calls import Addresses, Calls
from keeper.chain.blocks import latest
from keeper.chain.errors import Fatal
from keeper.chain.reads import Contracts, Reads
from keeper.chain.rpc import Node
from keeper.config import Secrets, Settings
from keeper.daemon import Daemon
from keeper.feed_report import FeedReport
from keeper.feeds.base import FeedUnavailable
from keeper.feeds.pyth_reads import PythReads
from keeper.follower import Follower, Progress
from keeper.keys import NOBODY, open_reporters, open_wallet
from keeper.operator import Operator, Submits
from keeper.price_feeds import make_feeds, make_pyth_endpoints
from keeper.publisher import Publisher
from keeper.pusher import Pusher
from keeper.reconciler import Reconciler
from keeper.records import CheckedRound, Records
from keeper.shelf import Shelf
from keeper.strategy.prices import PricePolicy
from keeper.telemetry.health import Health
from keeper.telemetry.metrics import Metrics
from keeper.telemetry.server import TelemetryServer
from keeper.tx.dry import DrySender
from keeper.tx.fees import FeeLimits, Fees
from keeper.tx.journal import Journal
from keeper.tx.sender import Sender, SenderSettings
from keeper.types import BlockRef, Own


@dataclass(frozen=True, slots=True)
class Chain:
    """A connected node, and what the contracts said of themselves."""

    node: Node
    reads: Reads
    contracts: Contracts
    head: BlockRef

    def follower(self, start_block: int) -> Follower:
        addresses = {
            self.contracts.clearing_house.lower(): "ClearingHouse",
            self.contracts.router.lower(): "OracleRouter",
        }
        return Follower(self.node, Decoder(addresses), list(addresses), start_block)

    def store(self, settings: Settings) -> Store:
        return Store(settings.book_file, settings.chain.id, self.contracts.clearing_house)


def run(settings: Settings, secrets: Secrets) -> int:
    """The daemon, until it is told to stop. Its exit code."""
    asyncio.run(_run(settings, secrets))
    return 0


async def open_book(settings: Settings, progress: Progress) -> Book:
    """The last checkpoint of the keeper, brought up to the head; nothing is written."""
    async with AsyncExitStack() as stack:
        chain = await connect(settings, stack)
        try:
            found = chain.store(settings).load()
        except (CorruptCheckpoint, WrongCheckpoint):
            found = None
        book = found or Book(chain.contracts.scale)
        follower = chain.follower(settings.chain.start_block)
        await follower.advance(book, chain.head, progress=progress)
        return book


async def recompute_rounds(settings: Settings, progress: Progress) -> list[CheckedRound]:
    """Every round since the start block, oldest first, each held against the book before it."""
    async with AsyncExitStack() as stack:
        chain = await connect(settings, stack)
        book = Book(chain.contracts.scale)
        recomputed = Recomputed(lambda: book)
        follower = chain.follower(settings.chain.start_block)
        await follower.advance(book, chain.head, recomputed, progress)
        return recomputed.rounds


async def connect(settings: Settings, stack: AsyncExitStack) -> Chain:
    """Fatal if the endpoints or the addresses are wrong. Closed with the stack."""
    given = settings.chain
    node = Node(given.endpoints, given.id, given.max_lag, given.call_timeout)
    stack.push_async_callback(node.close)
    await node.start()
    reads = Reads(node, settings.contracts.clearing_house, settings.contracts.lens)
    head = await latest(node)
    return Chain(node, reads, await reads.discover(head), head)


async def _run(settings: Settings, secrets: Secrets) -> None:
    log = structlog.get_logger()
    async with AsyncExitStack() as stack:
        settings.keeper.folder.mkdir(parents=True, exist_ok=True)
        clock = time.time
        metrics = Metrics()
        health = Health(settings.telemetry.max_head_age, settings.telemetry.max_cycle_age, clock())
        server = TelemetryServer(metrics.registry, health, clock)
        await server.start(settings.telemetry.host, settings.telemetry.port)
        stack.push_async_callback(server.stop)

        chain = await connect(settings, stack)
        await _look_first(settings, secrets, chain, log)
        sender = await _sender(settings, secrets, chain, stack)
        shelf = Shelf(chain.store(settings), chain.contracts.scale)
        records = Records(settings.rounds_file)
        stack.callback(records.close)
        report = FeedReport(metrics, log)
        publisher = _publisher(settings, secrets, shelf, report, clock)
        stack.push_async_callback(publisher.close)
        pusher = _pusher(settings, chain.reads, sender, report)
        stack.push_async_callback(pusher.close)
        addresses = Addresses(chain.contracts.clearing_house, chain.contracts.router)
        operator = Operator(
            chain.reads,
            _fees(settings, chain.node),
            sender,
            Calls(addresses, shelf.account, publisher.report),
            publisher,
            pusher,
            settings.strategy_limits(chain.contracts.decimals),
            Own(settings.keeper.account_id),
            metrics,
            log,
        )
        metrics.describe(_described(settings, sender), chain.contracts.decimals)
        metrics.know_endpoints([endpoint.name for endpoint in chain.node.health()])
        metrics.know_feeds([price.market for price in settings.prices])
        log.info(
            "keeper started",
            version=__version__,
            chain=settings.chain.id,
            clearing_house=chain.contracts.clearing_house,
            sender=sender.address,
            account=settings.keeper.account_id,
            dry_run=settings.keeper.dry_run,
            port=server.port,
        )
        daemon = Daemon(
            settings,
            chain.node,
            shelf,
            chain.follower(settings.chain.start_block),
            operator,
            publisher,
            pusher,
            Reconciler(chain.reads, lambda: shelf.book),
            records,
            metrics,
            health,
            log,
            clock,
        )
        await daemon.run()


async def _look_first(settings: Settings, secrets: Secrets, chain: Chain, log: Any) -> None:
    """What would fail later is said now; Fatal for what nothing could be done with."""
    all_found = [checks.clock(chain.head, time.time(), settings.telemetry.max_head_age)]
    all_found += [each async for each in checks.before_start(settings, secrets, chain.reads, chain.head)]
    for found in all_found:
        if found.stops:
            raise Fatal(found.text)
        if found.verdict != "ok":
            log.warning("check", what=found.what, verdict=found.verdict, text=found.text)


def _fees(settings: Settings, node: Node) -> Fees:
    return Fees(node, FeeLimits(settings.limits.max_fee, settings.limits.max_priority))


async def _sender(settings: Settings, secrets: Secrets, chain: Chain, stack: AsyncExitStack) -> Submits:
    """One that signs, or in a dry run one that does not."""
    wallet, node = open_wallet(secrets), chain.node
    rules = SenderSettings(
        confirmations=settings.chain.confirmations, stuck_blocks=settings.limits.replace_after_blocks
    )
    if settings.keeper.dry_run:
        address = wallet.address if wallet else await _owner(settings, chain)
        return DrySender(node, address, rules)
    if wallet is None:
        raise Fatal("there is no key: set PLIMSOLL_PRIVATE_KEY or PLIMSOLL_KEYSTORE, or use --dry-run")
    journal = Journal(settings.journal_file, settings.chain.id, wallet.address)
    stack.callback(journal.close)
    return Sender(node, wallet, journal, _fees(settings, node), rules)


async def _owner(settings: Settings, chain: Chain) -> str:
    """In whose name a dry run without a key asks."""
    if not settings.keeper.account_id:
        return NOBODY
    found = await chain.reads.clearing_house_view(chain.head, "owner_of", settings.keeper.account_id)
    return to_checksum_address(found)


def _publisher(
    settings: Settings, secrets: Secrets, shelf: Shelf, report: FeedReport, clock: Callable[[], float]
) -> Publisher:
    try:
        feeds = make_feeds(settings)
    except FeedUnavailable as error:
        raise Fatal(str(error)) from None
    return Publisher(
        feeds,
        _policies(settings),
        open_reporters(secrets),
        settings.chain.id,
        shelf.price_source,
        report,
        structlog.get_logger(),
        clock,
    )


def _pusher(settings: Settings, reads: Reads, sender: Submits, report: FeedReport) -> Pusher:
    return Pusher(
        make_pyth_endpoints(settings),
        _policies(settings),
        PythReads(reads, sender.address),
        settings.limits.max_update_fee,
        report,
        structlog.get_logger(),
    )


def _policies(settings: Settings) -> dict[int, PricePolicy]:
    return {
        price.market: PricePolicy(price.threshold_ppm, int(price.heartbeat), int(price.min_interval))
        for price in settings.prices
    }


def _described(settings: Settings, sender: Submits) -> dict[str, str]:
    return {
        "version": __version__,
        "chain": str(settings.chain.id),
        "clearing_house": settings.contracts.clearing_house,
        "sender": sender.address,
        "account": str(settings.keeper.account_id),
        "dry_run": str(settings.keeper.dry_run).lower(),
    }
