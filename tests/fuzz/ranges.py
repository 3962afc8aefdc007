"""What the packed fields can hold, as hypothesis strategies that favour the ends."""

from hypothesis import settings
from hypothesis import strategies as st

from tests.helpers.model.arithmetic import MAX_PRICE, MAX_SIZE, MIN_PRICE, PPM

MAX_INDEX = 2**87 - 1
MAX_PREMIUM = 2**39 - 1
MAX_CASH, MIN_CASH = 2**127 - 1, -(2**127)
HOUR = 3_600
DECIMALS = (6, 18)

# Calls take a millisecond: ten times the profile's examples.
many = settings(max_examples=10 * settings().max_examples)


def skewed(low: int, high: int) -> st.SearchStrategy[int]:
    """Evenly, by magnitude and at the ends."""
    ends = [low, min(low + 1, high), max(high - 1, low), high, *(n for n in (-1, 0, 1) if low <= n <= high)]
    sizes = st.integers(0, max(abs(low), abs(high)).bit_length()).map(lambda bits: 2**bits)
    signed = st.builds(lambda n, s: min(max(n * s, low), high), sizes, st.sampled_from([1, -1]))
    return st.sampled_from(ends) | st.integers(low, high) | signed


sizes = skewed(-MAX_SIZE, MAX_SIZE)
amounts = skewed(1, MAX_SIZE)
marks = skewed(MIN_PRICE, MAX_PRICE)
fill_prices = skewed(1, MAX_PRICE)
indexes = skewed(-MAX_INDEX, MAX_INDEX)
cash = skewed(MIN_CASH, MAX_CASH)
tiers = st.integers(0, 7)
decimals = st.sampled_from(DECIMALS)
rates = skewed(1, PPM)
# Stored: int40.
premiums = skewed(-MAX_PREMIUM, MAX_PREMIUM)
