"""`refresh` of a polled market: the source is asked, and nothing it does makes the call revert."""

import pytest

from tests.unit.oracle.conftest import CONFIRM, MARKET, MAX_AGE, PRICE, WAD, events

REVERT, SHORT, LONG, BURN_GAS = 2, 4, 8, 16
UNKNOWN_MARKET = 9
LOW = PRICE * 95 // 100


@pytest.fixture(scope="module")
def router(bare_router, make_config, owner):
    bare_router.set_source(MARKET, make_config(polled=True), sender=owner)
    return bare_router


@pytest.fixture
def say(feed, stranger):
    """Let the source say a price of some time."""

    def say(price, time):
        feed.set_price(MARKET, price, time, sender=stranger)

    return say


@pytest.fixture
def refresh(router, clock, stranger):
    def refresh(seconds=1):
        clock.next(seconds)
        return router.refresh(MARKET, sender=stranger)

    return refresh


@pytest.fixture
def polled(router, say, refresh, clock):
    """The router with PRICE accepted for MARKET."""
    say(PRICE, clock.now)
    refresh()
    return router


def test_refresh__new_price__accepted_and_returned(router, say, refresh, clock):
    observed = clock.now
    say(PRICE, observed)

    receipt = refresh()

    assert events(receipt, router.PriceAccepted) == [
        {"market_id": MARKET, "price": PRICE, "updated_at": observed}
    ]
    assert receipt.return_value == (PRICE, True, 500_000)
    assert router.peek(MARKET) == (PRICE, True, 500_000)


def test_refresh__same_observation__changes_nothing(polled, refresh):
    before = polled.last_accepted(MARKET)

    receipt = refresh()

    assert receipt.events == []
    assert receipt.return_value == (PRICE, True, 500_000)
    assert polled.last_accepted(MARKET) == before


def test_refresh__jump__pending_until_confirmed(polled, say, refresh, clock):
    say(LOW, clock.now)
    assert refresh().return_value == (PRICE, False, 500_000)
    # The same observation confirms itself: else a feed that stands still after a crash had no price.
    assert refresh(CONFIRM - 1).return_value == (PRICE, False, 500_000)
    assert refresh().return_value == (LOW, True, 500_000)


@pytest.mark.parametrize("mode", [REVERT, SHORT, BURN_GAS], ids=["reverts", "short", "burns gas"])
def test_refresh__source_fails__last_price_stands(polled, feed, say, refresh, clock, stranger, mode):
    say(PRICE + 1, clock.now)
    feed.set_mode(mode, sender=stranger)

    receipt = refresh()

    assert not receipt.failed
    assert receipt.return_value == (PRICE, True, 500_000)
    assert receipt.gas_used < 250_000


def test_refresh__source_keeps_failing__stale(polled, feed, refresh, stranger):
    feed.set_mode(REVERT, sender=stranger)

    assert refresh(MAX_AGE + 1).return_value == (PRICE, False, 500_000)


def test_refresh__source_returns_8_kilobytes__only_two_words_read(
    polled, feed, say, refresh, clock, stranger
):
    say(PRICE + 1, clock.now)
    feed.set_mode(LONG, sender=stranger)

    receipt = refresh()

    assert receipt.return_value == (PRICE + 1, True, 500_000)
    assert receipt.gas_used < 250_000


@pytest.mark.parametrize("price", [1, 2**88, 2**160, 2**255, 2**256 - 1])
def test_refresh__absurd_price__ignored(polled, say, refresh, clock, price):
    say(price, clock.now)

    assert refresh().return_value == (PRICE, True, 500_000)


@pytest.mark.parametrize("time", [0, 1, 2**40, 2**255, 2**256 - 1])
def test_refresh__absurd_time__ignored(polled, say, refresh, time):
    say(PRICE + 1, time)

    assert refresh().return_value == (PRICE, True, 500_000)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("sync", [[MARKET]]),
        ("refresh", [MARKET]),
        ("push", [MARKET, PRICE * 2, 1]),
        ("apply_source", [MARKET]),
    ],
)
def test_refresh__source_calls_back__writes_nothing(
    polled, feed, say, refresh, clock, stranger, method, arguments
):
    say(PRICE + 1, clock.now)
    data = getattr(polled, method).encode_input(*arguments)
    feed.arm(polled, data, sender=stranger)

    receipt = refresh()

    assert [e["price"] for e in events(receipt, polled.PriceAccepted)] == [PRICE + 1]
    assert receipt.return_value == (PRICE + 1, True, 500_000)


def test_refresh__too_little_gas_for_the_source__reverts_as_a_whole(polled, say, refresh, clock, stranger):
    """63/64: a caller cannot starve the source and go on with the old price."""
    say(PRICE + 1, clock.skip(1))
    enough = refresh().gas_used

    succeeded, failed = [], 0
    for limit in range(enough - 12_000, enough + 3_000, 300):
        say(PRICE + limit, clock.skip(1))
        receipt = polled.refresh(MARKET, sender=stranger, gas_limit=limit, raise_on_revert=False)
        if receipt.failed:
            failed += 1
        else:
            succeeded.append(polled.peek(MARKET).price == PRICE + limit)
    assert failed > 0
    assert succeeded
    assert all(succeeded)


def test_refresh__pushed_market__source_not_asked(bare_router, make_config, feed, clock, owner, stranger):
    bare_router.set_source(MARKET + 1, make_config(), sender=owner)
    feed.set_price(MARKET + 1, PRICE, clock.now, sender=stranger)

    receipt = bare_router.refresh(MARKET + 1, sender=stranger)

    assert receipt.return_value == (0, False, 500_000)
    assert receipt.events == []


def test_refresh__unknown_market__no_price(router, stranger):
    assert router.refresh(UNKNOWN_MARKET, sender=stranger).return_value == (0, False, 0)
    assert router.refresh(2**256 - 1, sender=stranger).return_value == (0, False, 0)


def test_refresh__smallest_and_largest_stale_move__in_ppm(bare_router, make_config, owner):
    for market, stale_move, ppm in (
        (3, WAD // 10, 100_000),
        (4, WAD, 1_000_000),
        (5, WAD // 10 + 10**14, 100_100),
    ):
        bare_router.set_source(market, make_config(stale_move=stale_move), sender=owner)
        assert bare_router.refresh.call(market).stale_move == ppm
        assert bare_router.peek(market).stale_move == ppm
