"""The book against the contracts: random episodes in titanoboa, storms included, to the last bit."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from keeper.book.book import Book, clocked
from keeper.book.reconcile import (
    compare_account_count,
    compare_accounts,
    compare_markets,
    compare_positions,
    compare_queue,
)
from keeper.book.store import Store
from keeper.types import Mark, RoundReceipt
from tests.fuzz.episode import Episode
from tests.keeper.book.ledger import contents
from tests.keeper.logged_chain import (
    LoggedChain,
    read_accounts,
    read_market,
    read_positions,
    read_queue,
)

STEPS = 150
TIERS = 8
EPISODES = [
    (6, 11, "storm"),
    (18, 12, "storm"),
    (6, 13, "many markets"),
    (18, 14, "huge storm"),
    (6, 15, "dynamic"),
]


class Watcher:
    """Rounds, with what the bankrupt position was in the book when they were shown."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rounds: list[tuple[RoundReceipt, int, Mapping[int, Mark]]] = []

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None:
        held = self.book.position(receipt.round.account_id, receipt.round.market_id)
        assert held is not None
        self.rounds.append((receipt, held.size, marks))


def differences(book: Book, chain: LoggedChain) -> list[object]:
    listed = [m for m, market in book.markets.items() if market.params.listed]
    accounts = read_accounts(chain)
    found: list[object] = [
        *compare_account_count(book, len(accounts)),
        *compare_accounts(book, accounts),
        *compare_markets(book, [read_market(chain, m) for m in listed], chain.now),
    ]
    for m in listed:
        (accepted,) = chain.views([("OracleRouter", "last_accepted", (m,))])
        assert book.markets[m].accepted_block == accepted[2]
        found += compare_positions(book, m, read_positions(chain, m), range(1, len(accounts) + 1))
        for is_long in (True, False):
            for tier in range(TIERS):
                found += compare_queue(book, m, is_long, tier, read_queue(chain, m, is_long, tier))
    return found


def play(decimals: int, seed: int, kind: str) -> LoggedChain:
    chain = LoggedChain(decimals)
    episode = Episode(chain, decimals, seed, kind)
    episode.start()
    for _ in range(STEPS):
        episode.step()
    return chain


@pytest.mark.parametrize(("decimals", "seed", "kind"), EPISODES)
def test_book__after_an_episode__is_the_chain(decimals: int, seed: int, kind: str, tmp_path: Path) -> None:
    chain = play(decimals, seed, kind)
    book = Book(chain.scale)
    watcher = Watcher(book)
    chain.follow(book, watcher)
    assert differences(book, chain) == []
    if kind == "storm":
        assert watcher.rounds
    for receipt, held, marks in watcher.rounds:
        assert held == receipt.round.size
        assert marks[receipt.round.market_id].valid

    # All at once, with the timestamps of few blocks.
    history = [event for number in range(1, chain.block + 1) for event in chain.events(number)]
    bulk = Book(chain.scale)
    times = {number: chain.times[number] for number in clocked(history)}
    bulk.extend(history, chain.header(chain.block), times)
    assert contents(bulk) == contents(book)

    # Back and forth.
    rng = Random(seed)
    whole = contents(book)
    for _ in range(5):
        number = rng.randint(2, chain.block - 1)
        book.rewind(number)
        short = Book(chain.scale)
        for n in range(1, number + 1):
            short.apply(chain.header(n), chain.events(n))
        assert contents(book) == contents(short)
        chain.follow(book)
        assert contents(book) == whole

    # To disk and back, and back in time from there.
    store = Store(tmp_path / "book.db", 1, "0xc1")
    store.save(book)
    loaded = Store(tmp_path / "book.db", 1, "0xc1").load()
    assert loaded is not None
    assert contents(loaded) == whole
    book.rewind(chain.block - 3)
    loaded.rewind(chain.block - 3)
    assert contents(loaded) == contents(book)
    chain.follow(loaded)
    assert contents(loaded) == whole
