"""The current book and its checkpoint."""

import asyncio

from keeper.book.book import Book
from keeper.book.store import CorruptCheckpoint, Store, WrongCheckpoint
from keeper.chain.errors import Fatal
from keeper.chain.source_reads import address_of
from keeper.types import AccountState


class Shelf:
    """`scale`: of a book that is begun anew."""

    def __init__(self, store: Store, scale: int) -> None:
        self._store = store
        self._scale = scale
        self.book = Book(scale)

    def open(self) -> str:
        """Take up the last checkpoint; what was found, in words."""
        try:
            found = self._store.load()
        except CorruptCheckpoint as error:
            self._store.discard()
            return f"{error}: starting from the beginning"
        except WrongCheckpoint as error:
            raise Fatal(str(error)) from error
        if found is None or found.scale != self._scale:
            return "no checkpoint: starting from the beginning"
        self.book = found
        return f"checkpoint of block {found.head.number if found.head else 'none'}"

    def account(self, account_id: int) -> AccountState:
        return self.book.account(account_id)

    def price_source(self, market_id: int) -> str:
        """The contract whose prices the router takes for a market."""
        return address_of(self.book.markets[market_id].source.source)

    def discard(self) -> None:
        self.book = Book(self._scale)
        # What is wrong may have come out of it.
        self._store.discard()

    async def save(self) -> None:
        """The copy is made at once, the writing beside the loop."""
        image = self._store.capture(self.book)
        await asyncio.to_thread(self._store.write, image)

    def save_now(self) -> None:
        self._store.save(self.book)
