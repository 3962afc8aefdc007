"""Writes the story while it happens, from the chain alone: receipts, a book of its own, views.

The book is the keeper's code and another copy of it: what the daemon believes plays no part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector

from keeper.arithmetic import LEVERAGES, trunc_div
from keeper.audit import recomputed
from keeper.book.book import Book
from keeper.book.events import Decoder, Event
from keeper.strategy.risk import standing
from keeper.types import AccountState, BlockRef, Deleveraged, Mark, PassedOver, RoundReceipt
from scripts.demo.story import Action, Hit, Liquidation, Round, Sample, Story
from scripts.sandbox.census import Census
from scripts.sandbox.node import Anvil
from scripts.sandbox.venue import Venue

# Blocks after which an account still below maintenance was missed.
PATIENCE = 10
SCALE = 10**30
# Hexadecimal digits.
WORD = 64


@dataclass
class Chronicle:
    """`keeper`: the honest one's address."""

    venue: Venue
    node: Anvil
    story: Story
    keeper: str
    book: Book = field(default_factory=lambda: Book(SCALE))
    census: Census = field(default_factory=lambda: Census(0, frozenset(), frozenset()))

    def __post_init__(self) -> None:
        house, router = self.venue.system.clearing_house, self.venue.system.router
        self._house = house.address.lower()
        self._decoder = Decoder({self._house: "ClearingHouse", router.address.lower(): "OracleRouter"})
        self._liquidated = "0x" + house.events.Liquidated().topic.removeprefix("0x")
        # Name and arguments' names of what a keeper calls.
        self._functions = {
            "0x" + function_abi_to_4byte_selector(each).hex(): (
                each["name"],
                [p["name"] for p in each["inputs"]],
            )
            for each in [*house.abi, *router.abi]
            if each["type"] == "function"
        }
        # Blocks in a row that an account has been below maintenance.
        self._waits: dict[int, int] = {}

    # -- following

    def catch_up(self) -> None:
        """What was before the story: into the book only."""
        for number in range(len(self._seen()), self.venue.head + 1):
            block, receipts = self._fetch(number)
            self.book.apply(_reference(block), self._events(receipts))

    def look(self, number: int) -> Sample:
        """At the next block."""
        block, receipts = self._fetch(number)
        reference = _reference(block)
        self.book.apply(reference, self._events(receipts), self)
        self._see_liquidations(receipts, reference)
        self._see_actions(block, receipts, reference)
        self.census = self.venue.census(number)
        self._see_trouble()
        sample = self._sample(reference)
        self.story.samples.append(sample)
        return sample

    def _seen(self) -> range:
        return range(self.book.head.number + 1 if self.book.head is not None else 0)

    def _fetch(self, number: int) -> tuple[Any, Any]:
        found = self.node.rpc_many(
            [("eth_getBlockByNumber", (hex(number), True)), ("eth_getBlockReceipts", (hex(number),))]
        )
        return found[0], found[1]

    def _events(self, receipts: Any) -> list[Event]:
        decoded = (self._decoder.decode(log) for receipt in receipts for log in receipt["logs"])
        return [event for event in decoded if event is not None]

    # -- what happened

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        """As the book's observer: before the round's effects are in it."""
        seen = receipt.round
        self.story.rounds.append(
            Round(
                block=receipt.block_number,
                time=receipt.timestamp,
                tx_hash=receipt.tx_hash,
                market_id=seen.market_id,
                account_id=seen.account_id,
                is_long=seen.size > 0,
                size=abs(seen.size),
                mark=marks[seen.market_id].price,
                price=next((v.price for v in seen.visits if isinstance(v, Deleveraged)), 0),
                shortfall=seen.shortfall,
                insurance_paid=seen.insurance_paid,
                haircut=seen.haircut,
                closed=seen.closed,
                left=seen.left,
                by_list=seen.verified,
                agrees=not recomputed(self.book, receipt, marks).differences,
                hits=tuple(
                    self._hit(visit, seen.market_id, marks[seen.market_id].price)
                    for visit in seen.visits
                    if isinstance(visit, Deleveraged)
                ),
                passed_over=tuple(v.counterparty for v in seen.visits if isinstance(v, PassedOver)),
            )
        )

    def _hit(self, visit: Deleveraged, market_id: int, mark: int) -> Hit:
        position = self.book.position(visit.counterparty, market_id)
        assert position is not None
        # What was closed has the position's sign, the change the opposite one.
        profit = trunc_div(-visit.size * (mark - position.entry_price), SCALE)
        return Hit(
            account_id=visit.counterparty,
            rank=visit.rank + 1,
            roe=visit.roe,
            leverage=LEVERAGES[position.tier],
            size=abs(visit.size),
            profit=profit,
            haircut=visit.haircut,
            left=abs(visit.left),
        )

    def _see_liquidations(self, receipts: Any, block: BlockRef) -> None:
        for receipt in receipts:
            for log in receipt["logs"]:
                if log["address"].lower() == self._house and log["topics"][0] == self._liquidated:
                    self.story.liquidations.append(self._liquidation(log, block))

    def _liquidation(self, log: Any, block: BlockRef) -> Liquidation:
        account_id, market_id = int(log["topics"][1], 16), int(log["topics"][2], 16)
        data = bytes.fromhex(log["data"][2:])
        change, *unsigned = (data[at : at + 32] for at in range(0, len(data), 32))
        size = int.from_bytes(change, "big", signed=True)
        price, penalty, _, paid = (int.from_bytes(word, "big") for word in unsigned)
        return Liquidation(
            block=block.number,
            time=block.timestamp,
            market_id=market_id,
            account_id=account_id,
            is_long=size < 0,
            size=abs(size),
            price=price,
            penalty=penalty,
            insurance_paid=paid,
            # Prices are accepted at the end of a block: what it was then is what the liquidation met.
            was_bankrupt=paid > 0 or account_id in self.census.bankrupt,
        )

    def _see_actions(self, block: Any, receipts: Any, reference: BlockRef) -> None:
        for transaction, receipt in zip(block["transactions"], receipts, strict=True):
            if transaction["from"].lower() != self.keeper.lower():
                continue
            name, arguments = self._decode(transaction["input"])
            self.story.actions.append(
                Action(
                    block=reference.number,
                    time=reference.timestamp,
                    what=name,
                    account_id=arguments.get("account_id", 0),
                    market_id=arguments.get("market_id", 0),
                    succeeded=receipt["status"] == "0x1",
                    gas=int(receipt["gasUsed"], 16),
                )
            )

    def _decode(self, called: str) -> tuple[str, dict[str, int]]:
        """A function's name and the words of its arguments."""
        name, names = self._functions[called[:10]]
        words = [int(called[at : at + WORD], 16) for at in range(10, len(called), WORD)]
        return name, dict(zip(names, words, strict=False))

    def _see_trouble(self) -> None:
        story, thin = self.story, self.census.liquidatable
        story.bankruptcies |= self.census.bankrupt
        self._waits = {account: self._waits.get(account, 0) + 1 for account in thin}
        for account, waited in self._waits.items():
            if waited == PATIENCE + 1:
                story.missed.setdefault(account, self.census.block)

    def still_waiting(self) -> None:
        """At the end, when the venue should be calm: whoever is still in trouble was missed."""
        for account in self.census.liquidatable | self.census.bankrupt:
            self.story.missed.setdefault(account, self.census.block)

    # -- how things stand

    def _sample(self, block: BlockRef) -> Sample:
        marks = self.book.marks(block.timestamp)
        vault, lens = self.venue.system.vault, self.venue.system.lens
        asked = [
            {"to": call.address, "data": call._encode_transaction_data()}
            for call in (vault.functions.totalAssets(), lens.functions.insurance_capacity(0))
        ]
        insurance, capacity = self.node.rpc_many([("eth_call", (each, hex(block.number))) for each in asked])
        return Sample(
            block=block.number,
            time=block.timestamp,
            prices={market_id: mark.price for market_id, mark in marks.items()},
            priced=tuple(market_id for market_id, mark in marks.items() if mark.valid),
            open_interest={market_id: self.book.open_interest(market_id) for market_id in marks},
            insurance=int(insurance, 16),
            capacity=int(capacity, 16),
            thin=len(self.census.liquidatable),
            bankrupt=len(self.census.bankrupt),
        )

    def worth(self, account_id: int) -> tuple[int, int]:
        """Equity and the notional of all positions at the marks, quote units."""
        assert self.book.head is not None
        marks = self.book.marks(self.book.head.timestamp)
        account: AccountState = self.book.account(account_id)
        positions = account.positions.items()
        notional = sum(abs(position.size) * marks[market].price // SCALE for market, position in positions)
        return standing(self.book, marks, account).equity, notional


def _reference(block: Any) -> BlockRef:
    return BlockRef(int(block["number"], 16), block["hash"], block["parentHash"], int(block["timestamp"], 16))
