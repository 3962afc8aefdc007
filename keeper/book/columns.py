"""Growable columns: exact integers in fixed-size records, and float64 or narrow mirrors for vectors.

A record is the truth; mirrors repeat some of it contiguously, so that a pass over millions of rows reads
nothing else. `dirty` holds the chunks of CHUNK rows written since the last checkpoint.
"""

from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

Scalar = TypeVar("Scalar", bound=np.generic)

MASK_64 = 2**64 - 1
_TWO_64 = 2.0**64

# Rows per blob of a checkpoint: small, as a block touches rows all over the place.
CHUNK_SHIFT = 8
CHUNK = 1 << CHUNK_SHIFT


def approximate(value: int) -> float:
    """float64 within 2**-52 of an integer below 2**128; as `approximate_all`, bit for bit."""
    magnitude = abs(value)
    nearest = (magnitude >> 64) * _TWO_64 + float(magnitude & MASK_64)
    return -nearest if value < 0 else nearest


def approximate_all(high: npt.NDArray[Any], low: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """`approximate` of many, in two's complement: `high` * 2**64 + `low`."""
    upper = high.astype(np.int64)
    negative = upper < 0
    lower = np.where(negative, ~low + np.uint64(1), low)
    upper = np.where(negative, ~upper + (low == 0), upper)
    nearest = upper.view(np.uint64).astype(np.float64) * _TWO_64 + lower.astype(np.float64)
    return np.where(negative, -nearest, nearest)


class Column(Generic[Scalar]):
    """`array` for vectors, `cells` for single values: a memoryview is twice as fast as an array there."""

    def __init__(self, dtype: type[Scalar], capacity: int) -> None:
        self.array: npt.NDArray[Scalar] = np.zeros(capacity, dtype)
        self.cells: memoryview[Any] = memoryview(self.array)  # type: ignore[arg-type]

    def grow(self, capacity: int) -> None:
        grown = np.zeros(capacity, self.array.dtype)
        grown[: len(self.array)] = self.array
        self.array = grown
        self.cells = memoryview(self.array)  # type: ignore[arg-type]


class Records:
    """Rows of a structured type in one buffer; `cells` are its bytes."""

    def __init__(self, dtype: np.dtype[np.void], capacity: int) -> None:
        self.array: npt.NDArray[np.void] = np.zeros(capacity, dtype)
        self.cells = self._bytes()
        self.width = dtype.itemsize
        self.dirty: set[int] = set()

    def grow(self, capacity: int) -> None:
        grown = np.zeros(capacity, self.array.dtype)
        grown[: len(self.array)] = self.array
        self.array = grown
        self.cells = self._bytes()

    def raw(self, row: int) -> bytes:
        return bytes(self.cells[row * self.width : (row + 1) * self.width])

    def restore(self, row: int, raw: bytes) -> None:
        self.cells[row * self.width : (row + 1) * self.width] = raw
        self.dirty.add(row >> CHUNK_SHIFT)

    def _bytes(self) -> memoryview:
        return memoryview(self.array.view(np.uint8))  # type: ignore[arg-type]
