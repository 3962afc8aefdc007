"""Where a position would stand in the queue with another leverage tier."""

import numpy as np

from keeper.arithmetic import LEVERAGES, roe
from keeper.book.positions import Positions
from keeper.strategy.ranking import Rank

# Relative to the leverage: float64 scores closer than this are told apart by the exact ones.
SLACK = 1e-9


def place(positions: Positions, account_id: int, is_long: bool, tier: int, entry: int, price: int) -> Rank:
    """Of `account_id`'s position, moved to `tier`: behind all of equal ROE there, as one who comes last."""
    linked = (positions.size > 0 if is_long else positions.size < 0) & ~positions.parked
    linked &= positions.account != account_id
    rows = np.flatnonzero(linked)
    entries, tiers = positions.entry[rows], positions.tier[rows]
    leverage = np.asarray(LEVERAGES, dtype=np.float64)[tiers]
    scores = leverage * (price - entries if is_long else entries - price) / entries
    own = LEVERAGES[tier] * ((price - entry if is_long else entry - price) / entry)
    slack = SLACK * leverage * np.maximum(1.0, price / entries)
    before = int(np.count_nonzero(scores > own + slack))
    score = roe(entry, tier, is_long, price)
    for row in rows[np.abs(scores - own) <= slack]:
        other = positions.state(int(row))
        theirs = roe(other.entry_price, other.tier, is_long, price)
        before += theirs > score or (theirs == score and other.tier < tier)
        if theirs == score and other.tier == tier:
            # One list: by entry price, the newcomer last among equal ones.
            before += other.entry_price <= entry if is_long else other.entry_price >= entry
    return Rank(before, len(rows) + 1)
