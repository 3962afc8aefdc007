"""Buckets against fractions, and that no day sees more than two of the global one."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.sandbox.invariants_waterfall import syb_1
from tests.helpers.model.buckets import DAY, Bucket
from tests.unit.model.scenario import START, USD, Scenario, refused

CAPS = st.integers(0, 2**95 - 1) | st.integers(0, 10)
SECONDS = st.integers(0, 3 * DAY) | st.sampled_from([0, 1, DAY - 1, DAY, DAY + 1])


@given(CAPS, SECONDS, SECONDS, st.data())
def test_bucket__taken_and_waited__refills_linearly_and_exactly(
    cap: int, first: int, second: int, data: st.DataObject
) -> None:
    taken = data.draw(st.integers(0, cap))
    bucket = Bucket.full(cap, START).taken(taken, START)
    # Looked at in between or not: no rounding is lost.
    looked_at = bucket.accrued(START + first)
    level = min(Fraction(cap), cap - taken + Fraction(cap * (first + second), DAY))
    for each in (bucket, looked_at):
        assert each.available(START + first + second) == floor(level)


@given(CAPS, CAPS, SECONDS, st.data())
def test_bucket__resized__keeps_its_level_up_to_the_new_cap(
    cap: int, new_cap: int, waited: int, data: st.DataObject
) -> None:
    taken = data.draw(st.integers(0, cap))
    bucket = Bucket.full(cap, START).taken(taken, START)
    level = min(Fraction(cap), cap - taken + Fraction(cap * waited, DAY))
    now = START + waited
    # As stored.
    assert bucket.resized(new_cap, now).level == min(level, new_cap) * DAY


@given(st.integers(1, 10**9), st.data())
def test_bucket__returned__is_as_if_never_taken_and_never_more_than_full(
    cap: int, data: st.DataObject
) -> None:
    used, taken = data.draw(st.integers(0, cap)), data.draw(st.integers(0, cap))
    bucket = Bucket.full(cap, START).taken(used, START)
    if taken <= cap - used:
        assert bucket.taken(taken, START).returned(taken, START) == bucket
    assert bucket.returned(taken, START).level == min(cap, cap - used + taken) * DAY


def test_bucket__more_than_there_is__refused() -> None:
    bucket = Bucket.full(86_400, START).taken(86_400, START)
    with refused("vault: over capacity"):
        bucket.taken(1, START)
    # One a second.
    assert bucket.taken(1, START + 1).available(START + 2) == 1


def test_set_bucket__bounds() -> None:
    protocol = Scenario().protocol
    with refused("vault: bad market"):
        protocol.set_bucket(65, 2**95)
    with refused("vault: bucket too large"):
        protocol.set_bucket(64, 2**95)
    protocol.set_bucket(64, 2**95 - 1)
    assert protocol.bucket(64) == (2**95 - 1, 2**95 - 1)
    assert protocol.bucket(63) == (0, 0)


def test_set_bucket__first_cap__starts_full__later_ones_do_not() -> None:
    protocol = Scenario().protocol
    for cap, available in ((100, 100), (200, 100), (50, 50), (0, 0), (100, 0)):
        protocol.set_bucket(1, cap)
        assert protocol.bucket(1) == (cap, available)
    protocol.now += DAY // 2
    assert protocol.bucket(1) == (100, 50)


@pytest.mark.parametrize(
    ("assets", "credit", "market", "everything", "capacity"),
    [(9, 1, 20, 20, 10), (90, 10, 20, 30, 20), (90, 10, 30, 20, 20), (0, 10, 20, 20, 10)],
)
def test_capacity__least_of_assets_and_both_buckets(
    assets: int, credit: int, market: int, everything: int, capacity: int
) -> None:
    protocol = Scenario().protocol
    protocol.state.vault.ledger, protocol.state.vault_credit = assets, credit
    assert protocol.insurance_capacity(1) == 0
    protocol.set_bucket(1, market)
    assert protocol.insurance_capacity(1) == 0
    protocol.set_bucket(0, everything)
    assert protocol.insurance_capacity(1) == capacity


def test_cover__beyond_a_bucket__refused() -> None:
    protocol = Scenario().protocol
    protocol.vault_deposit("depositor", 100 * USD, "depositor")
    vault = protocol.state.vault
    for missing in (1, 0):
        with refused("vault: over capacity"):
            vault.copy().cover(1, 1, 0, START)
        protocol.set_bucket(missing, 10)
    with refused("vault: over capacity"):
        vault.copy().cover(1, 11, 0, START)
    vault.cover(1, 10, 4, START)
    assert vault.ledger == 100 * USD - 6
    vault.token_works = False
    protocol.now += DAY
    with refused("vault: transfer failed"):
        vault.copy().cover(1, 10, 9, protocol.now)
    vault.cover(1, 10, 10, protocol.now)
    vault.refund(1, 3, protocol.now)
    assert protocol.bucket(0) == protocol.bucket(1) == (10, 3)
    assert vault.ledger == 100 * USD - 6


@given(st.integers(1, 10**12), st.lists(st.tuples(SECONDS, st.integers(1, 3)), max_size=30))
def test_syb_1__whatever_is_taken_whenever__at_most_two_global_buckets_a_day(
    cap: int, takings: list[tuple[int, int]]
) -> None:
    bucket, now, payments = Bucket.full(cap, START), START, list[tuple[int, int]]()
    for waited, divisor in takings:
        now += waited
        amount = bucket.available(now) // divisor
        bucket = bucket.taken(amount, now)
        payments.append((now, amount))
    syb_1(payments, cap)


def test_syb_1__more__fails() -> None:
    syb_1([(0, 100), (DAY, 100)], 100)
    with pytest.raises(AssertionError, match=r"^SYB-1: in 24 h"):
        syb_1([(0, 100), (DAY, 101)], 100)
