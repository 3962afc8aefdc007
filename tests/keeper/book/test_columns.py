"""Mirrors: the same for one value and for many, and as near as they say."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keeper.book.columns import CHUNK, MASK_64, Column, Records, approximate, approximate_all

CASH = st.integers(-(2**127), 2**127 - 1)


@given(st.lists(CASH, min_size=1, max_size=20))
def test_approximate__any_cash__is_that_of_the_vector_and_near(values: list[int]) -> None:
    high = np.array([value >> 64 for value in values], np.int64)
    low = np.array([value & MASK_64 for value in values], np.uint64)
    nearest = approximate_all(high, low)
    for value, near in zip(values, nearest.tolist(), strict=True):
        assert approximate(value) == near
        assert abs(Fraction(near) - value) <= Fraction(abs(value), 2**52)


@given(st.integers(-(2**95), 2**95 - 1))
def test_approximate_all__a_narrow_upper_half__is_that_of_the_integer(value: int) -> None:
    high, low = np.array([value >> 64], np.int32), np.array([value & MASK_64], np.uint64)
    assert approximate_all(high, low).tolist() == [approximate(value)]


def test_approximate__just_below_zero__does_not_cancel() -> None:
    assert approximate(-5) == -5.0
    assert approximate_all(np.array([-1], np.int64), np.array([2**64 - 5], np.uint64)).tolist() == [-5.0]


def test_column__grown__keeps_its_values() -> None:
    column = Column(np.float64, 2)
    column.cells[1] = 2.5
    column.grow(4)
    column.cells[3] = 1.5
    assert column.array.tolist() == [0, 2.5, 0, 1.5]


def test_records__restored__are_as_they_were_and_dirty() -> None:
    records = Records(np.dtype([("a", "<u4"), ("b", "<u4")]), CHUNK)
    records.array["a"][255] = 7
    raw = records.raw(255)
    records.array["a"][255] = 8
    records.grow(2 * CHUNK)
    assert records.array["a"][255] == 8
    records.restore(255, raw)
    records.restore(256, raw)
    assert records.array["a"][[255, 256]].tolist() == [7, 7]
    assert records.dirty == {0, 1}
