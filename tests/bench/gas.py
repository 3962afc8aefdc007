"""Gas of every action on a private Anvil, written to build/bench/gas.json (`make bench`).

Each figure is the median receipt over at least 20 transactions, each from the same chain state: two ECDSA
orders with fresh random salts, 100 open positions in the market (or 10,000 where the name says so), a signed
stored price and funding accruing for 13 s since the last touch. Prices of other projects' feeds are measured
where those are installed.
"""

import json
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from web3 import Web3

from scripts.build_cache import ROOT
from scripts.sandbox.market import Market, opposite
from scripts.sandbox.node import running_anvil
from tests.bench.prices import prices
from tests.bench.waterfall import COUNTERPARTIES, deleveragings, liquidations
from tests.helpers.parameters import WAD
from tests.helpers.solidity import MISSING

SAMPLES = 20
PRICE = 4_000 * WAD
SMALL, BIG = WAD, 20 * WAD
DEPOSIT = 200_000 * 10**6
BLOCK_SECONDS = 13
OUTPUT = ROOT / "build" / "bench" / "gas.json"

# Budgets and the peers' figures, measured by the project's designers on the same kind of node.
BUDGETS = {
    "deposit_existing": (62_000, "dYdX v3 111,796"),
    "fill_existing": (160_000, "dYdX v3 181,586; MCDEX 338,014; Perp v2 672,000; GMX v2 3,466,333"),
    "fill_existing_one_moves": (178_000, "no peer keeps an order"),
    "fill_existing_both_move": (200_000, "no peer keeps an order"),
    "fill_reduce": (155_000, "dYdX v3 181,586"),
    "fill_open": (215_000, "dYdX v3 171,509 (its deposit already wrote the slot)"),
    "fill_batch_4_makers": (400_000, "dYdX v3 432,957"),
    "liquidate_full": (145_000, "dYdX v3 145,301; MCDEX 238,295; Perp v2 1,351,000; GMX v2 2,693,643"),
    "liquidate_partial": (145_000, ""),
    "liquidate_bankrupt": (175_000, "dYdX v3 209,619 through its liquidator proxy"),
}
# dYdX v3 and GMX v2 deleverage a pair at a time, and without a rank. The floor for 25 counterparties: two
# slots a party and no checks at all, on the same node.
FLOOR_25 = 339_227


def deleveraging_budget(counterparties: int) -> int:
    return 120_000 + 14_000 * counterparties


for _count in COUNTERPARTIES:
    _peers = f"dYdX v3 {147_325 * _count:,}; GMX v2 {3_361_255 * _count:,}"
    BUDGETS[f"deleverage_{_count}"] = (deleveraging_budget(_count), _peers)
for _name in ("deleverage_next_25", "deleverage_25_at_100_positions", "deleverage_25_at_10000_positions"):
    BUDGETS[_name] = (deleveraging_budget(25), f"floor {FLOOR_25:,}")


@dataclass(frozen=True)
class Book:
    """Accounts of one market by side and size, each with its entry price."""

    market_id: int
    longs: dict[int, int]
    shorts: dict[int, int]
    big_longs: dict[int, int]
    big_shorts: dict[int, int]


class Bench:
    """A market with a population, and one measurement per figure."""

    def __init__(self, w3: Web3) -> None:
        self.market = Market(w3)
        self.w3 = w3
        self.snapshot = ""
        self.figures: dict[str, int] = {}

    def populate(self, positions: int) -> Book:
        """Half longs, half shorts at distinct prices around the mark; every fifth pair is big. Nearest to the
        mark in the middle of both lists."""
        market_id = self.market.list_market(PRICE)
        pairs = positions // 2
        accounts = self.market.open_accounts(positions, DEPOSIT)
        # All entries within 4 % of the mark, at most a dollar apart.
        step = min(WAD, 160 * WAD * 2 // positions)
        book = Book(market_id, {}, {}, {}, {})

        def fills() -> Iterator[Any]:
            last_long = 0
            for i in track(range(pairs), f"{positions:,} positions", transient=True):
                long, short = accounts[2 * i], accounts[2 * i + 1]
                price = PRICE + (i - pairs // 2) * step
                big = i % 5 == 2
                bid = self.market.order(long, market_id, BIG if big else SMALL, price)
                # Longs ascend, so each new one stands behind the last; shorts descend, so it is the new head.
                yield self.market.fill_call(bid, opposite(bid, short), abs(bid.size), (last_long, 0))
                last_long = long
                (book.big_longs if big else book.longs)[long] = price
                (book.big_shorts if big else book.shorts)[short] = price

        self.market.send_many(fills())
        self.settle_down(market_id)
        return book

    def settle_down(self, market_id: int) -> None:
        """A price of now, and a chain state to come back to."""
        self.market.report(market_id, PRICE)
        self.snapshot = self.market.rpc("evm_snapshot")

    def repeat(self, name: str, action: Callable[[], int]) -> None:
        self.median(name, [action] * SAMPLES)

    def median(self, name: str, actions: Iterable[Callable[[], int]]) -> None:
        """Run each action on the same state and keep the median of what they return."""
        samples = []
        for action in actions:
            self.market.rpc("evm_increaseTime", BLOCK_SECONDS)
            samples.append(action())
            self.market.rpc("evm_revert", self.snapshot)
            self.snapshot = self.market.rpc("evm_snapshot")
        if len(samples) < SAMPLES:
            raise RuntimeError(f"{name}: {len(samples)} samples")
        self.figures[name] = int(statistics.median(samples))

    # -- what is measured

    def fill(self, book: Book, buyer: int, seller: int, price: int, size: int = SMALL) -> Callable[[], int]:
        """Both increase (or reduce), with exact hints for where their entries end up."""
        return partial(self.market.fill_exact, book.market_id, buyer, seller, price, size)

    def middle(self, side: dict[int, int]) -> list[int]:
        """The accounts nearest to the mark."""
        return sorted(side, key=lambda account: abs(side[account] - PRICE))

    def existing(self, name: str, book: Book) -> None:
        longs, shorts = self.middle(book.big_longs), self.middle(book.big_shorts)
        pairs = [(long, short) for long in longs[:5] for short in shorts[:4]]
        # Twenty times smaller than the positions and within 4 dollars of their entries: at most 0.2 dollars.
        self.median(name, (self.fill(book, a, b, PRICE + WAD // 10) for a, b in pairs))

    def one_moves(self, book: Book) -> None:
        longs, shorts = self.middle(book.longs), self.middle(book.big_shorts)
        pairs = [(long, short) for long in longs[:10] for short in shorts[:2]]
        # Doubles the long at 3 dollars more: its entry rises by 1.5, past one neighbour.
        self.median(
            "fill_existing_one_moves",
            (self.fill(book, a, b, book.longs[a] + 3 * WAD) for a, b in pairs),
        )

    def both_move(self, book: Book) -> None:
        longs = self.middle(book.longs)[:SAMPLES]
        by_price = {price: account for account, price in book.shorts.items()}

        def pairs() -> Iterator[tuple[int, int, int]]:
            for long in longs:
                short = by_price.get(book.longs[long] + 6 * WAD) or by_price.get(book.longs[long] + 7 * WAD)
                if short:
                    # Half way between the two: the long's entry rises, the short's falls.
                    yield long, short, (book.longs[long] + book.shorts[short]) // 2

        self.median("fill_existing_both_move", (self.fill(book, a, b, p) for a, b, p in pairs()))

    def reduce(self, book: Book) -> None:
        pairs = zip(self.middle(book.big_shorts) * 2, self.middle(book.big_longs) * 2, strict=True)
        # The short buys back from the long.
        self.median("fill_reduce", (self.fill(book, a, b, PRICE) for a, b in list(pairs)[:SAMPLES]))

    def open(self, name: str, book: Book, newcomers: list[int], off: int = 0) -> None:
        pairs = list(zip(newcomers[::2], newcomers[1::2], strict=True))
        self.median(
            name,
            (
                partial(self.market.fill_exact, book.market_id, a, b, PRICE + WAD // 2, SMALL, off)
                for a, b in pairs
            ),
        )

    def batch(self, book: Book) -> None:
        makers = self.middle(book.big_longs)[:4]
        shorts = self.middle(book.big_shorts)
        prices = [PRICE + WAD // 10] * 4
        # A sixth more moves the two nearest takers' entries by less than the dollar to the next one.
        staying = shorts[:2] * (SAMPLES // 2)
        # Further ones pass neighbours, and without a hint their new place is walked to from the head.
        walking = shorts[2:] * 3
        for name, takers in (("fill_batch_4_makers", staying), ("fill_batch_4_makers_taker_walks", walking)):
            self.median(
                name,
                (
                    partial(self.market.batch, book.market_id, makers, taker, prices, SMALL)
                    for taker in takers[:SAMPLES]
                ),
            )

    def accounts(self, book: Book) -> None:
        flat = self.market.open_accounts(1, DEPOSIT)[0]
        self.snapshot = self.market.rpc("evm_snapshot")
        send, functions = self.market.send_as_trader, self.market.system.clearing_house.functions
        held = self.middle(book.longs)[:SAMPLES]
        self.median("deposit_existing", (partial(send, functions.deposit(a, 10**6)) for a in held))
        self.median(
            "withdraw_existing",
            (partial(send, functions.withdraw(a, 10**6, self.market.owner)) for a in held),
        )
        self.median(
            "withdraw_flat",
            (partial(send, functions.withdraw(flat, 10**6, self.market.owner)) for _ in range(SAMPLES)),
        )
        self.median(
            "set_leverage",
            (partial(send, functions.set_leverage(a, book.market_id, 5, 0)) for a in held),
        )

    def extra_markets(self, book: Book) -> None:
        """What a further market, held by both sides, adds to `fill_existing`."""
        longs, shorts = self.middle(book.big_longs)[:5], self.middle(book.big_shorts)[:5]
        extra = 3
        for _ in range(extra):
            market_id = self.market.list_market(PRICE)
            for long, short in zip(longs, shorts, strict=True):
                bid = self.market.order(long, market_id, SMALL, PRICE + WAD)
                self.market.fill(bid, opposite(bid, short), SMALL)
        self.settle_down(book.market_id)
        pairs = list(zip(longs, shorts, strict=True)) * 4
        self.median("with_extra", (self.fill(book, a, b, PRICE + WAD // 10) for a, b in pairs))
        self.figures["per_extra_market"] = (
            self.figures.pop("with_extra") - self.figures["fill_existing"]
        ) // extra


def measure() -> dict[str, int]:
    with running_anvil("--gas-limit", "60000000") as node:
        bench = Bench(node.w3())
        book = bench.populate(100)
        bench.existing("fill_existing", book)
        bench.one_moves(book)
        bench.both_move(book)
        bench.reduce(book)
        bench.batch(book)
        newcomers = bench.market.open_accounts(2 * SAMPLES, DEPOSIT)
        bench.settle_down(book.market_id)
        bench.open("fill_open", book, newcomers)
        bench.open("insert_hint_10_off", book, newcomers, off=10)
        bench.accounts(book)
        rounds = {f"deleverage_{k}": k for k in COUNTERPARTIES} | {"deleverage_next_25": 25}
        deleveragings(bench, book.market_id, rounds | {"deleverage_25_at_100_positions": 25})
        liquidations(bench, book.market_id, bench.middle(book.longs)[:SAMPLES], newcomers[:SAMPLES])
        bench.settle_down(book.market_id)
        bench.extra_markets(book)
        if not MISSING:
            prices(bench)
    with running_anvil("--gas-limit", "60000000") as node:
        crowded = Bench(node.w3())
        book = crowded.populate(10_000)
        newcomers = crowded.market.open_accounts(2 * SAMPLES, DEPOSIT)
        crowded.settle_down(book.market_id)
        crowded.open("fill_open_at_10000_positions", book, newcomers)
        crowded.existing("fill_existing_at_10000_positions", book)
        deleveragings(crowded, book.market_id, {"deleverage_25_at_10000_positions": 25})
    figures = bench.figures | crowded.figures
    first, last = COUNTERPARTIES[0], COUNTERPARTIES[-1]
    added = figures[f"deleverage_{last}"] - figures[f"deleverage_{first}"]
    figures["deleverage_per_counterparty"] = added // (last - first)
    return figures


def show(figures: dict[str, int]) -> None:
    table = Table("operation", "gas", "budget", "peers")
    for column in table.columns[1:3]:
        column.justify = "right"
    for name, gas in figures.items():
        budget, peers = BUDGETS.get(name, (0, ""))
        colour = "red" if budget and gas > budget else "green" if budget else ""
        table.add_row(name, f"{gas:,}", f"{budget:,}" if budget else "", peers, style=colour)
    Console(width=140).print(table)


def main() -> int:
    figures = measure()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n")
    show(figures)
    print(f"written to {OUTPUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
