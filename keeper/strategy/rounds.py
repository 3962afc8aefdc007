"""Watching the watchers: a round recomputed from the state before it, and held against its receipts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from keeper.arithmetic import LEVERAGES, roe
from keeper.book.book import Book
from keeper.strategy.deleveraging import NotTopRanked, predict, replay
from keeper.strategy.flags import is_ripe
from keeper.strategy.ranking import Ranked, top
from keeper.strategy.risk import Standing, shortfall, standing
from keeper.strategy.venue import Marks
from keeper.types import Round, RoundReceipt, Visit


@dataclass(frozen=True, slots=True)
class RoundDifference:
    """`field` as in the receipt, `visits[i].field` of a counterparty; `why` where no number is expected."""

    field: str
    expected: object
    found: object
    why: str = ""


def check_round(book: Book, receipt: RoundReceipt, marks: Marks) -> list[RoundDifference]:
    """Every field of the receipt against the rules; `book` before the round, `marks` those it was done at.

    What the vault paid depends on what is not in the book: it is only held against the shortfall.
    """
    shown = receipt.round
    try:
        seen = standing(book, marks, book.account(shown.account_id))
    except LookupError:
        return [RoundDifference("account_id", None, shown.account_id, "there is no such account")]
    leg = seen.legs.get(shown.market_id)
    if leg is None or not leg.priced:
        return [RoundDifference("market_id", None, shown.market_id, "no position, or no valid price")]
    found = _check_cause(seen, shown, receipt.timestamp)
    try:
        expected = _recomputed(book, marks, seen, shown)
    except NotTopRanked as refusal:
        counterparty = shown.visits[refusal.visit].counterparty
        why = "not top ranked"
        return [*found, RoundDifference(f"visits[{refusal.visit}].counterparty", None, counterparty, why)]
    return found + _differences(expected, shown)


def _check_cause(seen: Standing, shown: Round, at: int) -> list[RoundDifference]:
    """Only a bankrupt account, only past the insurance or the grace."""
    needs = shortfall(seen, shown.market_id)
    found = []
    if not seen.is_bankrupt:
        found.append(RoundDifference("equity", "< 0", seen.equity, "not bankrupt"))
    if shown.insurance > needs:
        found.append(RoundDifference("insurance", f"<= {needs}", shown.insurance))
    elif shown.insurance == needs and not is_ripe(seen.flagged_at, at):
        found.append(
            RoundDifference("insurance", f"< {needs}", shown.insurance, "insured and not past the grace")
        )
    return found


def _recomputed(book: Book, marks: Marks, seen: Standing, shown: Round) -> Round:
    market_id, is_long, count = shown.market_id, shown.size < 0, len(shown.visits)
    price = marks[market_id].price
    queue = top(book, market_id, is_long, count, price)
    if not shown.verified:
        return predict(book, marks, seen, market_id, shown.insurance, queue, count, verified=False)
    by_id = {each.account_id: each for each in queue}
    listed = []
    for rank, visit in enumerate(shown.visits):
        ranked = by_id.get(visit.counterparty) or _ranked(book, market_id, is_long, visit.counterparty, price)
        if ranked is None:
            raise NotTopRanked(rank)
        listed.append(ranked)
    return replay(book, marks, seen, market_id, shown.insurance, queue, listed)


def _ranked(book: Book, market_id: int, is_long: bool, account_id: int, price: int) -> Ranked | None:
    """An account that is not among the first, but may be as good as the last of them."""
    try:
        position = book.position(account_id, market_id)
    except LookupError:
        return None
    if position is None or position.parked or (position.size > 0) != is_long:
        return None
    return Ranked(
        account_id,
        roe(position.entry_price, position.tier, is_long, price),
        position.tier,
        LEVERAGES[position.tier],
        position.entry_price,
        position.size,
        position.order,
    )


def _differences(expected: Round, found: Round) -> list[RoundDifference]:
    names = [each.name for each in fields(Round) if each.name != "visits"]
    differences = [
        RoundDifference(name, getattr(expected, name), getattr(found, name))
        for name in names
        if getattr(expected, name) != getattr(found, name)
    ]
    return differences + _of_visits(expected.visits, found.visits)


def _of_visits(expected: Sequence[Visit], found: Sequence[Visit]) -> list[RoundDifference]:
    differences = []
    if len(expected) != len(found):
        differences.append(RoundDifference("visits", len(expected), len(found), "how many"))
    for i, (ours, theirs) in enumerate(zip(expected, found, strict=False)):
        if type(ours) is not type(theirs):
            names = type(ours).__name__, type(theirs).__name__
            differences.append(RoundDifference(f"visits[{i}]", *names, f"counterparty {theirs.counterparty}"))
            continue
        for each in fields(ours):
            value, other = getattr(ours, each.name), getattr(theirs, each.name)
            if value != other:
                differences.append(RoundDifference(f"visits[{i}].{each.name}", value, other))
    return differences
