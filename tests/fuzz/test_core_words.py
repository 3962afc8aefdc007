"""Packing and unpacking of the core's words, at the edges of every field (titanoboa)."""

import math
from fractions import Fraction

import boa
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.ranges import (
    MAX_CASH,
    MIN_CASH,
    cash,
    indexes,
    many,
    premiums,
    skewed,
)
from tests.helpers.model.arithmetic import (
    MAX_CREDIT,
    PPM,
)


@many
@given(
    index=indexes,
    open_interest=skewed(0, 2**96 - 1),
    premium=premiums,
    touched=skewed(0, 2**32 - 1),
)
def test_store__any_market__reads_back(harnesses, index, open_interest, premium, touched):
    params = 1 << 4
    word, market = harnesses[6].store_market(1, params, index, open_interest, premium, touched)
    fields = ((index, 88), (open_interest, 96), (premium, 40), (touched, 32))
    expected = shift = 0
    for number, bits in fields:
        expected |= number % 2**bits << shift
        shift += bits
    assert word == expected
    assert tuple(market) == (params, index, open_interest, premium, touched, 0)


@many
@given(
    word=st.integers(0, 2**256 - 1),
    cash=cash | st.sampled_from([MAX_CASH + 1, MIN_CASH - 1, 2**255 - 1, -(2**255)]),
)
def test_with_cash__any_word__changes_nothing_else(harnesses, word, cash):
    if not MIN_CASH <= cash <= MAX_CASH:
        with boa.reverts("account: cash overflow"):
            harnesses[6].with_cash(word, cash)
        return
    assert tuple(harnesses[6].with_cash(word, cash)) == (word >> 128 << 128 | cash % 2**128, cash)


@many
@given(
    markets=st.lists(st.integers(1, 64), unique=True, max_size=8),
    rest=st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 2**64 - 1)),
    market_id=st.integers(1, 64),
)
def test_with_market__any_list__opens_last_and_closes_without_a_hole(harnesses, markets, rest, market_id):
    def word(ids: list[int]) -> int:
        return rest[0] | sum(m << (128 + 8 * i) for i, m in enumerate(ids)) | rest[1] << 192

    harness = harnesses[6]
    if market_id in markets:
        assert harness.without_market(word(markets), market_id) == word(
            [m for m in markets if m != market_id]
        )
    elif len(markets) == 8:
        with boa.reverts("account: too many markets"):
            harness.with_market(word(markets), market_id)
    else:
        opened = word([*markets, market_id])
        assert harness.with_market(word(markets), market_id) == opened
        assert harness.without_market(opened, market_id) == word(markets)


@many
@given(
    vault=skewed(0, MAX_CREDIT), treasury=skewed(0, MAX_CREDIT), share=skewed(0, PPM), fees=skewed(0, 2**128)
)
def test_credit_fees__any__splits_to_the_unit(harnesses, vault, treasury, share, fees):
    part = math.ceil(Fraction(fees * share, PPM))
    expected = (vault + part, treasury + fees - part, share)
    if max(expected[:2]) > MAX_CREDIT:
        with boa.reverts("ledger: credit overflow"):
            harnesses[6].credit_fees(vault, treasury, share, fees)
        return
    assert tuple(harnesses[6].credit_fees(vault, treasury, share, fees)) == expected
