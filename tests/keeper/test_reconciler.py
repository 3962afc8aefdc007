"""The book against a chain that is read beside its work: what differs is told, what moved on is not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from keeper import reconciler as module
from keeper.arithmetic import LEVERAGES, roe
from keeper.book.book import Book
from keeper.reconciler import Moved, Reconciler
from keeper.types import BlockRef, LensAccount, LensMarket, LensPosition
from tests.keeper.strategy.town import TOKEN, Town

Change = Callable[[], None]


def lens_account(book: Book, account_id: int) -> LensAccount:
    accounts = book.accounts
    return LensAccount(
        account_id,
        accounts.owner_of(account_id),
        accounts.cash_of(account_id),
        accounts.epoch_of(account_id),
        accounts.flag_of(account_id),
        tuple(accounts.open_markets(account_id)),
    )


def lens_position(book: Book, account_id: int, market_id: int) -> LensPosition | None:
    held = book.position(account_id, market_id)
    if held is None:
        return None
    score = roe(held.entry_price, held.tier, held.size > 0, book.markets[market_id].price)
    return LensPosition(account_id, held.size, held.entry_price, LEVERAGES[held.tier], score, held.parked)


def lens_market(book: Book, market_id: int, at: int) -> LensMarket:
    market = book.markets[market_id]
    index, premium = market.funding(at)
    return LensMarket(
        market_id,
        market.params.word,
        market.params.liquidation_word,
        index,
        premium,
        book.open_interest(market_id),
        market.price,
        market.updated_at,
        market.is_valid(at),
        market.waiting_price,
        market.waiting_updated_at,
        market.waiting_since,
        market.source,
    )


class Chain:
    """A town as it was when it was asked; `meanwhile` happens while an answer is on its way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
        self.town = town
        self.meanwhile: list[Change] = []
        # The same, once positions were asked for.
        self.after: list[Change] = []
        self.cash: dict[int, int] = {}
        for name in ("markets", "accounts", "positions"):
            monkeypatch.setattr(module, name, getattr(self, name))
        reads: Any = SimpleNamespace(market_count=self._count, totals=self._totals)
        self.reconciler = Reconciler(reads, self._book)

    def run(self) -> list[Any]:
        return asyncio.run(self.reconciler.run())[1]

    def _book(self) -> Book:
        return self.town.book

    async def _count(self, block: BlockRef) -> int:
        return len(self.town.book.markets)

    async def _totals(self, block: BlockRef) -> SimpleNamespace:
        return SimpleNamespace(accounts=self.town.book.accounts.count)

    async def markets(self, _reads: object, block: BlockRef, ids: Sequence[int]) -> list[LensMarket]:
        return [lens_market(self.town.book, market_id, block.timestamp) for market_id in ids]

    async def accounts(
        self, _reads: object, block: BlockRef, first: int, last: int
    ) -> AsyncIterator[list[LensAccount]]:
        found = [lens_account(self.town.book, account_id) for account_id in range(first, last + 1)]
        for account in found:
            if account.account_id in self.cash:
                found[found.index(account)] = LensAccount(
                    account.account_id,
                    account.owner,
                    self.cash[account.account_id],
                    account.epoch,
                    account.flagged_at,
                    account.open_markets,
                )
        if self.meanwhile:
            self.meanwhile.pop(0)()
        yield found

    async def positions(
        self, _reads: object, block: BlockRef, market_id: int, first: int, last: int
    ) -> AsyncIterator[list[LensPosition]]:
        held = (lens_position(self.town.book, i, market_id) for i in range(first, last + 1))
        found = [position for position in held if position is not None]
        if self.after:
            self.after.pop(0)()
        yield found


@pytest.fixture
def compared_town(monkeypatch: pytest.MonkeyPatch) -> Chain:
    town = Town(4_000, 100)
    town.account(1_000 * TOKEN, m1=(1, 4_000, 10))
    town.account(1_000 * TOKEN, m1=(-1, 4_000, 10), m2=(3, 100, 5))
    return Chain(monkeypatch, town)


def test_run__the_same__nothing_differs(compared_town: Chain) -> None:
    assert compared_town.run() == []


def test_run__cash_is_a_unit_off__is_told(compared_town: Chain) -> None:
    compared_town.cash[2] = compared_town.town.book.accounts.cash_of(2) + 1
    [difference] = compared_town.run()
    assert (difference.what, difference.account_id) == ("cash", 2)
    assert difference.chain == difference.book + 1


def test_run__account_trades_while_it_is_read__is_not_compared(compared_town: Chain) -> None:
    town = compared_town.town
    compared_town.cash[2] = town.book.accounts.cash_of(2)

    def trade() -> None:
        town.open(2, 1, -2, 4_000, 10)
        compared_town.reconciler.touched([2])

    compared_town.meanwhile = [trade]
    assert compared_town.run() == []
    # Of the next pass it is a difference: the chain says what was before.
    assert {each.what for each in compared_town.run()} == {"cash"}


def test_run__price_moves_while_it_is_read__is_no_difference(compared_town: Chain) -> None:
    prices = iter(range(4_001, 4_100))
    # However often it is read.
    compared_town.after = [lambda: compared_town.town.reprice(m1=next(prices))] * 50
    assert compared_town.run() == []


def test_run__block_is_taken_back_while_it_is_read__reads_again(compared_town: Chain) -> None:
    compared_town.cash[1] = 5
    honest = compared_town.town.book.accounts.cash_of(1)

    def undo() -> None:
        compared_town.cash[1] = honest
        compared_town.reconciler.rewound()

    compared_town.meanwhile = [undo]
    assert compared_town.run() == []


def test_run__blocks_are_taken_back_again_and_again__gives_up_this_pass(compared_town: Chain) -> None:
    compared_town.meanwhile = [compared_town.reconciler.rewound] * 100
    with pytest.raises(Moved):
        compared_town.run()
