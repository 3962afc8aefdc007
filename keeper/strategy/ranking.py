"""The deleveraging queue off-chain: contracts/modules/queue.vy and the merge of its heads.

Within a tier the order is that of entry prices, whatever the mark. The float64 mirror of an entry is
monotone, so it only pre-selects; equal mirrors are told apart by the exact words. ROE is an exact integer,
of few positions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import islice

import numpy as np
import numpy.typing as npt

from keeper.arithmetic import LEVERAGES, WAD, div_up, roe
from keeper.book.book import Book
from keeper.book.columns import approximate
from keeper.book.positions import Positions

Rows = npt.NDArray[np.int64]

# How many accounts a hint names.
HINTED = 8
LIGHTS = 5


@dataclass(frozen=True, slots=True)
class Ranked:
    account_id: int
    # WAD, floored.
    roe: int
    tier: int
    leverage: int
    entry_price: int
    # Signed base.
    size: int
    order: int


@dataclass(frozen=True, slots=True)
class Rank:
    """`rank` from 0, of `count` linked positions of the side."""

    rank: int
    count: int


class SideQueue:
    """The linked positions of one side of a market as they stand when it is made."""

    def __init__(self, positions: Positions, is_long: bool) -> None:
        self._positions, self._is_long = positions, is_long
        size = positions.size
        self._linked = ((size > 0) if is_long else (size < 0)) & ~positions.parked

    @cached_property
    def count(self) -> int:
        return int(np.count_nonzero(self._linked))

    @cached_property
    def _tiers(self) -> list[Rows]:
        rows = np.flatnonzero(self._linked)
        tiers = self._positions.tier[rows]
        return [rows[tiers == tier] for tier in range(len(LEVERAGES))]

    @cached_property
    def _entries(self) -> list[npt.NDArray[np.float64]]:
        """Mirrors of the entry prices, ascending in the order of the lists."""
        entry = self._positions.entry
        return [entry[rows] if self._is_long else -entry[rows] for rows in self._tiers]

    def walk(self, price: int, most: int) -> Iterator[Ranked]:
        """The merged queue, best rank first, its first `most` at least."""
        fronts = (self._front(tier, price, most) for tier in range(len(LEVERAGES)))
        return merge(*fronts, key=lambda each: (-each.roe, each.tier))

    def rank(self, row: int, price: int) -> Rank | None:
        """Where a linked position stands; None if it is not of this queue."""
        if not self._linked[row]:
            return None
        own = self._positions.state(row)
        score = roe(own.entry_price, own.tier, self._is_long, price)
        before = 0
        for tier in range(len(LEVERAGES)):
            if tier == own.tier:
                before += self._count_before(tier, own.entry_price, own.order)
            else:
                limit = _limit(tier, self._is_long, price, score if tier < own.tier else score + 1)
                before += len(self._tiers[tier]) if limit is None else self._count_before(tier, limit)
        return Rank(before, self.count)

    def hint(self, tier: int, entry_price: int) -> int:
        """As `Lens.find_hint`: the accounts a newcomer would stand behind, the nearest lowest; 0: none."""
        edge = self._edge(entry_price)
        rows, entries = self._tiers[tier], self._entries[tier]
        keep = entries < edge
        same = np.flatnonzero(entries == edge)
        keep[same] = self._stands_before(rows[same], entry_price)
        rows, entries = rows[keep], entries[keep]
        if len(rows) > HINTED:
            near = entries >= np.partition(entries, len(rows) - HINTED)[len(rows) - HINTED]
            rows = rows[near]
        packed = 0
        for row in self._sorted(rows)[-HINTED:]:
            packed = packed << 32 | int(self._positions.account[row])
        return packed

    # -- one tier's list

    def _front(self, tier: int, price: int, most: int) -> Iterator[Ranked]:
        rows, entries = self._tiers[tier], self._entries[tier]
        if len(rows) > most > 0:
            rows = rows[entries <= np.partition(entries, most - 1)[most - 1]]
        for row in self._sorted(rows):
            position = self._positions.state(int(row))
            yield Ranked(
                int(self._positions.account[row]),
                roe(position.entry_price, tier, self._is_long, price),
                tier,
                LEVERAGES[tier],
                position.entry_price,
                position.size,
                position.order,
            )

    def _sorted(self, rows: Rows) -> Rows:
        """In the order of their list."""
        records = self._positions.records.array[rows]
        high, low = records["entry_high"], records["entry_low"]
        if not self._is_long:
            high, low = ~high, ~low
        return rows[np.lexsort((records["order"], low, high))]

    def _edge(self, entry_price: int) -> float:
        mirror = approximate(entry_price)
        return mirror if self._is_long else -mirror

    def _stands_before(self, rows: Rows, entry_price: int, order: int | None = None) -> npt.NDArray[np.bool_]:
        """Of rows with the same mirror: which stand in front of an entry price, or of one and its order
        there.
        """
        records = self._positions.records.array[rows]
        high, low = np.uint32(entry_price >> 64), np.uint64(entry_price & 2**64 - 1)
        same = (records["entry_high"] == high) & (records["entry_low"] == low)
        if self._is_long:
            less = (records["entry_high"] < high) | (records["entry_high"] == high) & (
                records["entry_low"] < low
            )
        else:
            less = (records["entry_high"] > high) | (records["entry_high"] == high) & (
                records["entry_low"] > low
            )
        found: npt.NDArray[np.bool_] = less | (same if order is None else same & (records["order"] < order))
        return found

    def _count_before(self, tier: int, entry_price: int, order: int | None = None) -> int:
        edge, entries = self._edge(entry_price), self._entries[tier]
        same = np.flatnonzero(entries == edge)
        tied = self._stands_before(self._tiers[tier][same], entry_price, order)
        return int(np.count_nonzero(entries < edge)) + int(np.count_nonzero(tied))


def _limit(tier: int, is_long: bool, price: int, score: int) -> int | None:
    """The worst entry price of a tier with a ROE of at least `score`; None: every one has that.

    floor(L * (P - e) / e) >= r is e * (r + L) <= L * P for a long, e * (L - r) >= L * P for a short.
    """
    weight = LEVERAGES[tier] * WAD
    if is_long:
        return None if score + weight <= 0 else min(weight * price // (score + weight), 2**88)
    if score >= weight:
        return 2**88
    return min(div_up(weight * price, weight - score), 2**88)


def top(book: Book, market_id: int, is_long: bool, count: int, price: int, skip: int = 0) -> list[Ranked]:
    """The queue from rank `skip` on, best first, at most `count`, as `Lens.ranked_positions`."""
    queue = SideQueue(book.positions[market_id], is_long)
    return list(islice(queue.walk(price, skip + count), skip, skip + count))


def rank_of(book: Book, market_id: int, account_id: int, price: int) -> Rank | None:
    """None: no position, or a parked one."""
    row = book.accounts.row_of(account_id, market_id)
    if row < 0:
        return None
    positions = book.positions[market_id]
    return SideQueue(positions, positions.state(row).size > 0).rank(row, price)


def hint(book: Book, market_id: int, is_long: bool, tier: int, entry_price: int) -> int:
    """For a new position of that tier and entry price; see `SideQueue.hint`."""
    return SideQueue(book.positions[market_id], is_long).hint(tier, entry_price)


def lights(rank: Rank) -> int:
    """Five: among the first fifth of the queue; one: among the last."""
    return LIGHTS - rank.rank * LIGHTS // rank.count
