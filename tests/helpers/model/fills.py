"""What a settlement is given, what it answers, and what a fill does to a position."""

from dataclasses import dataclass, replace

from tests.helpers.model.accounts import Position
from tests.helpers.model.arithmetic import average_entry


@dataclass(frozen=True)
class Side:
    """One signer's part, as Exchange hands it over after verifying the order."""

    account_id: int
    leverage: int
    reduce_only: bool
    hint: int
    epoch: int


@dataclass(frozen=True)
class Match:
    """One maker's fill: unsigned size at the maker's price."""

    maker: Side
    size: int
    price: int


@dataclass(frozen=True)
class Fill:
    """What became of a match; fees in quote units, 0 and a reason if it was skipped."""

    maker_fee: int = 0
    taker_fee: int = 0
    skipped: str | None = None

    @property
    def executed(self) -> bool:
        return self.skipped is None


def is_reduction(before: int, after: int) -> bool:
    """Closed, or same sign and smaller; leaving a flat account flat is none."""
    return before != 0 and (after == 0 or (before * after > 0 and abs(after) < abs(before)))


def changed_position(old: Position | None, change: int, price: int, leverage: int) -> Position | None:
    """The position after `change` (signed) at `price`; `leverage` is ignored by reductions."""
    before = 0 if old is None else old.size
    after = before + change
    if after == 0:
        return None
    if old is None or before * after < 0:
        return Position(after, price, leverage)
    if abs(after) < abs(before):
        return replace(old, size=after)
    entry = average_entry(before, old.entry_price, abs(change), price)
    return Position(after, entry, leverage)
