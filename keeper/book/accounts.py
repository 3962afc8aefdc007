"""Margin accounts: row = account id - 1.

Vectors over all accounts: `cash` (float64 mirror, within 2**-52), `flagged_at` (Unix seconds, 0: not
flagged), `markets` (count x 8 market ids, oldest first, 0: none), `rows` (count x 8, its row in that market).
Exact: `cash_of`, `flag_of`, `epoch_of`, `owner_of`, `open_markets`, `row_of`.
"""

from struct import Struct

import numpy as np
import numpy.typing as npt

from keeper.book.columns import CHUNK_SHIFT, MASK_64, Column, Records, approximate, approximate_all
from keeper.book.errors import BrokenHistory

# Open markets are one byte each, oldest lowest, as in the chain's account word.
RECORD = np.dtype(
    {
        "names": ["low", "high", "markets", "flagged_at", "epoch", "rows", "owner"],
        "formats": ["<u8", "<i8", ("u1", 8), "<i8", "<u4", ("<i4", 8), "V20"],
        "offsets": [0, 8, 16, 24, 32, 36, 68],
        "itemsize": 88,
    }
)
_WIDTH = RECORD.itemsize
_CASH, _FLAG, _EPOCH, _ROW = Struct("<Qq"), Struct("<q"), Struct("<I"), Struct("<i")
_MARKETS_AT, _FLAG_AT, _EPOCH_AT, _ROWS_AT, _OWNER_AT = 16, 24, 32, 36, 68
MAX_MARKETS = 8


class Accounts:
    def __init__(self, capacity: int = 1024) -> None:
        self.count = 0
        self.records = Records(RECORD, capacity)
        self._cash = Column(np.float64, capacity)
        self._flagged_at = Column(np.int64, capacity)
        # Records as they were before the block being applied, by row; None: not kept.
        self.before: dict[int, bytes] | None = None

    # -- vectors

    @property
    def cash(self) -> npt.NDArray[np.float64]:
        return self._cash.array[: self.count]

    @property
    def flagged_at(self) -> npt.NDArray[np.int64]:
        return self._flagged_at.array[: self.count]

    @property
    def markets(self) -> npt.NDArray[np.uint8]:
        found: npt.NDArray[np.uint8] = self.records.array["markets"][: self.count]
        return found

    @property
    def rows(self) -> npt.NDArray[np.int32]:
        found: npt.NDArray[np.int32] = self.records.array["rows"][: self.count]
        return found

    # -- one account

    def cash_of(self, account_id: int) -> int:
        low, high = _CASH.unpack_from(self.records.cells, self._at(account_id))
        return int(high << 64 | low)

    def flag_of(self, account_id: int) -> int:
        return int(_FLAG.unpack_from(self.records.cells, self._at(account_id) + _FLAG_AT)[0])

    def epoch_of(self, account_id: int) -> int:
        return int(_EPOCH.unpack_from(self.records.cells, self._at(account_id) + _EPOCH_AT)[0])

    def owner_of(self, account_id: int) -> str:
        at = self._at(account_id) + _OWNER_AT
        return "0x" + bytes(self.records.cells[at : at + 20]).hex()

    def open_markets(self, account_id: int) -> bytes:
        """Ids of its open markets, oldest first."""
        at = self._at(account_id) + _MARKETS_AT
        return bytes(self.records.cells[at : at + MAX_MARKETS]).rstrip(b"\0")

    def row_of(self, account_id: int, market_id: int) -> int:
        """Row of its position in the market's `Positions`; -1: none."""
        at = self._at(account_id)
        place = bytes(self.records.cells[at + _MARKETS_AT : at + _FLAG_AT]).find(market_id)
        if place < 0:
            return -1
        return int(_ROW.unpack_from(self.records.cells, at + _ROWS_AT + 4 * place)[0])

    # -- writing

    def open(self, account_id: int, owner: int) -> None:
        if account_id != self.count + 1:
            raise BrokenHistory(f"account {account_id} opened after account {self.count}")
        if self.count == len(self._cash.array):
            self.grow(2 * self.count)
        self.count = account_id
        at = self._touch(account_id) + _OWNER_AT
        self.records.cells[at : at + 20] = owner.to_bytes(20, "big")

    def grow(self, capacity: int) -> None:
        for column in (self.records, self._cash, self._flagged_at):
            column.grow(capacity)

    def set_cash(self, account_id: int, cash: int) -> None:
        at = self._touch(account_id)
        _CASH.pack_into(self.records.cells, at, cash & MASK_64, cash >> 64)
        self._cash.cells[account_id - 1] = approximate(cash)

    def set_flag(self, account_id: int, flagged_at: int) -> None:
        if self._flagged_at.cells[account_id - 1] != flagged_at:
            _FLAG.pack_into(self.records.cells, self._touch(account_id) + _FLAG_AT, flagged_at)
            self._flagged_at.cells[account_id - 1] = flagged_at

    def set_epoch(self, account_id: int, epoch: int) -> None:
        _EPOCH.pack_into(self.records.cells, self._touch(account_id) + _EPOCH_AT, epoch)

    def link(self, account_id: int, market_id: int, row: int) -> None:
        """Its position in a market that was not open is in this row."""
        at = self._touch(account_id)
        cells = self.records.cells
        place = bytes(cells[at + _MARKETS_AT : at + _FLAG_AT]).find(0)
        if place < 0:
            raise BrokenHistory(f"account {account_id} has a ninth market")
        cells[at + _MARKETS_AT + place] = market_id
        _ROW.pack_into(cells, at + _ROWS_AT + 4 * place, row)

    def unlink(self, account_id: int, market_id: int) -> None:
        """Its position in the market is closed; later markets move down."""
        at = self._touch(account_id)
        cells = self.records.cells
        ids = bytes(cells[at + _MARKETS_AT : at + _FLAG_AT])
        place = ids.index(market_id)
        cells[at + _MARKETS_AT : at + _FLAG_AT] = ids[:place] + ids[place + 1 :] + b"\0"
        rows = bytes(cells[at + _ROWS_AT : at + _OWNER_AT])
        cells[at + _ROWS_AT : at + _OWNER_AT] = rows[: 4 * place] + rows[4 * place + 4 :] + bytes(4)

    def restore(self, row: int, raw: bytes) -> None:
        """A record as it was."""
        self.records.restore(row, raw)
        low, high = _CASH.unpack_from(raw)
        self._cash.cells[row] = approximate(high << 64 | low)
        self._flagged_at.cells[row] = _FLAG.unpack_from(raw, _FLAG_AT)[0]

    def mirror(self) -> None:
        """Fill the mirrors from the records."""
        used = self.records.array[: self.count]
        self.cash[:] = approximate_all(used["high"], used["low"])
        self.flagged_at[:] = used["flagged_at"]

    def _touch(self, account_id: int) -> int:
        """Offset of a record that is about to be written."""
        at = self._at(account_id)
        row = account_id - 1
        if self.before is not None and row not in self.before:
            self.before[row] = bytes(self.records.cells[at : at + _WIDTH])
        self.records.dirty.add(row >> CHUNK_SHIFT)
        return at

    def _at(self, account_id: int) -> int:
        if not 0 < account_id <= self.count:
            raise BrokenHistory(f"there is no account {account_id}")
        return (account_id - 1) * _WIDTH
