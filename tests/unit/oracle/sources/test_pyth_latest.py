"""PythSource.latest: which of Pyth's answers are a price, exactly, and that it never reverts."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.oracle.conftest import MARKET, PRICE, WAD
from tests.unit.oracle.sources.conftest import (
    ANSWER_8,
    FAILURES,
    LONG,
    MAX_CONFIDENCE,
    MAX_PRICE,
    MIN_PRICE,
    OTHER_MARKET,
)

NOTHING = (0, 0)
MAX_INT64 = 2**63 - 1
MAX_UINT64 = 2**64 - 1


def test_latest__new_price__scaled_with_its_time(pyth_source, pyth_says):
    words = pyth_says()

    assert pyth_source.latest(MARKET) == (PRICE, words["publish_time"])


def test_latest__price_never_given__nothing(pyth_source):
    assert pyth_source.latest(MARKET) == NOTHING


@pytest.mark.parametrize("market", [0, OTHER_MARKET, 65, 2**256 - 1])
def test_latest__other_market__nothing(pyth_source, pyth_says, market):
    pyth_says()

    assert pyth_source.latest(market) == NOTHING


def test_latest__id_unknown_to_pyth__nothing(make_pyth_source, pyth_says):
    pyth_says()

    source = make_pyth_source(feeds=[(MARKET, b"\x02" * 32, MAX_CONFIDENCE)])
    assert source.latest(MARKET) == NOTHING


# Scaled and cut to 256 bits, the last one is PRICE.
@pytest.mark.parametrize(
    "price", [0, -1, -ANSWER_8, -(2**63), MAX_INT64 + 1, 2**255 - 1, -(2**255), 2**246 + ANSWER_8]
)
def test_latest__zero_negative_or_huge__nothing(pyth_source, pyth_says, price):
    pyth_says(price=price, confidence=0)

    assert pyth_source.latest(MARKET) == NOTHING


def test_latest__confidence_exactly_at_the_limit__a_price_and_then_none(pyth_source, pyth_says):
    words = pyth_says(confidence=ANSWER_8 // 100)
    assert pyth_source.latest(MARKET) == (PRICE, words["publish_time"])

    pyth_says(confidence=ANSWER_8 // 100 + 1)
    assert pyth_source.latest(MARKET) == NOTHING


def test_latest__limit_between_two_confidences__rounded_against_use(pyth_source, pyth_says):
    """1 % of 199 is 1.99: a confidence of 2 is too wide."""
    words = pyth_says(price=199, confidence=1)
    assert pyth_source.latest(MARKET) == (199 * 10**10, words["publish_time"])

    pyth_says(price=199, confidence=2)
    assert pyth_source.latest(MARKET) == NOTHING


@pytest.mark.parametrize("confidence", [MAX_UINT64, MAX_UINT64 + 1, 2**196, 2**255, 2**256 - 1])
def test_latest__huge_confidence__nothing(pyth_source, pyth_says, confidence):
    """Also one whose product with a WAD would be small again, were it cut to 256 bits."""
    pyth_says(confidence=confidence)

    assert pyth_source.latest(MARKET) == NOTHING


def test_latest__no_confidence_interval__a_price(pyth_source, pyth_says):
    words = pyth_says(confidence=0)

    assert pyth_source.latest(MARKET) == (PRICE, words["publish_time"])


@pytest.mark.parametrize("exponent", [1, 2, 2**31 - 1, -19, -(2**31), 2**255 - 1, -(2**255)])
def test_latest__exponent_that_wad_does_not_hold__nothing(pyth_source, pyth_says, exponent):
    pyth_says(exponent=exponent)

    assert pyth_source.latest(MARKET) == NOTHING


def test_latest__published_at_zero__nothing(pyth_source, pyth_says):
    pyth_says(publish_time=0)

    assert pyth_source.latest(MARKET) == NOTHING


def test_latest__from_the_future__nothing_until_then(pyth_source, pyth_says, clock):
    words = pyth_says(publish_time=clock.now + 1 + 60)
    assert pyth_source.latest(MARKET) == NOTHING

    clock.skip(60)
    assert pyth_source.latest(MARKET) == (PRICE, words["publish_time"])


def test_latest__largest_time__nothing(pyth_source, pyth_says):
    pyth_says(publish_time=2**256 - 1)

    assert pyth_source.latest(MARKET) == NOTHING


def test_latest__old_price__still_the_latest(pyth_source, pyth_says):
    """How old is too old is the router's rule."""
    pyth_says(publish_time=1)

    assert pyth_source.latest(MARKET) == (PRICE, 1)


@pytest.mark.parametrize("mode", FAILURES.values(), ids=FAILURES)
def test_latest__pyth_fails__nothing(pyth_source, hostile_pyth, pyth_says, stranger, mode):
    pyth_says()
    hostile_pyth.set_mode(mode, sender=stranger)

    assert pyth_source.latest(MARKET) == NOTHING


def test_latest__pyth_answers_with_more_behind__read_from_the_front(
    pyth_source, hostile_pyth, pyth_says, stranger
):
    words = pyth_says()
    hostile_pyth.set_mode(LONG, sender=stranger)

    assert pyth_source.latest(MARKET) == (PRICE, words["publish_time"])


def edges(exponent):
    """Mantissas at the ends of the price range and of int64."""
    unit = 10 ** (18 + exponent)
    ends = (0, -(-MIN_PRICE // unit), MAX_PRICE // unit, MAX_INT64)
    return [end + off for end in ends for off in (-1, 0, 1) if -(2**63) <= end + off <= MAX_INT64]


exponents = st.integers(min_value=-18, max_value=0)
answers = exponents.flatmap(
    lambda exponent: st.tuples(
        st.just(exponent),
        st.sampled_from(edges(exponent))
        | st.integers(min_value=1, max_value=min(MAX_INT64, MAX_PRICE // 10 ** (18 + exponent)))
        | st.integers(min_value=-(2**63), max_value=MAX_INT64),
    )
)
# Around the limit of 1 %, and anywhere.
confidences = st.sampled_from([-1, 0, 1]) | st.integers(min_value=0, max_value=MAX_UINT64)


@given(case=answers, confidence=confidences, near_limit=st.booleans())
@example(case=(-18, MIN_PRICE), confidence=0, near_limit=False)
@example(case=(-18, MIN_PRICE - 1), confidence=0, near_limit=False)
@example(case=(0, MAX_PRICE // WAD), confidence=0, near_limit=False)
@example(case=(0, MAX_PRICE // WAD + 1), confidence=0, near_limit=False)
@example(case=(0, MAX_INT64), confidence=0, near_limit=False)
@example(case=(-10, MAX_INT64), confidence=MAX_INT64 // 100, near_limit=False)
@example(case=(-10, MAX_INT64), confidence=MAX_INT64 // 100 + 1, near_limit=False)
def test_latest__any_answer__exact_or_nothing(pyth_source, pyth_says, case, confidence, near_limit):
    exponent, mantissa = case
    if near_limit:
        confidence = max(abs(mantissa) // 100 + confidence % 3 - 1, 0)
    confidence = max(confidence, 0)
    words = pyth_says(price=mantissa, exponent=exponent, confidence=confidence)

    price = Fraction(mantissa) * Fraction(10) ** exponent * WAD
    narrow = confidence <= mantissa * Fraction(MAX_CONFIDENCE, WAD)
    usable = narrow and MIN_PRICE <= price <= MAX_PRICE
    assert tuple(pyth_source.latest(MARKET)) == ((price, words["publish_time"]) if usable else NOTHING)
