"""A polled market under good and bad answers, beside a model of what the router accepts of them."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import ape
from ape.api import ReceiptAPI

from tests.helpers.desk import PRICE
from tests.helpers.oracle_model import OracleConfig, OracleModel, OracleRecord
from tests.helpers.outages.stage import CONFIRM, GRACE, MARKET, MAX_AGE, STALE_MOVE, Stage
from tests.helpers.parameters import WAD
from tests.helpers.reading import now, rpc

MAX_PRICE = 2**88 - 1
DECIMALS = 8
# A feed's unit in WAD.
UNIT = 10**10


@dataclass
class Feeds:
    """Chainlink's two and Pyth's as they stand, and what our sources make of them."""

    answer: int
    updated_at: int
    # The sequencer is up since then; None: it is down.
    up_since: int | None
    decimals: int = DECIMALS
    pyth: tuple[int, int] = (0, 0)

    def chainlink(self, at: int) -> tuple[int, int]:
        """`ChainlinkSource.latest`."""
        if self.up_since is None or at - self.up_since < GRACE:
            return 0, at
        fresh = 0 < self.updated_at <= at <= self.updated_at + MAX_AGE
        if self.decimals != DECIMALS or not fresh or not 0 < self.answer * UNIT <= MAX_PRICE:
            return 0, 0
        return self.answer * UNIT, self.updated_at


# Of a price: the reason for which the call is refused; empty: it is not.
Reason = Callable[[int], str]


class Polled:
    """Over a stage with Chainlink. Fills are at the mark, so that funding indices stay 0."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        price, updated_at, block = map(int, stage.desk.router.last_accepted(MARKET))
        _, answer, _, observed_at, _ = map(int, stage.feed.latestRoundData())
        self.feeds = Feeds(answer, observed_at, up_since=stage.up_since)
        config = OracleConfig(MAX_AGE, WAD // 10, CONFIRM, STALE_MOVE)
        record = OracleRecord(config, lambda: self.feeds.pyth, price, updated_at, block)
        self.model = OracleModel({MARKET: record})

    # -- what the feeds say

    @property
    def last(self) -> int:
        return self.model.records[MARKET].price

    def answers(self, answer: int, updated_at: int | None = None) -> None:
        """A round, observed in its block unless told otherwise."""
        feed, at = self.stage.feed, self.next_second
        self.feeds.answer, self.feeds.updated_at = answer, at if updated_at is None else updated_at
        round_id = int(feed.latestRound()) + 1
        feed.updateRoundData(round_id, answer, self.feeds.updated_at, at, sender=self.stage.owner)

    def has_decimals(self, decimals: int) -> None:
        self.feeds.decimals = decimals
        rpc("anvil_setStorageAt", str(self.stage.feed.address), f"0x{0:064x}", f"0x{decimals:064x}")

    def sequencer_is(self, down: bool) -> None:
        self.stage.sequencer_is(down)
        if down:
            self.feeds.up_since = None
        elif self.feeds.up_since is None:
            self.feeds.up_since = now()

    def second_says(self, price: int) -> None:
        self.feeds.pyth = (price // UNIT * UNIT, now())
        self.stage.publish(price)

    def wait(self, seconds: int) -> None:
        """The other market stays live."""
        self.stage.desk.mine(seconds)
        self.stage.desk.report(PRICE)

    # -- what the router does with it

    def asked(self) -> OracleRecord:
        """The record after a transaction of the next block that asks."""
        model, at = deepcopy(self.model), self.next_second
        model.poll(MARKET, self.feeds.chainlink(at), at, int(rpc("eth_blockNumber"), 16) + 1)
        return model.records[MARKET]

    def sync(self) -> None:
        record = self.asked()
        self.stage.sync()
        self.model.records[MARKET] = record
        self.agrees(record)

    def agrees(self, record: OracleRecord) -> None:
        """The router holds exactly this."""
        router = self.stage.desk.router
        assert tuple(map(int, router.last_accepted(MARKET))) == (
            record.price,
            record.updated_at,
            record.block,
        )
        assert bool(router.peek(MARKET).valid) == record.is_valid(now())

    @property
    def next_second(self) -> int:
        return now() + 1

    def attempt(self, call: Callable[[int], ReceiptAPI], priced: Reason, unpriced: Reason) -> None:
        """Predict and try: `priced` and `unpriced` give the reason of a refusal, by the accepted price. What
        happens is at that price, and everything that its events say of the market."""
        record = self.asked()
        price, valid = record.price, record.is_valid(self.next_second)
        reason = priced(price) if valid else unpriced(price)
        if reason:
            with ape.reverts(reason):
                call(price)
            return
        receipt = call(price)
        self.agrees(record)
        assert prices(self.stage, receipt) <= {price}


def prices(stage: Stage, receipt: ReceiptAPI) -> set[int]:
    """All that a transaction's events say the market's price was."""
    desk = stage.desk
    fields = {"FundingAccrued": "mark", "PositionChanged": "price", "Liquidated": "price"}
    told = {
        int(event[field])
        for name, field in fields.items()
        for event in desk.named(receipt, name)
        if event["market_id"] == MARKET
    }
    accepted = receipt.decode_logs([desk.router.PriceAccepted.abi])
    return told | {int(event.price) for event in accepted if event.market_id == MARKET}
