"""A history through the contracts, in order of time: prices, fills, and what the keeper does about them."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from eth_typing import HexStr

from keeper.strategy.risk import Standing, standing
from keeper.types import Liquidate
from scripts.demo.story import Liquidation
from scripts.replay.chain import Chain, deployed
from scripts.replay.comparison import Score
from scripts.replay.history import History, Trade
from scripts.replay.keeping import Done, InProcess
from scripts.replay.opening import Names, Progress, Refused, open_positions, open_venue
from scripts.replay.rounds import Rounds, Seen
from scripts.replay.trading import CONFIRMATIONS, MOST_FILLS, Trading

# Seconds for the opening before the first price: a block each, and some for every account.
ROOM, ROOM_EACH = 10_000, 12


@dataclass(frozen=True)
class Filled:
    """A fill as it was tried; `reason`: why it was refused, empty: it was not."""

    block: int
    time: int
    trade: Trade
    reason: str


Happening = Filled | Liquidation | Seen | Done
"""A `Done` is a transaction of the keeper that the contracts refused."""
T = TypeVar("T")


@dataclass
class Outcome:
    """All that happened. Standings by account id, `before` at the first prices, `after` at the end."""

    names: Names
    refused: list[Refused]
    before: dict[int, Standing]
    after: dict[int, Standing] = field(default_factory=dict)
    # In order.
    happened: list[Happening] = field(default_factory=list)
    # Of every policy, over all rounds.
    scores: list[Score] = field(default_factory=list)
    # Accounts that were below zero while the keeper looked.
    bankrupt: set[int] = field(default_factory=set)
    actions: int = 0
    blocks: int = 0
    # Of the history's times: the largest delay in seconds, and after how many something was left to be done.
    late: int = 0
    unfinished: int = 0
    insurance_left: int = 0

    def all(self, kind: type[T]) -> list[T]:
        return [each for each in self.happened if isinstance(each, kind)]

    @property
    def rounds(self) -> list[Seen]:
        return self.all(Seen)


def replay(history: History, progress: Progress = lambda what, done, total: None) -> Outcome:
    """On a chain of its own. The same history gives the same outcome."""
    times = history.times
    room = ROOM + ROOM_EACH * (len(history.deposits) + len(history.holdings))
    with deployed(times[0] - room) as chain:
        return _Run(chain, history, progress).play(times)


class _Run:
    def __init__(self, chain: Chain, history: History, progress: Progress) -> None:
        self._chain, self._history, self._progress = chain, history, progress
        first: dict[str, int] = {}
        for of_time in history.prices.values():
            first = of_time | first
        self._names, key = open_venue(chain, history, first)
        self._trading = Trading(chain)
        refused = open_positions(chain, self._trading, history, self._names, progress)
        marks = {self._names.markets[name]: price for name, price in first.items()}
        self._trading.set_prices(marks, history.times[0] - CONFIRMATIONS)
        self._observer = Rounds(chain.book)
        chain.observer = self._observer
        self._keeper = InProcess(chain, key, self._names.keeper)
        self._outcome = Outcome(self._names, refused, self._standings())
        self._begin = chain.head.number

    def play(self, times: list[int]) -> Outcome:
        trades: dict[int, list[Trade]] = {}
        for trade in self._history.trades:
            trades.setdefault(trade.time, []).append(trade)
        for done, time in enumerate(times):
            self._progress("replaying", done, len(times))
            self._moment(time, trades.get(time, []))
        self._progress("replaying", len(times), len(times))
        return self._closed()

    def _moment(self, time: int, trades: list[Trade]) -> None:
        trading, out = self._trading, self._outcome
        of_time = self._history.prices.get(time, {})
        prices = {self._names.markets[name]: price for name, price in of_time.items()}
        out.late = max(out.late, self._chain.next_time(time) - time)
        if any(trading.is_far(*each) for each in prices.items()):
            trading.set_prices(prices, time)
        else:
            trading.report(prices, time)
        for first in range(0, len(trades), MOST_FILLS):
            self._fill(trades[first : first + MOST_FILLS], time)
        if self._chain.waiting:
            self._chain.mine(time)
        self._keep()

    def _fill(self, trades: list[Trade], time: int) -> None:
        """One block, with what waits before."""
        chain, ids = self._chain, self._names.accounts
        for trade in trades:
            sides = (ids[trade.buyer], trade.buyer_leverage), (ids[trade.seller], trade.seller_leverage)
            self._trading.fill(self._names.markets[trade.market], trade.size, trade.price, sides)
        mined = chain.mine(time)[-len(trades) :]
        self._outcome.happened += [
            Filled(chain.head.number, chain.head.timestamp, trade, each.reason)
            for trade, each in zip(trades, mined, strict=True)
        ]

    def _keep(self) -> None:
        out = self._outcome
        done, is_finished = self._keeper.settle()
        out.unfinished += not is_finished
        out.actions += len(done)
        out.bankrupt |= self._keeper.bankrupt
        for each in done:
            if each.mined.reason:
                out.happened.append(each)
            elif isinstance(each.action, Liquidate):
                out.happened.append(self._liquidation(each, each.action))
            elif each.mined.tx_hash in self._observer.seen:
                out.happened.append(self._observer.seen[each.mined.tx_hash])

    def _liquidation(self, done: Done, action: Liquidate) -> Liquidation:
        house = self._chain.venue.system.clearing_house
        receipt = self._chain.venue.w3.eth.get_transaction_receipt(HexStr(done.mined.tx_hash))
        said: dict[str, Any] = next(
            each["args"]
            for log in receipt["logs"]
            if log["topics"][0] == _topic(house)
            for each in [house.events.Liquidated().process_log(log)]
        )
        return Liquidation(
            block=done.block,
            time=done.time,
            market_id=action.market_id,
            account_id=action.account_id,
            is_long=said["size"] < 0,
            size=abs(said["size"]),
            price=said["price"],
            penalty=said["penalty"],
            insurance_paid=said["insurance_paid"],
            was_bankrupt=done.was_bankrupt,
        )

    def _standings(self) -> dict[int, Standing]:
        book = self._chain.book
        marks = book.marks(self._chain.head.timestamp)
        ids = range(1, book.accounts.count + 1)
        return {each: standing(book, marks, book.account(each)) for each in ids}

    def _closed(self) -> Outcome:
        out = self._outcome
        out.after = self._standings()
        out.scores = self._observer.comparison.scores()
        out.blocks = self._chain.head.number - self._begin
        out.insurance_left = self._chain.insurance()
        return out


def _topic(house: Any) -> bytes:
    return bytes.fromhex(house.events.Liquidated().topic.removeprefix("0x"))
