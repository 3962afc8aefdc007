"""A crowd in columns, and logs as a node would send them: for sizes that no test chain reaches.

book = synthetic_book(accounts=1_000_000, markets=8, positions=2_000_000, seed=1)
logs = synthetic_logs(book, blocks=range(1, 11), per_block=2_000, seed=2)      they continue that book
decoder().decode(log), header(number)
"""

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
from eth_utils import keccak

from keeper.arithmetic import LEVERAGES
from keeper.book.accounts import MAX_MARKETS
from keeper.book.book import Book
from keeper.book.events import Decoder, Event
from keeper.types import BlockRef, RawLog

HOUSE, ROUTER = "0x" + "c1" * 20, "0x" + "04" * 20
GENESIS = 1_700_000_000
# Of a token of 6 decimals.
SCALE = 10**30
PRICE = 4_000
TIERS = 6
# Sizes and entry prices are whole multiples of 1e12.
_STEP_FIVES = 5**12
_STEP_TWOS = 12
# One premium a market, so that funding runs.
PREMIUM = 10**7

Integers = npt.NDArray[np.int64]

_SIGNATURES = {
    "AccountOpened": ("uint256,address", 2),
    "Deposited": ("uint256,address,uint256,int256", 2),
    "PositionChanged": ("uint256,uint256,int256,uint256,uint256,int256,uint256,uint256", 2),
    "FundingAccrued": ("uint256,int256,int256,uint256", 1),
    "PriceAccepted": ("uint256,uint256,uint256", 1),
}
_TOPICS = {name: "0x" + keccak(text=f"{name}({kinds})").hex() for name, (kinds, _) in _SIGNATURES.items()}


def decoder() -> Decoder:
    return Decoder({HOUSE: "ClearingHouse", ROUTER: "OracleRouter"})


def block_hash(number: int) -> str:
    return f"0x{number:064x}"


def header(number: int) -> BlockRef:
    return BlockRef(number, block_hash(number), block_hash(number - 1), GENESIS + number)


def params_word() -> int:
    """10x to 50x, maintenance 0.5 %, tau 8 h; the cap never binds."""
    fields = ((6, 0), (1, 4), (5_000, 5), (200, 25), (500, 41), (50_000, 57), (1_000, 77), (2**51 - 1, 109))
    word = sum(value << shift for value, shift in fields)
    return word | 5_000 << 160 | 10_000 << 176 | 10_000 << 192 | 6_000_000 << 212 | 8 << 248


def liquidation_word() -> int:
    """Target 1.25, penalty 0.25 %, reward 0.1 %."""
    return 1_250_000 | 2_500 << 24 | 1_000 << 44


def synthetic_book(accounts: int, markets: int, positions: int, seed: int) -> Book:
    """At block 0, every market at PRICE, `positions` spread evenly; one account in a thousand is thin."""
    rng = np.random.default_rng(seed)
    book = Book(SCALE)
    book.apply(header(0), list(_listings(markets)))
    book.undo.clear()
    book.accounts.grow(accounts * 5 // 4 + 256 & ~255)
    book.accounts.count = accounts
    records = book.accounts.records.array[:accounts]

    numbers = np.arange(positions)
    holders, legs = numbers % accounts, numbers // accounts
    if legs.max(initial=0) >= min(markets, MAX_MARKETS):
        raise ValueError("more positions than the accounts may hold")
    ids = 1 + (holders + legs) % markets
    # Quote units, float64 is exact here: what positions are worth, and what their maintenance comes to.
    worth, required = np.zeros(accounts), np.zeros(accounts)
    for market_id in range(1, markets + 1):
        chosen = np.flatnonzero(ids == market_id)
        rows = np.arange(len(chosen), dtype=np.int32)
        held, leg = holders[chosen], legs[chosen]
        records["markets"][held, leg] = market_id
        records["rows"][held, leg] = rows
        sizes, entries = _sizes(rng, len(chosen)), _entries(rng, len(chosen))
        _fill(book, market_id, held, sizes, entries, rng)
        # 1e12 x PRICE x 1e18 / SCALE
        values = sizes * PRICE
        worth += np.bincount(held, values, accounts)
        required += np.bincount(held, np.abs(values) / 200, accounts)
    equity = np.where(required > 0, required, 10**9) * np.exp(rng.normal(3.1, 1, accounts))
    cash = (equity - worth).astype(np.int64)
    records["low"], records["high"] = cash.view(np.uint64), cash >> 63
    book.accounts.mirror()
    return book


def synthetic_logs(book: Book, blocks: range, per_block: int, seed: int) -> Iterator[list[RawLog]]:
    """Block by block: fills of two accounts with their funding, deposits, a price a block in one market."""
    rng = Random(seed)
    market_ids = sorted(book.markets)
    cash: dict[int, int] = {}
    held: dict[tuple[int, int], int] = {}
    for number in blocks:
        market_id = rng.choice(market_ids)
        price = PRICE * 10**18 + rng.randrange(10**19)
        logs = [raw_log(number, 0, ROUTER, "PriceAccepted", market_id, price, GENESIS + number)]
        while len(logs) < per_block:
            market_id = rng.choice(market_ids)
            if rng.random() < 0.1 or len(logs) + 3 > per_block:
                account_id = rng.randint(1, book.accounts.count)
                amount = rng.randrange(10**9)
                cash[account_id] = _cash(book, cash, account_id) + amount
                arguments: tuple[int, ...] = (account_id, 0xBEEF, amount, cash[account_id])
                logs.append(raw_log(number, len(logs), HOUSE, "Deposited", *arguments))
                continue
            taken = rng.randrange(1, 10**5) * 10**15
            for change in (taken, -taken):
                account_id = int(
                    book.positions[market_id].account[rng.randrange(book.positions[market_id].count)]
                )
                size = _size(book, held, account_id, market_id) + change
                held[account_id, market_id] = size
                cash[account_id] = _cash(book, cash, account_id) - change * price // SCALE
                leverage = rng.choice(LEVERAGES[3:6]) if size else 0
                entry = price if size else 0
                arguments = (account_id, market_id, size, entry, leverage, cash[account_id], price, 1)
                logs.append(raw_log(number, len(logs), HOUSE, "PositionChanged", *arguments))
            logs.append(
                raw_log(number, len(logs), HOUSE, "FundingAccrued", market_id, number, PREMIUM, price)
            )
        yield logs


def raw_log(number: int, log_index: int, address: str, name: str, *arguments: int) -> RawLog:
    """As eth_getLogs answers."""
    indexed = _SIGNATURES[name][1]
    words = [f"{argument % 2**256:064x}" for argument in arguments]
    return {
        "address": address,
        "topics": [_TOPICS[name], *("0x" + word for word in words[:indexed])],
        "data": "0x" + "".join(words[indexed:]),
        "blockNumber": hex(number),
        "blockHash": block_hash(number),
        "transactionHash": f"0x{number * 10_000 + log_index // 3:064x}",
        "transactionIndex": hex(log_index // 3),
        "logIndex": hex(log_index),
        "removed": False,
    }


def _listings(markets: int) -> Iterator[Event]:
    source = (1, 0, 0, 86_400, 10**17, 60, 5 * 10**17, 10**15)
    for i in range(markets):
        every: list[tuple[str, tuple[int, ...]]] = [
            ("SourceSet", (i + 1, *(0,) * 8, *source)),
            ("PriceAccepted", (i + 1, PRICE * 10**18, GENESIS)),
            ("MarketWritten", (i + 1, params_word(), liquidation_word())),
            ("FundingAccrued", (i + 1, 0, PREMIUM, PRICE * 10**18)),
        ]
        for j, (name, arguments) in enumerate(every):
            yield Event(name, 0, block_hash(i), 4 * i + j, arguments)


def _sizes(rng: np.random.Generator, count: int) -> Integers:
    """In 1e12 base, skewed, summing to 0: longs and shorts take turns."""
    sizes = np.exp(rng.normal(13, 2, count)).astype(np.int64) + 1_000
    sizes[1::2] = -sizes[: count - count % 2 : 2]
    if count % 2 and count > 1:
        sizes[-1] = sizes[0]
        sizes[1] -= sizes[0]
    return sizes


def _entries(rng: np.random.Generator, count: int) -> Integers:
    """In 1e-6 of quote, within some 10 % of PRICE; many are equal."""
    cents = PRICE * 100 * np.exp(rng.normal(0, 0.03, count))
    return cents.astype(np.int64) * 10**4


def _fill(
    book: Book, market_id: int, held: Integers, sizes: Integers, entries: Integers, rng: np.random.Generator
) -> None:
    positions, count = book.positions[market_id], len(held)
    positions.grow(count * 5 // 4 + 256 & ~255)
    positions.count = positions.next_order = count
    positions.open_interest = int(sizes[sizes > 0].sum()) * 10**12
    records = positions.records.array[:count]
    records["account"] = held + 1
    records["size_high"], records["size_low"] = _halves(sizes)
    records["entry_high"], records["entry_low"] = _halves(entries)
    records["tier"] = rng.integers(0, TIERS, count)
    records["order"] = 1 + np.arange(count)
    positions.mirror()


def _halves(steps: Integers) -> tuple[Integers, npt.NDArray[Any]]:
    """`steps` * 1e12 in two's complement."""
    fives = steps * _STEP_FIVES
    return fives >> 64 - _STEP_TWOS, (fives << _STEP_TWOS).view(np.uint64)


def _cash(book: Book, changed: dict[int, int], account_id: int) -> int:
    return changed[account_id] if account_id in changed else book.accounts.cash_of(account_id)


def _size(book: Book, changed: dict[tuple[int, int], int], account_id: int, market_id: int) -> int:
    if (account_id, market_id) in changed:
        return changed[account_id, market_id]
    row = book.accounts.row_of(account_id, market_id)
    return 0 if row < 0 else book.positions[market_id].state(row).size
