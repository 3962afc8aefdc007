"""The whole book against the chain, some accounts at a time, each read pinned to the book's block."""

from collections.abc import Callable, Iterable, Sequence

from keeper.book import reconcile
from keeper.book.book import Book
from keeper.book.reconcile import Difference
from keeper.chain.errors import Transient
from keeper.chain.market_reads import markets
from keeper.chain.pages import accounts, positions
from keeper.chain.reads import Reads
from keeper.types import BlockRef, LensAccount, LensPosition

# Accounts of a step.
STEP = 1_024
# Times that a step is repeated because the chain took back its block, or the markets moved on meanwhile.
PATIENCE = 10


class Moved(Transient):
    """What was read was of the past by then, again and again."""


class Reconciler:
    """`book` gives the current one, which goes on while the chain is read.

    Who was touched meanwhile is not compared, so that a difference is never one of time: `touched` and
    `rewound` tell.
    """

    def __init__(self, reads: Reads, book: Callable[[], Book]) -> None:
        self._reads = reads
        self._book = book
        self._touched: set[int] = set()
        self._rewound = False

    def touched(self, account_ids: Iterable[int]) -> None:
        self._touched.update(account_ids)

    def rewound(self) -> None:
        """Blocks were undone, or the book is another one."""
        self._rewound = True

    async def run(self) -> tuple[BlockRef, list[Difference]]:
        """A whole pass: the block that it began at, and what differs.

        It is read twice: the book is thrown away for it, which one false answer must not do.
        """
        block, found = await self._markets()
        if found:
            _, found = await self._markets()
        last = self._book().accounts.count
        for first in range(1, last + 1, STEP):
            if found:
                break
            found = await self._accounts(first, min(first + STEP - 1, last))
            if found:
                found = await self._accounts(first, min(first + STEP - 1, last))
        return block, found

    async def _markets(self) -> tuple[BlockRef, list[Difference]]:
        for _ in range(PATIENCE):
            book, block = self._begin()
            count = await self._reads.market_count(block)
            read = await markets(self._reads, block, range(1, count + 1))
            known = (await self._reads.totals(block)).accounts
            if book is self._book() and book.head == block:
                found = reconcile.compare_markets(book, read, block.timestamp)
                return block, found + reconcile.compare_account_count(book, known)
        raise Moved("the book moves on faster than the markets can be read")

    async def _accounts(self, first: int, last: int) -> list[Difference]:
        for _ in range(PATIENCE):
            book, block = self._begin()
            read: list[LensAccount] = []
            async for page in accounts(self._reads, block, first, last):
                read += page
            legs: dict[int, Sequence[LensPosition]] = {}
            for market_id in list(book.markets):
                held: list[LensPosition] = []
                async for some in positions(self._reads, block, market_id, first, last):
                    held += some
                legs[market_id] = held
            if self._rewound or book is not self._book():
                continue
            still = set(range(first, last + 1)) - self._touched
            found = reconcile.compare_accounts(book, (a for a in read if a.account_id in still))
            for market_id, each in legs.items():
                of_these = (p for p in each if p.account_id in still)
                found += reconcile.compare_positions(book, market_id, of_these, still)
            return found
        raise Moved("the chain takes blocks back faster than a page can be read")

    def _begin(self) -> tuple[Book, BlockRef]:
        self._touched.clear()
        self._rewound = False
        book = self._book()
        if book.head is None:
            raise Moved("the book is empty")
        return book, book.head
