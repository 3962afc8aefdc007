"""All positions of one market, in rows of no order.

Vectors over the rows in use: `account` (uint32 id), `size` (float64, signed base WAD), `entry` (float64,
WAD), `tier` (uint8), `parked` (bool), `order` (int64, strided: meant for picking single rows). Sizes and
entries are within 2**-52. A closed row has size 0 and keeps its account, entry and tier until it is reused.
`order` breaks ties: of two linked positions with the same tier and entry price the lower one stands first.
"""

from struct import Struct

import numpy as np
import numpy.typing as npt

from keeper.book.columns import CHUNK_SHIFT, MASK_64, Column, Records, approximate, approximate_all
from keeper.types import PositionState

RECORD = np.dtype(
    {
        "names": ["account", "size_high", "size_low", "entry_low", "entry_high", "tier", "parked", "order"],
        "formats": ["<u4", "<i4", "<u8", "<u8", "<u4", "u1", "?", "<i8"],
        "offsets": [0, 4, 8, 16, 24, 28, 29, 32],
        "itemsize": 40,
    }
)
_WIDTH = RECORD.itemsize
_ROW = Struct("<IiQQIB?xxq")
_NO_ROW = -1


class Positions:
    def __init__(self, capacity: int = 256) -> None:
        # Rows in use, closed ones included.
        self.count = 0
        # Sum of longs, base.
        self.open_interest = 0
        self.next_order = 0
        # The row closed last; the `order` of a closed row is the one closed before it.
        self.free = _NO_ROW
        self.records = Records(RECORD, capacity)
        self._account = Column(np.uint32, capacity)
        self._size = Column(np.float64, capacity)
        self._entry = Column(np.float64, capacity)
        self._tier = Column(np.uint8, capacity)
        self._parked = Column(np.bool_, capacity)
        # Records as they were before the block being applied, by row; None: not kept.
        self.before: dict[int, bytes] | None = None

    # -- vectors

    @property
    def account(self) -> npt.NDArray[np.uint32]:
        return self._account.array[: self.count]

    @property
    def size(self) -> npt.NDArray[np.float64]:
        return self._size.array[: self.count]

    @property
    def entry(self) -> npt.NDArray[np.float64]:
        return self._entry.array[: self.count]

    @property
    def tier(self) -> npt.NDArray[np.uint8]:
        return self._tier.array[: self.count]

    @property
    def parked(self) -> npt.NDArray[np.bool_]:
        return self._parked.array[: self.count]

    @property
    def order(self) -> npt.NDArray[np.int64]:
        found: npt.NDArray[np.int64] = self.records.array["order"][: self.count]
        return found

    # -- one position

    def state(self, row: int) -> PositionState:
        _, high, low, entry_low, entry_high, tier, parked, order = _ROW.unpack_from(
            self.records.cells, row * _WIDTH
        )
        return PositionState(high << 64 | low, entry_high << 64 | entry_low, tier, parked, order)

    # -- writing

    def open(self, account_id: int, size: int, entry: int, tier: int) -> int:
        """A new position, last among its equals; its row."""
        row = self.free
        if row == _NO_ROW:
            row = self.count
            if row == len(self._size.array):
                self.grow(2 * row)
            self.count = row + 1
        else:
            self.free = self.state(row).order
        self._write(row, account_id, size, entry, tier, False, self._newest())
        self.open_interest += max(size, 0)
        return row

    def trade(self, row: int, size: int, entry: int, tier: int) -> None:
        """A fill, a takeover or another tier. It keeps its place only if nothing but its size changes."""
        was = self.state(row)
        stays = (
            not was.parked and was.entry_price == entry and was.tier == tier and (was.size > 0) == (size > 0)
        )
        self._write(
            row, self._account.cells[row], size, entry, tier, False, was.order if stays else self._newest()
        )
        self.open_interest += max(size, 0) - max(was.size, 0)

    def resize(self, row: int, size: int) -> None:
        """A part was closed: place, entry and tier stay, linked or parked."""
        was = self.state(row)
        self._write(row, self._account.cells[row], size, was.entry_price, was.tier, was.parked, was.order)
        self.open_interest += max(size, 0) - max(was.size, 0)

    def close(self, row: int) -> None:
        was = self.state(row)
        self._write(row, self._account.cells[row], 0, was.entry_price, was.tier, False, self.free)
        self.free = row
        self.open_interest -= max(was.size, 0)

    def park(self, row: int) -> None:
        was = self.state(row)
        self._write(row, self._account.cells[row], was.size, was.entry_price, was.tier, True, was.order)

    def relink(self, row: int) -> None:
        was = self.state(row)
        self._write(row, self._account.cells[row], was.size, was.entry_price, was.tier, False, self._newest())

    def grow(self, capacity: int) -> None:
        for column in (self.records, self._account, self._size, self._entry, self._tier, self._parked):
            column.grow(capacity)

    def restore(self, row: int, raw: bytes) -> None:
        """A record as it was."""
        self.records.restore(row, raw)
        self._mirror_row(row, *_ROW.unpack(raw)[:7])

    def mirror(self) -> None:
        """Fill the mirrors from the records."""
        used = self.records.array[: self.count]
        self.account[:] = used["account"]
        self.size[:] = approximate_all(used["size_high"], used["size_low"])
        self.entry[:] = approximate_all(used["entry_high"], used["entry_low"])
        self.tier[:] = used["tier"]
        self.parked[:] = used["parked"]

    def _write(
        self, row: int, account_id: int, size: int, entry: int, tier: int, parked: bool, order: int
    ) -> None:
        if self.before is not None and row not in self.before:
            self.before[row] = self.records.raw(row)
        self.records.dirty.add(row >> CHUNK_SHIFT)
        fields = (account_id, size >> 64, size & MASK_64, entry & MASK_64, entry >> 64, tier, parked)
        _ROW.pack_into(self.records.cells, row * _WIDTH, *fields, order)
        self._account.cells[row] = account_id
        self._size.cells[row] = approximate(size)
        self._entry.cells[row] = approximate(entry)
        self._tier.cells[row] = tier
        self._parked.cells[row] = parked

    def _mirror_row(
        self,
        row: int,
        account_id: int,
        high: int,
        low: int,
        entry_low: int,
        entry_high: int,
        tier: int,
        parked: bool,
    ) -> None:
        self._account.cells[row] = account_id
        self._size.cells[row] = approximate(high << 64 | low)
        self._entry.cells[row] = approximate(entry_high << 64 | entry_low)
        self._tier.cells[row] = tier
        self._parked.cells[row] = parked

    def _newest(self) -> int:
        self.next_order += 1
        return self.next_order
