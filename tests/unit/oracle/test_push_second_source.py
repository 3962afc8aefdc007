"""`push` beyond the max move, with a second source that may release the price at once."""

import pytest

from tests.unit.oracle.conftest import MARKET, MAX_AGE, PRICE

LOW = PRICE * 95 // 100


@pytest.fixture(scope="module")
def router(bare_router, make_config, second_feed, owner):
    bare_router.set_source(MARKET, make_config(second_source=second_feed.address), sender=owner)
    return bare_router


def test_push__second_source_agrees__accepted_at_once(priced, push, second_feed, clock, stranger):
    second_feed.set_price(MARKET, LOW * 101 // 100, clock.now, sender=stranger)

    push(LOW)

    assert priced.peek(MARKET).price == LOW
    assert priced.peek(MARKET).valid


def test_push__second_source_agrees_later__pending_price_released(priced, push, second_feed, clock, stranger):
    push(LOW)
    assert not priced.peek(MARKET).valid
    second_feed.set_price(MARKET, LOW, clock.now, sender=stranger)

    push(LOW + 1)

    assert priced.peek(MARKET).price == LOW + 1
    assert priced.peek(MARKET).valid


def test_push__second_source_one_unit_off__pending(priced, push, second_feed, clock, stranger):
    second_feed.set_price(MARKET, LOW * 101 // 100 + 1, clock.now, sender=stranger)

    push(LOW)

    assert priced.pending_price(MARKET)[0] == LOW


@pytest.mark.parametrize(("age", "agrees"), [(-1, False), (0, True), (MAX_AGE, True), (MAX_AGE + 1, False)])
def test_push__second_source_of_some_age__counts_while_fresh(
    priced, push, second_feed, clock, stranger, age, agrees
):
    second_feed.set_price(MARKET, LOW, clock.now + 9 - age, sender=stranger)

    push(LOW, seconds=9 - (clock.now - priced.last_accepted(MARKET)[1]))

    assert priced.peek(MARKET).valid == agrees


@pytest.mark.parametrize("price", [0, 2**88, 2**256 - 1])
def test_push__second_source_out_of_range__pending(priced, push, second_feed, clock, stranger, price):
    second_feed.set_price(MARKET, price, clock.now, sender=stranger)

    push(LOW)

    assert priced.pending_price(MARKET)[0] == LOW


@pytest.mark.parametrize("mode", [2, 4, 16], ids=["reverts", "short", "burns gas"])
def test_push__second_source_fails__pending(priced, push, second_feed, clock, stranger, mode):
    second_feed.set_price(MARKET, LOW, clock.now, sender=stranger)
    second_feed.set_mode(mode, sender=stranger)

    push(LOW)

    assert priced.pending_price(MARKET)[0] == LOW


def test_push__within_max_move__second_source_not_asked(priced, push, second_feed, stranger):
    second_feed.set_mode(16, sender=stranger)  # burns all it is given

    assert push(PRICE + 1).gas_used < 100_000
