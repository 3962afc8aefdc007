"""titanoboa's chain with the logs of all its blocks as a node would send them, and what its Lens says."""

from collections.abc import Iterator

from keeper.book.book import Book
from keeper.book.events import Decoder, Event
from keeper.book.rounds import Observer
from keeper.types import BlockRef, LensAccount, LensMarket, LensPosition, RawLog, SourceConfig
from tests.helpers.chain.boa_chain import GENESIS, BoaChain

PAGE = 256


def block_hash(number: int, fork: int = 0) -> str:
    return f"0x{fork:08x}{number:056x}"


class LoggedChain(BoaChain):
    """`restore` takes back the logs of what it undoes."""

    def __init__(self, decimals: int = 6) -> None:
        self.raw: dict[int, list[RawLog]] = {}
        self.times = {1: GENESIS}
        self._transactions = 0
        super().__init__(decimals)
        self.decoder = Decoder(
            {self.addresses[name].lower(): name for name in ("ClearingHouse", "OracleRouter")}
        )

    def wait(self, seconds: int) -> None:
        super().wait(seconds)
        self.times[self.block] = self.now

    def send(self, sender: str, contract: str, function: str, *arguments: object) -> str | None:
        refusal = super().send(sender, contract, function, *arguments)
        if refusal is None:
            self._transactions += 1
            logs = self.raw.setdefault(self.block, [])
            for where, topics, data in self.logs:
                logs.append(self._raw(len(logs), where, topics, data))
        return refusal

    def snapshot(self) -> object:
        return super().snapshot(), {block: len(logs) for block, logs in self.raw.items()}, dict(self.times)

    def restore(self, snapshot: object) -> None:
        assert isinstance(snapshot, tuple)
        below, lengths, self.times = snapshot[0], snapshot[1], dict(snapshot[2])
        super().restore(below)
        self.raw = {block: self.raw[block][:length] for block, length in lengths.items()}

    # -- as the book is fed

    def header(self, number: int) -> BlockRef:
        return BlockRef(number, block_hash(number), block_hash(number - 1), self.times[number])

    def events(self, number: int) -> list[Event]:
        decoded = map(self.decoder.decode, self.raw.get(number, []))
        return [event for event in decoded if event is not None]

    def follow(self, book: Book, observer: Observer | None = None) -> None:
        """Apply all blocks that the book does not have, the unfinished last one included."""
        first = 1 if book.head is None else book.head.number + 1
        for number in range(first, self.block + 1):
            book.apply(self.header(number), self.events(number), observer)

    def _raw(self, index: int, where: str, topics: list[bytes], data: bytes) -> RawLog:
        return {
            "address": where.lower(),
            "topics": ["0x" + topic.hex() for topic in topics],
            "data": "0x" + data.hex(),
            "blockNumber": hex(self.block),
            "blockHash": block_hash(self.block),
            "transactionHash": f"0x{self._transactions:064x}",
            "logIndex": hex(index),
            "removed": False,
        }


def read_accounts(chain: BoaChain) -> list[LensAccount]:
    (views,) = chain.views([("Lens", "accounts", (1, PAGE))])
    return [
        LensAccount(account_id, owner.lower(), cash, epoch, flagged_at, tuple(markets))
        for account_id, owner, cash, epoch, flagged_at, markets in views
    ]


def read_positions(chain: BoaChain, market_id: int) -> list[LensPosition]:
    (views,) = chain.views([("Lens", "positions", (market_id, 1, PAGE))])
    return [LensPosition(*view) for view in views]


def read_market(chain: BoaChain, market_id: int) -> LensMarket:
    state, liquidation, accepted, quote, pending, config = chain.views(
        [
            ("ClearingHouse", "market_state", (market_id,)),
            ("ClearingHouse", "liquidation_word", (market_id,)),
            ("OracleRouter", "last_accepted", (market_id,)),
            ("OracleRouter", "peek", (market_id,)),
            ("OracleRouter", "pending_price", (market_id,)),
            ("OracleRouter", "source_config", (market_id,)),
        ]
    )
    params, index, open_interest, premium, _, _ = state
    source, second, *rest = config
    return LensMarket(
        *(market_id, params, liquidation, index, premium, open_interest, *accepted[:2]),
        *(quote[1], *pending, SourceConfig(int(source, 16), int(second, 16), *rest)),
    )


def read_queue(chain: BoaChain, market_id: int, is_long: bool, tier: int) -> Iterator[int]:
    """One list from its head on."""
    (heads,) = chain.views([("ClearingHouse", "heads_slot", (market_id, is_long))])
    node = heads >> 32 * tier & 2**32 - 1
    while node:
        yield node
        (word,) = chain.views([("ClearingHouse", "position_slot", (market_id, node))])
        node = word >> 216 & 2**32 - 1
