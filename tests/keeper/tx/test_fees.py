"""Fees within the operator's limits."""

import pytest

from keeper.chain.errors import Lying
from keeper.tx.fees import DEFAULT_PRIORITY, GWEI, Fee, FeeLimits, FeesTooHigh, bumped, clamped, market_of

LIMITS = FeeLimits(max_fee=100 * GWEI, max_priority=5 * GWEI)


@pytest.mark.parametrize(
    ("base", "priority", "fee"),
    [
        (10 * GWEI, 2 * GWEI, Fee(22 * GWEI, 2 * GWEI)),
        # 64 / 81 of the limits: two replacements by an eighth reach them.
        (10 * GWEI, 50 * GWEI, Fee(20 * GWEI + 3_950_617_281, 3_950_617_281)),
        (60 * GWEI, 2 * GWEI, Fee(79_012_345_677, 2 * GWEI)),
        # As much as it takes.
        (90 * GWEI, 2 * GWEI, Fee(92 * GWEI, 2 * GWEI)),
        (100 * GWEI, 2 * GWEI, Fee(100 * GWEI, 2 * GWEI)),
        (0, 0, Fee(0, 0)),
    ],
)
def test_clamped__base_fee_within_the_limit__leaves_room_to_double(
    base: int, priority: int, fee: Fee
) -> None:
    assert clamped(base, priority, LIMITS) == fee


def test_clamped__priority_above_the_whole_limit__is_not_above_the_maximum() -> None:
    assert clamped(1, 9, FeeLimits(max_fee=3, max_priority=9)) == Fee(3, 3)


def test_clamped__base_fee_above_the_limit__waits_and_says_what_to_do() -> None:
    expected = (
        r"^the base fee is 100\.500 gwei, the operator's limit 100\.000: nothing is sent until it falls"
    )
    with pytest.raises(FeesTooHigh, match=expected):
        clamped(100 * GWEI + GWEI // 2, 1, LIMITS)


def test_bumped__begun_at_the_highest_offer__can_be_replaced_twice() -> None:
    offer = clamped(60 * GWEI, 50 * GWEI, LIMITS)
    second = bumped(offer, offer, LIMITS)
    assert second is not None
    third = bumped(second, second, LIMITS)
    assert third is not None
    assert bumped(third, third, LIMITS) is None


def test_bumped__market_unchanged__is_an_eighth_more_of_both_rounded_up() -> None:
    assert bumped(Fee(80, 9), Fee(80, 9), LIMITS) == Fee(90, 11)
    assert bumped(Fee(0, 0), Fee(0, 0), LIMITS) == Fee(1, 1)


def test_bumped__market_rose_further__follows_it() -> None:
    assert bumped(Fee(80, 8), Fee(400, 10), LIMITS) == Fee(400, 10)


@pytest.mark.parametrize("old", [Fee(90 * GWEI, GWEI), Fee(10 * GWEI, 9 * GWEI // 2)])
def test_bumped__beyond_a_limit__is_none(old: Fee) -> None:
    assert bumped(old, old, LIMITS) is None


def test_market_of__a_history__is_the_next_base_fee_and_the_usual_tip() -> None:
    history = {"baseFeePerGas": ["0x1", "0x2", "0x9"], "reward": [["0x0"], ["0x5"], ["0x7"], ["0x6"]]}
    assert market_of(history) == (9, 6)
    assert market_of({**history, "reward": [["0x0"]]}) == (9, DEFAULT_PRIORITY)
    assert market_of({"baseFeePerGas": ["0x9"]}) == (9, DEFAULT_PRIORITY)


@pytest.mark.parametrize("history", [None, [], {}, {"baseFeePerGas": []}, {"baseFeePerGas": ["what"]}])
def test_market_of__nonsense__is_a_lie(history: object) -> None:
    with pytest.raises(Lying):
        market_of(history)
