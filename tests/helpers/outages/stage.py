"""A deployment whose market 2 is priced by Chainlink's or Pyth's contracts, and who holds what in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import Any

from ape import Project, chain
from ape.api import AccountAPI, ReceiptAPI

from tests.helpers.crash import short
from tests.helpers.desk import PRICE, Desk
from tests.helpers.model.arithmetic import (
    favourable_price,
    maintenance_requirement,
    value,
)
from tests.helpers.outages.blocks import Call, send, send_together
from tests.helpers.parameters import HOUR, WAD, MarketParams, SourceConfig
from tests.helpers.reading import SCALE, rpc
from tests.helpers.real_feeds import deploy_aggregator, deploy_optimism_uptime, deploy_pyth

MARKET = 2
# Where everybody got in, the last accepted price, and one 12.5 % below it: a jump.
START, LAST, NEW = 4_600 * WAD, 4_000 * WAD, 3_500 * WAD
MAX_AGE, GRACE = HOUR, HOUR // 2
CONFIRM = 60
STALE_MOVE = WAD // 10
MAX_CONFIDENCE = WAD // 100
PRICE_ID = b"\x11" * 32
PYTH_FEE = 7

PARAMS = MarketParams()
MAINTENANCE_PPM = PARAMS.maintenance_rate * 10**6 // WAD


@dataclass(frozen=True)
class Cast:
    """Account ids. All got in at `START`, and at `PRICE` into market 1."""

    # Rich, 10 base each in both markets, at 10x.
    long: int
    short: int
    # Long 1 base in market 2 at 100x, bankrupt since.
    victim: int
    # Long 1 base in both markets at 100x, bankrupt since.
    straddler: int
    # No position: one that was only funded, and one that takes over.
    flat: int
    rich: int


class Stage:
    """Funding indices are 0 until `premium`."""

    def __init__(self, project: Project, owner: AccountAPI, people: Sequence[AccountAPI]) -> None:
        self.first_block = int(chain.blocks.head.number)
        self.owner, self.people = owner, people
        self.desk = desk = Desk(project, owner, PARAMS)
        self.pyth = deploy_pyth(owner, PYTH_FEE)
        feed = (MARKET, PRICE_ID, MAX_CONFIDENCE)
        self.pyth_source = owner.deploy(project.PythSource, self.pyth, desk.router, [feed])
        # What goes into the block of every `send`, in front of it.
        self.before: Callable[[], list[Call]] = _no_calls
        # Ends what is wrong with the feed.
        self.repair: Callable[[], object] = _nothing
        # Index, premium and time of the last touch, after `premium`.
        self.touched = (0, 0, 0)
        # Of market 2.
        self.source: Any = None
        # Chainlink's, where the stage has them.
        self.feed: Any = None
        self.uptime: Any = None

    # -- set up

    def open_market(self, source: Any, **more: Any) -> None:
        desk = self.desk
        self.source = source
        config = SourceConfig(
            str(source.address), max_age=MAX_AGE, confirm=CONFIRM, stale_move=STALE_MOVE, **more
        )
        desk.router.set_source(MARKET, astuple(config), sender=self.owner)
        self.say(START)
        desk.governance.list_market(astuple(PARAMS), sender=self.owner)
        self.cast = self._cast()
        for price in (4_200 * WAD, LAST):
            self.say(price)
        assert desk.router.last_accepted(MARKET)[0] == LAST

    def _cast(self) -> Cast:
        desk, (maker, taker, poor, other, idle, rich) = self.desk, self.people
        long, against = desk.account(maker, 100_000), desk.account(taker, 100_000)
        victim, straddler = desk.account(poor, 60), desk.account(other, 120)
        for market_id, price in ((1, PRICE), (MARKET, START)):
            desk.trade(long, against, 10 * WAD, price, market_id=market_id)
            short(desk, against, straddler, price=price, market_id=market_id)
        short(desk, against, victim, price=START, market_id=MARKET)
        return Cast(
            long, against, victim, straddler, desk.account(idle, 1_000), desk.account(rich, 1_000_000)
        )

    # -- prices

    def say(self, price: int) -> None:
        """The market's source says so, and the router is told."""
        if self.feed is None:
            self.publish(price)
        else:
            self.answer(price)
            self.sync()

    def answer(self, price: int) -> None:
        """A new round of Chainlink's feed, of 8 decimals; nobody tells the router."""
        self.feed.updateAnswer(price // 10**10, sender=self.owner)

    def sync(self) -> ReceiptAPI:
        return self.desk.router.sync([MARKET], sender=self.owner)

    def publish(self, price: int, confidence: int = 0, ahead: int = 0) -> ReceiptAPI:
        return send(self.publication(price, confidence, ahead))

    def publication(self, price: int, confidence: int = 0, ahead: int = 0) -> Call:
        """An update of Pyth's through our source, of 8 decimals, observed at the last block's time."""
        now = int(chain.blocks.head.timestamp) + ahead
        mantissa, width = price // 10**10, confidence // 10**10
        fields = (PRICE_ID, mantissa, width, -8, mantissa, width, now, now - 1)
        update = self.pyth.createPriceFeedUpdateData(*fields)
        return Call(self.pyth_source.update, ([update], [MARKET]), self.owner, PYTH_FEE)

    def sequencer_is(self, down: bool) -> None:
        """Since its block; the same again changes nothing."""
        self.uptime.tell(down, int(chain.blocks.head.timestamp) + 1)

    @property
    def up_since(self) -> int:
        return int(self.uptime.contract.latestRoundData()[2])

    def mine_at(self, timestamp: int) -> None:
        """A block of that second; the next one is a second later."""
        chain.mine(timestamp=timestamp)

    def lapse(self) -> None:
        """The accepted price's last valid second, and the next block is after it."""
        updated_at = int(self.desk.router.last_accepted(MARKET)[1])
        self.mine_at(updated_at + MAX_AGE)
        assert self.desk.router.peek(MARKET).valid

    def premium(self) -> None:
        """Trade above the mark, so that longs owe shorts."""
        desk, cast = self.desk, self.cast
        receipt = desk.trade(cast.long, cast.short, price=LAST * 101 // 100, market_id=MARKET)
        (touch,) = desk.named(receipt, "FundingAccrued")
        assert touch["premium"] > 0
        self.touched = (touch["index"], touch["premium"], int(receipt.timestamp))

    # -- doing

    def reset(self) -> None:
        """For another outage, on the chain as it was set up."""
        self.before, self.repair, self.touched = _no_calls, _nothing, (0, 0, 0)

    def send(self, method: Any, *arguments: object, sender: AccountAPI | None = None) -> ReceiptAPI:
        call = Call(method, arguments, sender or self.owner)
        before = self.before()
        return send_together([*before, call]) if before else send(call)

    def fill(self, buyer: int, seller: int, size: int, price: int, market_id: int = MARKET) -> ReceiptAPI:
        desk = self.desk
        bid = desk.order(buyer, size, price, market_id=market_id)
        ask = desk.opposite(bid, seller)
        signed = (astuple(bid), desk.sign(bid), astuple(ask), desk.sign(ask))
        return self.send(desk.exchange.fill, *signed, size, 0, 0)

    def liquidate(self, account_id: int, market_id: int = MARKET) -> ReceiptAPI:
        desk, rich = self.desk, self.cast.rich
        arguments = (account_id, market_id, 2**255, rich, 10, 0)
        return self.send(desk.clearing_house.liquidate, *arguments, sender=desk.traders[rich])

    def deleverage(self, account_id: int, market_id: int = MARKET) -> ReceiptAPI:
        return self.send(self.desk.clearing_house.deleverage_next, account_id, market_id, 256)

    def withdraw(self, account_id: int, amount: int) -> ReceiptAPI:
        desk = self.desk
        trader = desk.traders[account_id]
        return self.send(desk.clearing_house.withdraw, account_id, amount, trader, sender=trader)

    # -- what it should come to

    def equity(self, account_id: int, price: int, favour: bool = False) -> int:
        """With market 2 at a price; in the account's favour: as the waterfall counts it without one."""
        total = self.desk.cash(account_id)
        for market_id, mark in ((1, PRICE), (MARKET, price)):
            size = self.desk.slot(account_id, market_id).size
            at = mark
            if favour and market_id == MARKET:
                at = favourable_price(size, price, STALE_MOVE * 10**6 // WAD)
            total += value(size, at, 0, SCALE)
        return total

    def maintenance(self, account_id: int, market_id: int, price: int) -> int:
        return maintenance_requirement(
            self.desk.slot(account_id, market_id).size, price, MAINTENANCE_PPM, SCALE
        )

    def raise_to(self, account_id: int, equity: int, now: int) -> None:
        """Deposit what is missing from `now` to `equity`; no price is needed for it."""
        assert equity > now
        self.desk.endow(account_id, equity - now)


@contextmanager
def steady_clock() -> Iterator[None]:
    """Meanwhile every block is a second after the last, whatever the machine's clock does."""
    rpc("anvil_setBlockTimestampInterval", 1)
    try:
        yield
    finally:
        rpc("anvil_removeBlockTimestampInterval")


def chainlink_stage(project: Project, owner: AccountAPI, people: Sequence[AccountAPI]) -> Stage:
    """Chainlink, behind a sequencer that is up, with Pyth, silent, as the second source."""
    stage = Stage(project, owner, people)
    stage.feed = deploy_aggregator(owner, START // 10**10)
    stage.uptime = deploy_optimism_uptime(owner)
    stage.uptime.contract.disableAccessCheck(sender=owner)
    stage.desk.mine(GRACE)
    feed = (MARKET, stage.feed.address, MAX_AGE)
    source = owner.deploy(project.ChainlinkSource, [feed], stage.uptime.contract, GRACE)
    stage.open_market(source, second_source=str(stage.pyth_source.address), polled=True)
    return stage


def pyth_stage(project: Project, owner: AccountAPI, people: Sequence[AccountAPI]) -> Stage:
    """Pyth alone."""
    stage = Stage(project, owner, people)
    stage.open_market(stage.pyth_source)
    return stage


def _no_calls() -> list[Call]:
    return []


def _nothing() -> None:
    pass
