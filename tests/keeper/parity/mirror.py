"""A book that follows titanoboa's chain through random episodes, and what the chain itself says."""

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from keeper.book.book import Book
from keeper.strategy.risk import Standing, standing
from keeper.strategy.rounds import RoundDifference, check_round
from keeper.strategy.sources import asked_sources
from keeper.types import Facts, Mark, Observation, RoundReceipt
from tests.fuzz.episode import Episode
from tests.keeper.logged_chain import LoggedChain

Said = Any
HOUSE = "ClearingHouse"
# Vault, buckets, storms, many legs, numbers near the edge.
KINDS = ("storm", "storm", "storm", "many markets", "huge storm", "huge", "dynamic")

episodes = st.tuples(st.sampled_from((6, 18)), st.integers(0, 2**32), st.sampled_from(KINDS))

_chains: dict[int, tuple[LoggedChain, object]] = {}


class Mirror:
    """`follow` brings the book to the chain's present, the unfinished block included."""

    def __init__(self, chain: LoggedChain) -> None:
        self.chain = chain
        self.book = Book(chain.scale)
        self.receipts: list[RoundReceipt] = []
        self.differences: list[RoundDifference] = []

    def follow(self) -> None:
        head = self.book.head
        if head is not None:
            # The last block may have gone on, or been undone: a reorg of what was known of it.
            self.book.rewind(min(head.number, self.chain.block) - 1)
        self.chain.follow(self.book, self)

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        self.receipts.append(receipt)
        self.differences += check_round(self.book, receipt, marks)

    # -- now

    @property
    def marks(self) -> dict[int, Mark]:
        return self.book.marks(self.chain.now)

    @property
    def accounts(self) -> range:
        return range(1, self.book.accounts.count + 1)

    def standing(self, account_id: int) -> Standing:
        return standing(self.book, self.marks, self.book.account(account_id))

    def legs(self) -> Iterator[tuple[Standing, int]]:
        """Every open position, by its account."""
        for account_id in self.accounts:
            seen = self.standing(account_id)
            for market_id in seen.legs:
                yield seen, market_id

    def says(self, contract: str, name: str, *arguments: object) -> Said:
        """None: it reverts."""
        (answer,) = self.chain.views([(contract, name, arguments)])
        return answer

    def facts(self, gas_price: int = 10**9) -> Facts:
        return Facts(
            block=self.chain.header(self.chain.block),
            capacity={m: self.says("Lens", "insurance_capacity", m) for m in self.marks},
            capacity_overall=self.says("InsuranceVault", "capacity", 0, self.says(HOUSE, "vault_credit")),
            gate_until=self.says(HOUSE, "gate_until"),
            gate_floor=self.says("InsuranceVault", "gate_floor"),
            gas_price=gas_price,
            answers={
                (market_id, source): Observation(*self.says("SignedSource", "latest", market_id))
                for market_id, source in asked_sources(self.book.markets)
            },
        )


def play(episode: tuple[int, int, str], steps: int) -> Iterator[Mirror]:
    """After the start and after every step. What is done to the chain in between is undone."""
    decimals, seed, kind = episode
    if decimals not in _chains:
        chain = LoggedChain(decimals)
        _chains[decimals] = chain, chain.snapshot()
    chain, deployed = _chains[decimals]
    try:
        run = Episode(chain, decimals, seed, kind)
        run.start()
        mirror = Mirror(chain)
        mirror.follow()
        yield mirror
        for _ in range(steps):
            run.step()
            mirror.follow()
            yield mirror
    finally:
        chain.restore(deployed)
        _chains[decimals] = chain, chain.snapshot()
