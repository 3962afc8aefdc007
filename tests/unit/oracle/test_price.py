"""`price`: the mark price, or the reason why there is none."""

import ape

from tests.unit.oracle.conftest import CONFIRM, MARKET, MAX_AGE, PRICE


def test_price__fresh__price_and_time(priced, clock):
    observed = clock.now
    clock.skip(MAX_AGE)

    assert priced.price(MARKET) == (PRICE, observed)


def test_price__before_the_first__reverts(router):
    with ape.reverts("oracle: no price"):
        router.price(MARKET)


def test_price__unknown_market__reverts(router):
    with ape.reverts("oracle: no price"):
        router.price(2**256 - 1)


def test_price__too_old__reverts(priced, clock):
    clock.skip(MAX_AGE + 1)

    with ape.reverts("oracle: stale price"):
        priced.price(MARKET)


def test_price__pending__reverts(priced, push):
    push(PRICE * 2)

    with ape.reverts("oracle: price pending"):
        priced.price(MARKET)


def test_price__pending_and_too_old__reverts_as_pending(priced, push, clock):
    push(PRICE * 2)
    clock.skip(MAX_AGE + 1)

    with ape.reverts("oracle: price pending"):
        priced.price(MARKET)


def test_price__confirmed__price_again(priced, push, clock):
    push(PRICE * 2)
    push(PRICE * 2, seconds=CONFIRM)

    assert priced.price(MARKET) == (PRICE * 2, clock.now)
