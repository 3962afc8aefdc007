"""`peek`: the record as it stands; never reverts."""

import pytest

from tests.unit.oracle.conftest import MARKET, MAX_AGE, PRICE


@pytest.mark.parametrize("market", [0, 9, 65, 2**256 - 1])
def test_peek__unknown_market__empty(router, market):
    assert router.peek(market) == (0, False, 0)


def test_peek__before_the_first_price__not_valid(router):
    assert router.peek(MARKET) == (0, False, 500_000)


def test_peek__exactly_max_age__valid(priced, clock):
    clock.skip(MAX_AGE)

    assert priced.peek(MARKET) == (PRICE, True, 500_000)


def test_peek__a_second_older_than_max_age__not_valid(priced, clock):
    clock.skip(MAX_AGE + 1)

    assert priced.peek(MARKET) == (PRICE, False, 500_000)


def test_peek__pending__not_valid(priced, push):
    push(PRICE * 2)

    assert priced.peek(MARKET) == (PRICE, False, 500_000)


def test_peek__polled_source_moved__not_asked(bare_router, make_config, feed, clock, owner, stranger):
    bare_router.set_source(MARKET + 1, make_config(polled=True), sender=owner)
    feed.set_price(MARKET + 1, PRICE, clock.now, sender=stranger)

    assert bare_router.peek(MARKET + 1).price == 0
