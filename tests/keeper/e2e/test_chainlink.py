"""A keeper beside a market of Chainlink: nobody pushes, so it has the router ask when that changes prices."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any

from scripts.sandbox.keeper_process import Daemon
from scripts.sandbox.market import Web3Deployer
from scripts.sandbox.parameters import SourceConfig
from scripts.sandbox.venue import parameters
from tests.helpers.foreign import deploy_aggregator
from tests.helpers.parameters import WAD
from tests.helpers.solidity import needs_solidity
from tests.keeper.history import events, reverted, transactions_of
from tests.keeper.stage import PRICE, Stage, staged

pytestmark = needs_solidity

MARKET, GRACE, HEARTBEAT = 2, 600, 3_600
UP, DOWN = 0, 1


class ChainlinkVenue:
    """Market 2 of a venue, polled from an aggregator, on a rollup whose sequencer goes down on command."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.venue = stage, stage.venue
        w3, sender = self.venue.w3, self.venue.market.sender
        self.feed = deploy_aggregator(w3, sender, 8, PRICE // 10**10)
        self.sequencer = deploy_aggregator(w3, sender, 0, UP)
        self.venue.mine(GRACE)
        deployer = Web3Deployer(w3, sender)
        feeds = [(MARKET, self.feed.address, HEARTBEAT)]
        self.source = deployer.deploy("ChainlinkSource", feeds, self.sequencer.address, GRACE)
        config = SourceConfig(self.source.address, polled=True)
        router = self.venue.system.router.functions
        self.venue.market.send(router.set_source(MARKET, astuple(config)))
        self.venue.market.send(router.sync([MARKET]))
        listing = self.venue.system.governance.functions.list_market(astuple(parameters(PRICE)))
        self.venue.market.send(listing)

    def answer(self, price: int) -> None:
        self.venue.send_soon(self.feed.functions.updateAnswer(price // 10**10))

    def sequencer_is(self, status: int) -> None:
        self.venue.send_soon(self.sequencer.functions.updateAnswer(status))

    def quote(self) -> tuple[int, bool]:
        """Accepted price, and whether it is valid."""
        price, valid, _ = self.venue.system.router.functions.peek(MARKET).call()
        return int(price), bool(valid)

    def rest(self, blocks: int = 4) -> None:
        for _ in range(blocks):
            self.venue.mine()
            self.stage.wait()


@contextmanager
def polled(folder: Path) -> Iterator[tuple[Stage, ChainlinkVenue, Daemon]]:
    with staged(folder) as stage:
        market = ChainlinkVenue(stage)
        daemon = stage.keeper(deposit=0)
        stage.venue.hold()
        stage.open(daemon)
        yield stage, market, daemon


def functions(stage: Stage, daemon: Daemon) -> list[Any]:
    sent = transactions_of(stage.venue, daemon.key.address)
    assert not reverted(sent)
    return [(each.function, each.arguments["market_ids"]) for each in sent]


def test_keeper__feed_moves__has_the_router_ask_and_not_before(tmp_path: Path) -> None:
    with polled(tmp_path) as (stage, market, daemon):
        market.answer(PRICE * 1_004 // 1_000)
        market.rest()
        assert functions(stage, daemon) == []
        moved = PRICE * 1_006 // 1_000
        market.answer(moved)
        stage.advance("it is accepted", lambda: market.quote() == (moved, True))
        stage.settle(daemon)
        assert functions(stage, daemon) == [("sync", [MARKET])]


def test_keeper__feed_jumps__starts_the_wait_and_confirms_it(tmp_path: Path) -> None:
    with polled(tmp_path) as (stage, market, daemon):
        market.answer(2 * PRICE)
        stage.advance("it is pending", lambda: events(stage.venue, "PricePending"))
        stage.settle(daemon)
        assert market.quote() == (PRICE, False)
        assert functions(stage, daemon) == [("sync", [MARKET])]
        stage.venue.mine(60)
        stage.advance("it is accepted", lambda: market.quote() == (2 * PRICE, True))
        stage.settle(daemon)
        assert functions(stage, daemon) == [("sync", [MARKET])] * 2


def test_keeper__sequencer_goes_down_and_comes_back__doubt_is_set_once_and_ended_after_the_grace(
    tmp_path: Path,
) -> None:
    with polled(tmp_path) as (stage, market, daemon):
        valid = f'plimsoll_price_valid{{market="{MARKET}"}}'
        up = f'plimsoll_source_up{{market="{MARKET}",source="{market.source.address}"}}'
        assert (daemon.metrics()[valid], daemon.metrics()[up]) == (1, 1)
        market.sequencer_is(DOWN)
        stage.advance("it is in doubt", lambda: market.quote() == (PRICE, False))
        stage.settle(daemon)
        [doubt] = events(stage.venue, "PricePending")
        assert doubt.args["price"] == 0
        assert (daemon.metrics()[valid], daemon.metrics()[up]) == (0, 0)
        stale = [e for e in daemon.entries() if e["event"] == "price source is stale"]
        assert [e["why"] for e in stale if e["market"] == MARKET] == ["is in doubt"]

        market.sequencer_is(UP)
        market.rest()
        assert functions(stage, daemon) == [("sync", [MARKET])]
        stage.venue.mine(GRACE)
        # The same answer as before the outage: the feed had no reason to speak.
        stage.advance("it has a price", lambda: market.quote() == (PRICE, True))
        stage.settle(daemon)
        assert functions(stage, daemon) == [("sync", [MARKET])] * 2
        stage.advance("the keeper knows", lambda: daemon.metrics()[valid] == daemon.metrics()[up] == 1)
        # The book is the chain's, doubt included.
        stage.advance("it was compared", lambda: daemon.metrics()["plimsoll_reconciled_block"] > doubt.block)
        assert daemon.metrics()["plimsoll_reconciliation_differences"] == 0


def test_keeper__feed_falls_silent__says_so_and_sends_nothing(tmp_path: Path) -> None:
    with polled(tmp_path) as (stage, market, daemon):
        up = f'plimsoll_source_up{{market="{MARKET}",source="{market.source.address}"}}'
        stage.venue.mine(HEARTBEAT + 1)
        stage.advance("it is told", lambda: daemon.metrics()[up] == 0)
        market.rest()
        assert functions(stage, daemon) == []
        market.answer(PRICE + 100 * WAD)
        stage.advance("it is accepted", lambda: market.quote() == (PRICE + 100 * WAD, True))
        stage.advance("it is told", lambda: daemon.metrics()[up] == 1)
