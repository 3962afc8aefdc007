"""`push`: what the router makes of a price that its source hands it."""

import ape
import pytest

from tests.unit.oracle.conftest import CONFIRM, MARKET, MAX_AGE, PRICE, events

MAX_PRICE = 2**88 - 1
HIGH = PRICE * 105 // 100
LOW = PRICE * 95 // 100


def test_push__first_price__accepted(router, push, clock):
    receipt = push(PRICE)

    assert events(receipt, router.PriceAccepted) == [
        {"market_id": MARKET, "price": PRICE, "updated_at": clock.now}
    ]
    assert router.last_accepted(MARKET) == (PRICE, clock.now, clock.block)
    assert router.price(MARKET) == (PRICE, clock.now)


def test_push__within_max_move__accepted(priced, push):
    push(PRICE * 101 // 100)

    assert priced.peek(MARKET).price == PRICE * 101 // 100
    assert priced.peek(MARKET).valid


def test_push__one_unit_beyond_max_move__pending(priced, push, clock):
    jump = PRICE * 101 // 100 + 1

    receipt = push(jump)

    assert events(receipt, priced.PricePending) == [
        {"market_id": MARKET, "price": jump, "updated_at": clock.now, "accepted_price": PRICE}
    ]
    assert events(receipt, priced.PriceAccepted) == []
    assert priced.pending_price(MARKET) == (jump, clock.now, clock.now)
    assert priced.peek(MARKET).price == PRICE
    assert not priced.peek(MARKET).valid


def test_push__stranger__reverts(priced, clock, stranger):
    time = clock.next()
    before = priced.last_accepted(MARKET)

    with ape.reverts("oracle: not the source"):
        priced.push(MARKET, PRICE, time, sender=stranger)

    assert priced.last_accepted(MARKET) == before


def test_push__market_without_source__reverts(router, clock, stranger):
    with ape.reverts("oracle: not the source"):
        router.push(MARKET + 8, PRICE, clock.next(), sender=stranger)


@pytest.mark.parametrize("price", [0, 10**6 - 1, MAX_PRICE + 1, 2**255, 2**256 - 1])
def test_push__price_out_of_range__ignored(router, push, price):
    receipt = push(price)

    assert receipt.events == []
    assert router.last_accepted(MARKET) == (0, 0, 0)


@pytest.mark.parametrize("price", [10**6, MAX_PRICE])
def test_push__price_at_the_bounds__accepted(router, push, price):
    push(price)

    assert router.peek(MARKET).price == price


def test_push__stale_price__ignored(priced, feed, clock, stranger):
    clock.skip(MAX_AGE)
    time = clock.next(10)
    before = priced.last_accepted(MARKET)

    feed.push(priced, MARKET, [PRICE + 1], time - MAX_AGE - 1, sender=stranger)

    assert priced.last_accepted(MARKET) == before


def test_push__exactly_max_age__accepted(priced, feed, clock, stranger):
    clock.skip(MAX_AGE)
    time = clock.next(10)

    feed.push(priced, MARKET, [PRICE + 1], time - MAX_AGE, sender=stranger)

    assert priced.last_accepted(MARKET) == (PRICE + 1, time - MAX_AGE, clock.block)


@pytest.mark.parametrize("ahead", [1, 10**9, 2**256 - 1])
def test_push__future_price__ignored(priced, feed, clock, stranger, ahead):
    time = clock.next()
    before = priced.last_accepted(MARKET)

    feed.push(priced, MARKET, [PRICE + 1], min(time + ahead, 2**256 - 1), sender=stranger)

    assert priced.last_accepted(MARKET) == before


def test_push__same_observation_again__ignored(priced, feed, clock, stranger):
    before = priced.last_accepted(MARKET)
    clock.next()

    feed.push(priced, MARKET, [PRICE + 1], before[1], sender=stranger)

    assert priced.last_accepted(MARKET) == before


def test_push__low_then_high_in_one_block__first_stands(priced, feed, clock, stranger):
    low, high = PRICE * 995 // 1000, PRICE * 1005 // 1000

    receipt = feed.push(priced, MARKET, [low, high], clock.next(5), sender=stranger)

    assert [e["price"] for e in events(receipt, priced.PriceAccepted)] == [low]
    assert priced.peek(MARKET).price == low
    assert priced.peek(MARKET).valid


def test_push__accepted_then_jump_in_one_block__first_stands(priced, feed, clock, stranger):
    receipt = feed.push(priced, MARKET, [PRICE + 1, LOW], clock.next(5), sender=stranger)

    assert [e["price"] for e in events(receipt, priced.PriceAccepted)] == [PRICE + 1]
    assert events(receipt, priced.PricePending) == []
    assert priced.peek(MARKET).valid


def test_push__jump_twice_in_one_block__does_not_confirm_itself(priced, feed, clock, stranger):
    feed.push(priced, MARKET, [LOW, LOW, LOW], clock.next(5), sender=stranger)

    assert priced.peek(MARKET).price == PRICE
    assert not priced.peek(MARKET).valid


def test_push__crash_confirmed_a_second_early__still_pending(priced, push, clock):
    push(LOW)
    since = clock.now

    receipt = push(LOW + 1, seconds=CONFIRM - 1)

    assert receipt.events == []
    assert priced.pending_price(MARKET) == (LOW, since, since)


def test_push__crash_confirmed_after_confirm__accepted(priced, push, clock):
    push(LOW)

    receipt = push(LOW * 101 // 100, seconds=CONFIRM)

    assert [e["price"] for e in events(receipt, priced.PriceAccepted)] == [LOW * 101 // 100]
    assert priced.price(MARKET) == (LOW * 101 // 100, clock.now)
    assert priced.pending_price(MARKET) == (0, 0, 0)


def test_push__crash_goes_on__replaces_the_pending_price(priced, push, clock):
    push(LOW)
    lower = LOW * 98 // 100

    receipt = push(lower, seconds=CONFIRM)

    assert [e["price"] for e in events(receipt, priced.PricePending)] == [lower]
    assert priced.pending_price(MARKET) == (lower, clock.now, clock.now)
    assert not priced.peek(MARKET).valid

    push(lower, seconds=CONFIRM)
    assert priced.peek(MARKET).price == lower
    assert priced.peek(MARKET).valid


def test_push__crash_was_a_spike__old_level_accepted_at_once(priced, push):
    push(HIGH)
    push(PRICE + 1)

    assert priced.peek(MARKET).price == PRICE + 1
    assert priced.peek(MARKET).valid
    assert priced.pending_price(MARKET) == (0, 0, 0)


def test_push__older_than_the_pending_price__ignored(priced, feed, push, clock, stranger):
    push(LOW, seconds=10)
    observed = clock.now
    clock.next()

    feed.push(priced, MARKET, [PRICE + 1], observed - 1, sender=stranger)

    assert priced.pending_price(MARKET) == (LOW, observed, observed)
