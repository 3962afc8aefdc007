"""Any int256 of a feed with 0 to 18 decimals is the exact price, or none."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.oracle.conftest import WAD
from tests.unit.oracle.sources.conftest import HEARTBEAT, MAX_PRICE, MIN_PRICE, Told

SCALES = range(19)
INT256 = 2**255


def edges(decimals):
    """Answers at the ends of the price range and of int256."""
    unit = 10 ** (18 - decimals)
    ends = (0, -(-MIN_PRICE // unit), MAX_PRICE // unit, INT256 // unit, 2**256 // unit)
    near = {end + off for end in ends for off in (-1, 0, 1)}
    # Scaled and cut to 256 bits, these would be 2,000.
    wrapped = {2_000 * 10**decimals + sign * 2 ** (238 + decimals) for sign in (-1, 1)}
    answers = {*near, *(-answer for answer in near), *wrapped, INT256 - 1, -INT256}
    return sorted(answer for answer in answers if -INT256 <= answer < INT256)


answers = st.sampled_from(SCALES).flatmap(
    lambda decimals: st.tuples(
        st.just(decimals),
        st.one_of(
            st.sampled_from(edges(decimals)),
            st.integers(min_value=1, max_value=MAX_PRICE // 10 ** (18 - decimals)),
            st.integers(min_value=-INT256, max_value=INT256 - 1),
        ),
    )
)


@pytest.fixture(scope="module")
def feeds(project, owner, stranger, clock):
    """A feed for each number of decimals."""
    return [Told(owner.deploy(project.HostileFeed, d), clock, stranger, 0, 1) for d in SCALES]


@pytest.fixture(scope="module")
def scaling_source(make_chainlink, feeds):
    """Market d + 1 has d decimals."""
    return make_chainlink([(d + 1, feed.contract.address, HEARTBEAT) for d, feed in enumerate(feeds)])


@given(case=answers)
@example(case=(0, INT256 - 1))
@example(case=(18, -INT256))
@example(case=(0, 2_000 + 2**238))
@example(case=(8, 2_000 * 10**8 - 2**246))
@example(case=(18, MIN_PRICE))
@example(case=(18, MIN_PRICE - 1))
@example(case=(18, MAX_PRICE))
@example(case=(18, MAX_PRICE + 1))
def test_latest__any_answer__exact_or_nothing(scaling_source, feeds, case):
    decimals, answer = case
    words = feeds[decimals].say(answer=answer)

    price = Fraction(answer, 10**decimals) * WAD
    expected = (price, words["updated_at"]) if MIN_PRICE <= price <= MAX_PRICE else (0, 0)
    assert tuple(scaling_source.latest(decimals + 1)) == expected
