"""Each round with what was at stake in it, taken from the book the moment before."""

from collections.abc import Mapping
from dataclasses import dataclass

from keeper.arithmetic import WAD, notional_up, value
from keeper.audit import recomputed
from keeper.book.book import Book
from keeper.records import CheckedRound
from keeper.strategy.ranking import Ranked, SideQueue
from keeper.strategy.risk import standing
from keeper.types import Deleveraged, Mark, RoundReceipt
from scripts.replay.comparison import Comparison
from scripts.replay.policies import Case, Counterparty, Share, queue

# Leverage of an account that is worth nothing or less.
ENDLESS = 2**128


@dataclass(frozen=True)
class Seen:
    """`mark`: price of the round. `shares`: what the queue takes by the rule."""

    checked: CheckedRound
    mark: int
    shares: tuple[Share, ...]

    @property
    def receipt(self) -> RoundReceipt:
        return self.checked.receipt

    @property
    def hits(self) -> list[Deleveraged]:
        return [visit for visit in self.receipt.round.visits if isinstance(visit, Deleveraged)]

    @property
    def differences(self) -> tuple[str, ...]:
        """What did not come out the same: the round recomputed from the book, the queue's column of the
        comparison."""
        by_chain = [(h.counterparty, abs(h.size), h.haircut) for h in self.hits]
        by_rule = [(s.account_id, s.size, s.haircut) for s in self.shares]
        beside = () if by_chain == by_rule else (f"hit {by_chain}, by the rule {by_rule}",)
        return (*self.checked.differences, *beside)

    @property
    def agrees(self) -> bool:
        return not self.differences


class Rounds:
    """An Observer."""

    def __init__(self, book: Book) -> None:
        self._book = book
        # By transaction: the keeper's make one round each.
        self.seen: dict[str, Seen] = {}
        self.comparison = Comparison()

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        price = marks[receipt.round.market_id].price
        checked = recomputed(self._book, receipt, marks)
        case = case_of(self._book, receipt, marks)
        self.comparison.add(case)
        self.seen[receipt.tx_hash] = Seen(checked, price, queue(case))


def case_of(book: Book, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> Case:
    """What the round had to do, and among whom; `book` before it."""
    made = receipt.round
    mark = marks[made.market_id]
    ranked = SideQueue(book.positions[made.market_id], made.size < 0)
    counterparties = (
        _counterparty(book, marks, made.market_id, each) for each in ranked.walk(mark.price, ranked.count)
    )
    return Case(
        size=made.size,
        closed=made.closed,
        owed=made.shortfall - made.insurance,
        unit=mark.price - mark.index,
        scale=book.scale,
        counterparties=tuple(counterparties),
    )


def _counterparty(book: Book, marks: Mapping[int, Mark], market_id: int, each: Ranked) -> Counterparty:
    seen = standing(book, marks, book.account(each.account_id))
    leg, equity, price = seen.legs[market_id], seen.sure_equity, marks[market_id].price
    notional = notional_up(each.size, price, book.scale)
    return Counterparty(
        account_id=each.account_id,
        size=each.size,
        profit=value(each.size, price, each.entry_price, book.scale),
        rest=equity - leg.value,
        leverage=notional * WAD // equity if equity > 0 else ENDLESS,
    )
