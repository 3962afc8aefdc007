"""What a fill does to an account, against exact rationals (titanoboa)."""

import math
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.ranges import (
    MAX_CASH,
    MIN_CASH,
    amounts,
    cash,
    decimals,
    fill_prices,
    indexes,
    many,
    marks,
    rates,
    sizes,
    skewed,
    tiers,
)
from tests.helpers.model.arithmetic import (
    LEVERAGES,
    MAX_SIZE,
    PPM,
)


@many
@given(
    d=decimals,
    held=sizes,
    entry_price=fill_prices,
    size=amounts,
    buys=st.booleans(),
    price=fill_prices,
    tiers=st.tuples(tiers, tiers),
    fee_ppm=skewed(0, 2**16 - 1),
    mark=marks,
    index=indexes,
    others=st.tuples(skewed(-(2**120), 2**120), skewed(0, 2**119), st.booleans()),
    data=st.data(),
)
def test_trade__any_fill__cash_fee_size_and_entry_are_exact(
    harnesses, d, held, entry_price, size, buys, price, tiers, fee_ppm, mark, index, others, data
):
    scale = 10 ** (36 - d)
    maintenance_ppm = data.draw(rates)
    if held != 0 and data.draw(st.booleans()):
        # Against the position, often exactly all of it.
        buys = held < 0
        size = data.draw(st.integers(1, abs(held)) | st.just(abs(held)))
    change = size if buys else -size
    after = held + change
    reduces = held * change < 0 and size <= abs(held)
    if abs(after) > MAX_SIZE:
        return

    def notional(n: int, at: int) -> int:
        return math.ceil(Fraction(abs(n) * at, scale))

    def maintenance(n: int) -> int:
        return math.ceil(Fraction(notional(n, mark) * maintenance_ppm, PPM))

    # Around what makes the fee's limit bite.
    worth = math.floor(Fraction(held * (mark - index), scale))
    start = data.draw(st.integers(-1_000, 1_000).map(lambda more: more - worth - others[0]) | cash)
    start = max(MIN_CASH, min(MAX_CASH, start))
    fee = math.ceil(Fraction(notional(size, price) * fee_ppm, PPM))
    if reduces:
        fee = min(
            fee,
            limit_of_fee(
                start + worth + others[0], others, maintenance, held, after, (price - mark) * -change, scale
            ),
        )
    entry = entry_price
    if not reduces:
        entry = price
        if held * change > 0:
            entry = math.floor(Fraction(abs(held) * entry_price + size * price, abs(after)))
    paid = math.floor(Fraction(size * (price - index), scale))
    word = 7 | 1 << 4 | maintenance_ppm << 5
    found = harnesses[d].trade(
        start,
        held,
        entry_price,
        tiers[0],
        *others,
        size,
        buys,
        price,
        LEVERAGES[tiers[1]],
        fee_ppm,
        word,
        mark,
        index,
    )
    tier = tiers[0] if reduces else tiers[1]
    assert tuple(found) == (start - (paid if buys else -paid) - fee, after, entry, tier, fee)


def limit_of_fee(
    equity: int, others: tuple[int, ...], maintenance: Any, held: int, after: int, better: int, scale: int
) -> int:
    """The account's share of its equity, a unit less for a part; if unpriced, what the price is better."""
    if others[2]:
        return max(0, math.floor(Fraction(better, scale)))
    total = others[1] + maintenance(held)
    share = math.floor(Fraction(equity * (maintenance(held) - maintenance(after)), total))
    return max(0, share if after == 0 else share - 1)
