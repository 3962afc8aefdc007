"""The deleveraging queue of one market as plain lists: what the chain's linked lists must amount to."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.helpers.model.arithmetic import LEVERAGES, roe
from tests.helpers.model.errors import require

MAX_STEPS = 128
HINTS = 8
HINT_BITS = 32


@dataclass(frozen=True)
class Place:
    """Where a position stands: the list is chosen by side and tier, the order in it by entry price."""

    is_long: bool
    leverage: int
    entry_price: int

    @property
    def key(self) -> int:
        """Ascending along the list: longs with the lowest, shorts with the highest entry come first."""
        return self.entry_price if self.is_long else -self.entry_price


def pack_hint(account_ids: Iterable[int]) -> int:
    """Up to eight account ids, the first in the lowest 32 bits."""
    word = 0
    for i, account_id in enumerate(account_ids):
        if i >= HINTS:
            raise ValueError("a hint holds eight accounts")
        word |= account_id << (HINT_BITS * i)
    return word


def unpack_hint(word: int) -> list[int]:
    """The eight account ids of a hint, zeros included."""
    return [(word >> (HINT_BITS * i)) & (2**HINT_BITS - 1) for i in range(HINTS)]


@dataclass
class Queue:
    """Every open position of one market, in its (side, tier) list, first come first served on ties.

    A parked position is open but in no list, so it is not ranked.
    """

    places: dict[int, Place] = field(default_factory=dict)
    lists: dict[tuple[bool, int], list[int]] = field(default_factory=dict)
    parked: dict[int, Place] = field(default_factory=dict)

    def copy(self) -> "Queue":
        lists = {name: list(ids) for name, ids in self.lists.items()}
        return Queue(dict(self.places), lists, dict(self.parked))

    def members(self, is_long: bool, leverage: int) -> list[int]:
        """Accounts of one list from its head."""
        return self.lists.get((is_long, leverage), [])

    def count(self, is_long: bool) -> int:
        """Open positions of one side, linked and parked."""
        parked = sum(place.is_long == is_long for place in self.parked.values())
        return sum(len(self.members(is_long, leverage)) for leverage in LEVERAGES) + parked

    def moves(self, account_id: int, place: Place | None) -> bool:
        """Whether `update` would unlink or link a node: a node still in order is left where it is."""
        old = self.places.get(account_id)
        if old is None or place is None:
            return old is not place
        if (old.is_long, old.leverage) != (place.is_long, place.leverage):
            return True
        ids = self.members(old.is_long, old.leverage)
        i = ids.index(account_id)
        if place.key > old.key:
            return i + 1 < len(ids) and self.places[ids[i + 1]].key <= place.key
        if place.key < old.key:
            return i > 0 and self.places[ids[i - 1]].key > place.key
        return False

    def update(self, account_id: int, place: Place | None, hint: int = 0) -> bool:
        """Put the account's position where it belongs (None: closed); returns whether its node moved.

        A parked one is linked again.
        """
        moved = self.moves(account_id, place)
        if place is None:
            self._unlink(account_id)
        elif not moved:
            self.places[account_id] = place
        else:
            require(self.steps(account_id, place, hint) <= MAX_STEPS, "queue: bad hint")
            self._unlink(account_id)
            ids = self.lists.setdefault((place.is_long, place.leverage), [])
            ids.insert(self._index(ids, place), account_id)
            self.places[account_id] = place
        self.parked.pop(account_id, None)
        return moved

    def park(self, account_id: int) -> None:
        """Take a linked position out of its list; it stays open."""
        place = self.places[account_id]
        self._unlink(account_id)
        self.parked[account_id] = place

    def top(self, is_long: bool, price: int) -> int | None:
        """The best of the heads of a side's lists: the highest ROE, on a tie the lower tier."""
        heads = [ids[0] for leverage in LEVERAGES if (ids := self.members(is_long, leverage))]
        return max(heads, key=lambda account_id: self.roe(account_id, price), default=None)

    def steps(self, account_id: int, place: Place, hint: int) -> int:
        """Nodes passed on the walk to the place: from behind the hinted node, else from before the head."""
        ids = [other for other in self.members(place.is_long, place.leverage) if other != account_id]
        start = next((ids.index(hinted) + 1 for hinted in unpack_hint(hint) if hinted in ids), 0)
        return abs(self._index(ids, place) - start)

    def exact_hint(self, place: Place, exclude: int = 0) -> int:
        """The node to stand behind, then the seven before it; 0 in front of the head."""
        ids = [other for other in self.members(place.is_long, place.leverage) if other != exclude]
        ahead = ids[: self._index(ids, place)]
        return pack_hint(ahead[::-1][:HINTS])

    def ranked(self, is_long: bool, price: int) -> list[int]:
        """All positions of a side, best ROE first; equal ROE: lower tier, then order in the list."""
        everyone = [account_id for leverage in LEVERAGES for account_id in self.members(is_long, leverage)]
        return sorted(everyone, key=lambda account_id: -self.roe(account_id, price))

    def tie_groups(self, is_long: bool, price: int) -> list[tuple[int, set[int]]]:
        """(ROE, accounts that have it), best first: what any valid order must respect."""
        groups: list[tuple[int, set[int]]] = []
        for account_id in self.ranked(is_long, price):
            score = self.roe(account_id, price)
            if not groups or groups[-1][0] != score:
                groups.append((score, set()))
            groups[-1][1].add(account_id)
        return groups

    def roe(self, account_id: int, price: int) -> int:
        place = self.places[account_id]
        return roe(place.is_long, place.leverage, place.entry_price, price)

    def _index(self, ids: list[int], place: Place) -> int:
        return bisect_right(ids, place.key, key=lambda other: self.places[other].key)

    def _unlink(self, account_id: int) -> None:
        place = self.places.pop(account_id, None)
        if place is not None:
            self.lists[place.is_long, place.leverage].remove(account_id)
