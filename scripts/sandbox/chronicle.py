"""The keeper's exact book, moved along a chain's history transaction by transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from keeper.audit import recomputed
from keeper.book.book import Book
from keeper.book.errors import BrokenHistory, MalformedLog
from keeper.book.events import Decoder
from keeper.records import CheckedRound
from keeper.types import BlockRef, Mark, RoundReceipt
from scripts.sandbox.history import Block, Doubtful, Transaction
from scripts.sandbox.words import WordReader
from scripts.system import System


@dataclass
class Chronicle:
    """`book` stands behind the transaction last taken in; `rounds`: each computed again from the book before
    it."""

    book: Book
    decoder: Decoder
    rounds: list[CheckedRound] = field(default_factory=list)

    @classmethod
    def of(cls, system: System, scale: int) -> "Chronicle":
        addresses = {
            system.clearing_house.address.lower(): "ClearingHouse",
            system.router.address.lower(): "OracleRouter",
        }
        return cls(Book(scale, kept=1), Decoder(addresses))

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        """As the book's observer."""
        self.rounds.append(recomputed(self.book, receipt, marks))

    def take_in(self, block: Block, transaction: Transaction) -> None:
        """The book moves by blocks: here every transaction is one of its own."""
        head = self.book.head
        number, parent = (0, "") if head is None else (head.number + 1, head.hash)
        try:
            decoded = map(self.decoder.decode, transaction.logs)
            events = [event._replace(block=number) for event in decoded if event is not None]
            self.book.apply(BlockRef(number, transaction.hash, parent, block.time), events, self)
        except (BrokenHistory, MalformedLog) as error:
            raise Doubtful(f"the logs of {transaction.hash} cannot be: {error}") from error

    def differences(self, reader: WordReader) -> Iterator[str]:
        """Where what the chain stores is not what its logs lead to."""
        if self.book.accounts.count != reader.account_count():
            yield f"{self.book.accounts.count} accounts, stored {reader.account_count()}"
            return
        for account_id in range(1, reader.account_count() + 1):
            account, slots = self.book.account(account_id), reader.positions_of(account_id)
            if account.cash != reader.cash(account_id):
                yield f"account {account_id} has {account.cash}, stored {reader.cash(account_id)}"
            if account.flagged_at != reader.flagged_at(account_id):
                yield f"account {account_id} flagged at {account.flagged_at}, stored otherwise"
            found = {m: (slot.size, slot.entry_price, slot.tier, slot.parked) for m, slot in slots.items()}
            held = account.positions.items()
            expected = {m: (each.size, each.entry_price, each.tier, each.parked) for m, each in held}
            if found != expected:
                yield f"account {account_id} holds {expected}, stored {found}"
