"""The book against a read of the chain at the same block: every difference, none explained away.

Page by page: `scope` says which account ids were read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from keeper.arithmetic import LEVERAGES
from keeper.book.book import Book
from keeper.types import LensAccount, LensMarket, LensPosition


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` is a field; account or market 0: none in particular."""

    what: str
    account_id: int
    market_id: int
    book: object
    chain: object


def compare_accounts(book: Book, read: Iterable[LensAccount]) -> list[Difference]:
    """Accounts that were read, those unknown to the book included."""
    return list(_accounts(book, read))


def compare_account_count(book: Book, count: int) -> list[Difference]:
    known = book.accounts.count
    return [] if known == count else [Difference("account count", 0, 0, known, count)]


def compare_positions(
    book: Book, market_id: int, read: Iterable[LensPosition], scope: Collection[int]
) -> list[Difference]:
    """All positions of the account ids in `scope`: one that the chain does not have is a difference.

    ROE is not compared: it moves with the price while the chain is read, and follows from entry, tier and
    price.
    """
    return list(_positions(book, market_id, read, scope))


def compare_markets(book: Book, read: Iterable[LensMarket], at: int) -> list[Difference]:
    """`read` is all listed markets; `at` the block's timestamp."""
    return list(_markets(book, read, at))


def compare_queue(
    book: Book, market_id: int, is_long: bool, tier: int, read: Iterable[int]
) -> list[Difference]:
    """`read`: the accounts of one list, from its head on."""
    positions = book.positions[market_id]
    linked = (positions.size > 0) if is_long else (positions.size < 0)
    rows = (linked & (positions.tier == tier) & ~positions.parked).nonzero()[0]
    keyed = []
    for row in rows.tolist():
        state = positions.state(row)
        entry = state.entry_price if is_long else -state.entry_price
        keyed.append((entry, state.order, int(positions.account[row])))
    ours = tuple(account_id for _, _, account_id in sorted(keyed))
    theirs = tuple(read)
    return [] if ours == theirs else [Difference(f"queue of tier {tier}", 0, market_id, ours, theirs)]


def _accounts(book: Book, read: Iterable[LensAccount]) -> Iterator[Difference]:
    for theirs in read:
        account_id = theirs.account_id
        if not 0 < account_id <= book.accounts.count:
            yield Difference("account", account_id, 0, None, theirs)
            continue
        accounts = book.accounts
        fields = {
            "owner": (accounts.owner_of(account_id), theirs.owner),
            "cash": (accounts.cash_of(account_id), theirs.cash),
            "epoch": (accounts.epoch_of(account_id), theirs.epoch),
            "flagged at": (accounts.flag_of(account_id), theirs.flagged_at),
            "open markets": (tuple(accounts.open_markets(account_id)), theirs.open_markets),
        }
        yield from _differences(fields, account_id, 0)


def _positions(
    book: Book, market_id: int, read: Iterable[LensPosition], scope: Collection[int]
) -> Iterator[Difference]:
    positions = book.positions.get(market_id)
    seen = set()
    for theirs in read:
        account_id = theirs.account_id
        seen.add(account_id)
        known = 0 < account_id <= book.accounts.count
        row = book.accounts.row_of(account_id, market_id) if known else -1
        if row < 0 or positions is None:
            yield Difference("position", account_id, market_id, None, theirs)
            continue
        ours = positions.state(row)
        fields = {
            "size": (ours.size, theirs.size),
            "entry price": (ours.entry_price, theirs.entry_price),
            "leverage": (LEVERAGES[ours.tier], theirs.leverage),
            "parked": (ours.parked, theirs.parked),
        }
        yield from _differences(fields, account_id, market_id)
    for account_id in scope:
        known = 0 < account_id <= book.accounts.count
        if account_id not in seen and known and book.accounts.row_of(account_id, market_id) >= 0:
            yield Difference("position", account_id, market_id, book.position(account_id, market_id), None)


def _markets(book: Book, read: Iterable[LensMarket], at: int) -> Iterator[Difference]:
    seen = set()
    for theirs in read:
        market_id = theirs.market_id
        seen.add(market_id)
        market = book.markets.get(market_id)
        if market is None:
            yield Difference("market", 0, market_id, None, theirs)
            continue
        index, premium = market.funding(at)
        fields = {
            "parameters": (market.params.word, theirs.params),
            "liquidation": (market.params.liquidation_word, theirs.liquidation),
            "funding index": (index, theirs.index),
            "premium": (premium, theirs.premium),
            "open interest": (book.open_interest(market_id), theirs.open_interest),
            "price": (market.price, theirs.price),
            "price time": (market.updated_at, theirs.updated_at),
            "price valid": (market.is_valid(at), theirs.valid),
            "waiting price": (market.waiting_price, theirs.waiting_price),
            "waiting price time": (market.waiting_updated_at, theirs.waiting_updated_at),
            "waiting since": (market.waiting_since, theirs.waiting_since),
            "source": (market.source, theirs.source),
        }
        yield from _differences(fields, 0, market_id)
    for market_id, market in book.markets.items():
        if market.params.listed and market_id not in seen:
            yield Difference("market", 0, market_id, market, None)


def _differences(
    fields: Mapping[str, tuple[object, object]], account_id: int, market_id: int
) -> Iterator[Difference]:
    for what, (ours, theirs) in fields.items():
        if ours != theirs:
            yield Difference(what, account_id, market_id, ours, theirs)
