"""The vault's buckets against exact rationals (titanoboa)."""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.ranges import many, skewed

ROOT = Path(__file__).resolve().parents[2]
DAY = 86_400
MAX_CAP = 2**95 - 1
MAX_TIME = 2**40 - 1

caps = skewed(0, MAX_CAP)
pauses = skewed(0, 3 * DAY) | st.sampled_from([DAY - 1, DAY, DAY + 1])


@pytest.fixture(scope="module")
def buckets() -> Any:
    boa.interpret.set_search_paths([str(ROOT)])
    return boa.load(str(ROOT / "contracts" / "mocks" / "InsuranceHarness.vy"))


@dataclass
class Bucket:
    """Level in quote units, as a rational; refills by cap / 86,400 a second."""

    cap: int | None = None
    level: Fraction = Fraction(0)
    time: int = 0
    # Time and amount of every payment.
    paid: list[tuple[int, int]] = field(default_factory=list)

    def at(self, now: int) -> Fraction:
        if self.cap is None:
            return Fraction(0)
        return min(self.level + Fraction(self.cap, DAY) * (now - self.time), Fraction(self.cap))

    def set_cap(self, cap: int, now: int) -> None:
        if self.cap is None and cap == 0:
            return
        level = Fraction(cap) if self.cap is None else min(self.at(now), Fraction(cap))
        self.cap, self.level, self.time = cap, level, now

    def take(self, amount: int, now: int) -> None:
        self.level, self.time = self.at(now) - amount, now
        self.paid.append((now, amount))

    def give_back(self, amount: int, now: int) -> None:
        if self.cap is not None:
            self.level, self.time = min(self.at(now) + amount, Fraction(self.cap)), now


# A history is many calls.
several = settings(max_examples=4 * settings().max_examples)

# What is done, after how many seconds, and with how much: of what there is, in parts of 2**64.
steps = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "give back", "cap"]), pauses, caps, st.integers(0, 2**64)
    ),
    max_size=12,
)


def act(buckets: Any, word: int, bucket: Bucket, kind: str, now: int, cap: int, part: int) -> int:
    """Do one thing to both; returns the word."""
    if kind == "cap":
        bucket.set_cap(cap, now)
        return buckets.with_cap(word, cap, now)
    if kind == "take":
        amount = math.floor(bucket.at(now)) * part >> 64
        bucket.take(amount, now)
        return buckets.taken(word, amount, now)
    amount = cap if part % 2 else part % (1 + sum(a for _, a in bucket.paid))
    bucket.give_back(amount, now)
    return buckets.given_back(word, amount, now)


@several
@given(start=skewed(1, 2**32), first=caps, steps=steps)
def test_bucket__any_history__is_exact_to_the_fraction(buckets, start, first, steps):
    word, bucket, now = 0, Bucket(), start
    word = act(buckets, word, bucket, "cap", now, first, 0)
    for kind, pause, cap, part in steps:
        now += pause
        word = act(buckets, word, bucket, kind, now, cap, part)
        assert buckets.cap(word) == (bucket.cap or 0)
        for later in (now, now + 1 + part % DAY):
            assert buckets.available(word, later) == math.floor(bucket.at(later))


@several
@given(start=skewed(1, 2**32), cap=caps, steps=steps)
def test_bucket__any_payments__never_twice_the_cap_in_24_hours(buckets, start, cap, steps):
    """SYB-1: whatever the hour."""
    word, paid, now = buckets.with_cap(0, cap, start), [], start
    for _, pause, _, part in steps:
        now += pause
        # Greedy or by parts.
        available = buckets.available(word, now)
        amount = available if part % 2 else available * part >> 64
        word = buckets.taken(word, amount, now)
        paid.append((now, amount))
    for first, _ in paid:
        within = sum(amount for time, amount in paid if first <= time < first + DAY)
        # Full at first; DAY - 1 seconds of refill.
        assert within <= cap + cap * (DAY - 1) // DAY
        assert within <= 2 * cap


@several
@given(cap=skewed(1, MAX_CAP), start=skewed(1, 2**32), cuts=st.lists(st.integers(0, DAY - 1), max_size=8))
def test_bucket__empty__is_full_after_24_hours_however_often_asked(buckets, cap, start, cuts):
    word = buckets.taken(buckets.with_cap(0, cap, start), cap, start)
    for cut in sorted(cuts):
        assert buckets.available(word, start + cut) == cap * cut // DAY
        word = buckets.taken(word, 0, start + cut)
    assert buckets.available(word, start + DAY - 1) == cap * (DAY - 1) // DAY
    assert buckets.available(word, start + DAY) == cap


@many
@given(cap=caps, now=skewed(1, MAX_TIME), amount=skewed(0, 2**256 - 1))
def test_bucket__more_than_there_is__reverts(buckets, cap, now, amount):
    word = buckets.with_cap(0, cap, now)
    if amount > cap:
        with boa.reverts():
            buckets.taken(word, amount, now)
    else:
        assert buckets.available(buckets.taken(word, amount, now), now) == cap - amount


@many
@given(cap=caps, now=skewed(1, MAX_TIME), taken=st.integers(0, 2**64), amount=skewed(0, 2**256 - 1))
def test_bucket__given_back__is_full_at_most(buckets, cap, now, taken, amount):
    used = cap * taken >> 64
    word = buckets.taken(buckets.with_cap(0, cap, now), used, now)
    assert buckets.available(buckets.given_back(word, amount, now), now) == min(cap - used + amount, cap)


@many
@given(cap=caps, now=skewed(1, MAX_TIME))
def test_bucket__first_cap__is_the_word_that_is_documented(buckets, cap, now):
    """level * 86400 121 | cap 95 | time 40; never had a cap: 0."""
    assert buckets.with_cap(0, cap, now) == (cap * DAY | cap << 121 | now << 216 if cap else 0)


def test_bucket__largest_cap_at_the_last_second__does_not_overflow(buckets):
    word = buckets.taken(buckets.with_cap(0, MAX_CAP, 1), MAX_CAP, 1)
    assert buckets.available(word, MAX_TIME) == MAX_CAP


def test_bucket__cap_zero_after_a_cap__is_not_a_first_cap(buckets):
    word = buckets.with_cap(buckets.with_cap(0, 100, 5), 0, 5)
    assert buckets.available(buckets.with_cap(word, 100, 5), 5) == 0


def test_bucket__nothing_taken_or_given_back_before__first_cap_still_starts_full(buckets):
    word = buckets.given_back(buckets.taken(0, 0, 5), 10, 6)
    assert buckets.available(buckets.with_cap(word, 100, 7), 7) == 100
