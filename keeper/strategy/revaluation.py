"""Every account at once in float64, within a known error: says whom to look at, never what is true."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keeper.arithmetic import PPM, favoured_price
from keeper.book.book import Book
from keeper.strategy.venue import Marks

Floats = npt.NDArray[np.float64]

# Relative error of an account's sums against the exact ones, of the largest sums there can be: mirrors of
# cash and sizes are within 2**-52, unit values within 2**-51 (three roundings and a divisor that is none of
# the floats), a product and at most eight additions round by 2**-53 each: less than 2**-49 for equity and
# for maintenance each.
_RELATIVE = 2.0**-48
# Units that exact rounding may differ by: 8 floored values, 8 requirements rounded up twice.
_ROUNDING = 32.0


@dataclass(frozen=True, slots=True)
class Values:
    """By row (account id - 1): equity with unpriced legs in the account's favour, and maintenance; quote
    units.

    Of every account, equity less maintenance is within `error` of the exact difference, and equity alone of
    the exact equity.
    """

    equity: Floats
    maintenance: Floats
    error: float


def revalue(book: Book, marks: Marks) -> Values:
    count = book.accounts.count
    cash = book.accounts.cash
    equity, required = cash.copy(), np.zeros(count)
    largest = float(np.max(np.abs(cash), initial=0.0))
    for market_id, mark in marks.items():
        positions, size = book.positions[market_id], book.positions[market_id].size
        if not len(size):
            continue
        row = positions.account.astype(np.intp)
        magnitude = np.abs(size)
        most = float(magnitude.max())
        if mark.valid:
            unit = (mark.price - mark.index) / book.scale
            rate = mark.price * book.markets[market_id].params.maintenance_ppm / (PPM * book.scale)
            equity += np.bincount(row, size * unit, count + 1)[1:]
            required += np.bincount(row, magnitude * rate, count + 1)[1:]
            largest += most * max(abs(unit), rate)
        else:
            long, short = (
                (favoured_price(side, mark.price, mark.stale_move_ppm) - mark.index) / book.scale
                for side in (1, -1)
            )
            equity += np.bincount(row, size * np.where(size > 0, long, short), count + 1)[1:]
            largest += most * max(abs(long), abs(short))
    return Values(equity, required, largest * _RELATIVE + _ROUNDING)


def suspects(values: Values) -> npt.NDArray[np.int64]:
    """Ids of all accounts that may be below their maintenance requirement, ascending."""
    return np.flatnonzero(values.equity < values.maintenance + values.error) + 1
