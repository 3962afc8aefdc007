"""What a keeper that follows the chain makes of an outage: its book, its plan, and what `plimsoll status`
shows of the market.
"""

from dataclasses import astuple
from typing import Any

import ape

from keeper.book.book import Book, clocked
from keeper.book.events import Decoder
from keeper.cli.views.status import MarketLine, status_view
from keeper.strategy.plan import plan
from keeper.strategy.sources import asked_sources
from keeper.types import (
    Action,
    BlockRef,
    Deleverage,
    DeleverageNext,
    Facts,
    Limits,
    Liquidate,
    Observation,
    Own,
    Sync,
)
from tests.helpers.outages.blocks import send_together
from tests.helpers.outages.checks import NO_PRICE
from tests.helpers.outages.stage import CONFIRM, MARKET, Stage
from tests.helpers.reading import SCALE, rpc


class Follower:
    """The book after all events of the deployment, and what is read beside it, as of the last block."""

    def __init__(self, stage: Stage) -> None:
        house, router = stage.desk.clearing_house, stage.desk.router
        names = {str(house.address).lower(): "ClearingHouse", str(router.address).lower(): "OracleRouter"}
        head = rpc("eth_getBlockByNumber", "latest", False)
        sought = {"address": list(names), "fromBlock": hex(stage.first_block), "toBlock": head["number"]}
        decoded = map(Decoder(names).decode, rpc("eth_getLogs", sought))
        events = [event for event in decoded if event is not None]
        times = {number: _time(number) for number in clocked(events)}
        self.block = BlockRef(
            int(head["number"], 16), head["hash"], head["parentHash"], int(head["timestamp"], 16)
        )
        self.book = Book(SCALE)
        self.book.extend(events, self.block, times)
        contracts = {int(str(each.address), 16): each for each in (stage.source, stage.pyth_source)}
        answers = {
            (market_id, source): Observation(*map(int, contracts[source].latest(market_id)))
            for market_id, source in asked_sources(self.book.markets)
            if source in contracts
        }
        nothing = {1: 0, MARKET: 0}
        self.facts = Facts(self.block, nothing, 0, gate_until=0, gate_floor=0, gas_price=0, answers=answers)
        marks = self.book.marks(self.block.timestamp)
        self.price = marks[MARKET].price if marks[MARKET].valid else None
        made = plan(self.book, marks, self.facts, Limits(), Own(stage.cast.rich))
        self.asks = any(isinstance(a, Sync) and MARKET in a.market_ids for a in made.actions)
        # Those that need the market's price.
        self.acts: list[Action] = [a for a in made.actions if getattr(a, "market_id", 0) == MARKET]

    @property
    def status(self) -> MarketLine:
        markets = status_view(self.book, self.block.timestamp, facts=self.facts).markets
        return next(line for line in markets if line.market_id == MARKET)


def keeper_acts(stage: Stage, price: int, asks: bool, source: str = "", *, answered: bool = True) -> None:
    """It deleverages the bankrupt account, which has no insurance, and the chain does so at that price.
    `asks`: it has the router ask, and acts on the answer, or without it if not `answered`. `source`: what
    status says of the market's."""
    before = stage.before()
    if before:
        send_together(before)
        stage.reset()
    else:
        stage.desk.mine(1)
    follower = Follower(stage)
    assert follower.asks == asks
    if asks and answered:
        stage.sync()
        follower = Follower(stage)
    assert (follower.price, follower.status.trouble) == (price, "")
    assert dict(follower.status.stale_sources).get(str(stage.source.address), "") == source
    (action,) = (a for a in follower.acts if isinstance(a, Deleverage))
    owed = stage.equity(stage.cast.victim, price)
    receipt = stage.desk.deleverage(action.account_id, list(action.ranked), MARKET)
    (started,) = stage.desk.named(receipt, "DeleveragingStarted")
    assert (action.account_id, started["equity"]) == (stage.cast.victim, owed)


def keeper_waits(stage: Stage, trouble: str, source: str) -> None:
    """Nothing is planned that needs the price, and asking would change nothing."""
    stage.desk.mine(1)
    follower = Follower(stage)
    assert (follower.price, follower.status.trouble) == (None, trouble)
    assert dict(follower.status.stale_sources).get(str(stage.source.address), "") == source
    assert (follower.acts, follower.asks) == ([], False)


def keeper_asks_then_waits(stage: Stage, source: str) -> None:
    """It has the router ask at once. What it plans in front of that on the price it still believes in is
    refused when it is simulated."""
    follower = Follower(stage)
    assert follower.asks
    for action in follower.acts:
        with ape.reverts(NO_PRICE):
            _simulate(stage, action)
    stage.sync()
    keeper_waits(stage, "in doubt", source)


def keeper_asks_twice(stage: Stage) -> None:
    """It has the router ask at once, and again when the waiting price can be confirmed."""
    keeper_asks_then_waits(stage, "")
    since = int(stage.desk.router.pending_price(MARKET)[2])
    stage.mine_at(since + CONFIRM - 1)
    assert not Follower(stage).asks
    stage.mine_at(since + CONFIRM)
    follower = Follower(stage)
    assert (follower.acts, follower.asks) == ([], True)


def _simulate(stage: Stage, action: Action) -> Any:
    house, rich = stage.desk.clearing_house, stage.desk.traders[stage.cast.rich]
    match action:
        case Deleverage(account_id, market_id, ranked):
            return house.deleverage.call(account_id, market_id, list(ranked), sender=rich)
        case DeleverageNext():
            return house.deleverage_next.call(*astuple(action), sender=rich)
        case Liquidate():
            return house.liquidate.call(*astuple(action), sender=rich)
        case _:
            raise AssertionError(f"not planned here: {action}")


def _time(number: int) -> int:
    return int(rpc("eth_getBlockByNumber", hex(number), False)["timestamp"], 16)
