"""`sync`: anyone makes the router ask sources, pushed or polled."""

import ape
import pytest

from tests.unit.oracle.conftest import CONFIRM, MARKET, PRICE, events

OTHER_MARKET = 7
LOW = PRICE * 95 // 100


@pytest.fixture(scope="module")
def router(bare_router, make_config, second_feed, owner):
    """MARKET is pushed to by `feed`, OTHER_MARKET polled from `second_feed`."""
    bare_router.set_source(MARKET, make_config(), sender=owner)
    bare_router.set_source(OTHER_MARKET, make_config(source=second_feed.address, polled=True), sender=owner)
    return bare_router


def test_sync__pushed_and_polled__both_accepted(router, feed, second_feed, clock, stranger):
    feed.set_price(MARKET, PRICE, clock.now, sender=stranger)
    second_feed.set_price(OTHER_MARKET, PRICE * 2, clock.now, sender=stranger)

    router.sync([MARKET, OTHER_MARKET], sender=stranger)

    assert router.peek(MARKET).price == PRICE
    assert router.peek(OTHER_MARKET).price == PRICE * 2


def test_sync__one_source_fails__the_others_are_asked(router, feed, second_feed, clock, stranger):
    feed.set_mode(16, sender=stranger)  # burns gas
    second_feed.set_price(OTHER_MARKET, PRICE, clock.now, sender=stranger)

    router.sync([MARKET, OTHER_MARKET], sender=stranger)

    assert router.peek(MARKET).price == 0
    assert router.peek(OTHER_MARKET).price == PRICE


def test_sync__the_same_observation__confirms_a_pending_price(priced, feed, push, clock, stranger):
    push(LOW)
    observed = clock.now
    feed.set_price(MARKET, LOW, observed, sender=stranger)

    clock.next(observed + CONFIRM - 1 - clock.now)
    priced.sync([MARKET], sender=stranger)
    assert not priced.peek(MARKET).valid

    clock.skip(CONFIRM)
    priced.sync([MARKET], sender=stranger)
    assert priced.price(MARKET) == (LOW, observed)


def test_sync__jump__pending(priced, feed, clock, stranger):
    feed.set_price(MARKET, LOW, clock.skip(1), sender=stranger)

    receipt = priced.sync([MARKET], sender=stranger)

    assert [e["price"] for e in events(receipt, priced.PricePending)] == [LOW]


def test_sync__the_same_market_twice__accepted_once(router, feed, clock, stranger):
    feed.set_price(MARKET, PRICE, clock.now, sender=stranger)

    receipt = router.sync([MARKET, MARKET], sender=stranger)

    assert len(events(receipt, router.PriceAccepted)) == 1


def test_sync__markets_without_source__nothing_happens(router, stranger):
    receipt = router.sync([0, 3, 65, 2**256 - 1], sender=stranger)

    assert receipt.events == []


def test_sync__no_markets__nothing_happens(router, stranger):
    assert router.sync([], sender=stranger).events == []


def test_sync__all_64_markets__fits(router, stranger):
    router.sync(list(range(1, 65)), sender=stranger)

    with ape.reverts():
        router.sync(list(range(65)), sender=stranger)
