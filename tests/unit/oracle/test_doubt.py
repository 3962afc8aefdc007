"""A source that is asked and answers (0, time) puts the accepted price in doubt."""

import ape
import pytest

from tests.unit.oracle.conftest import CONFIRM, MARKET, MAX_AGE, PRICE, WAD, events

BURN_GAS = 16
LOW = PRICE * 95 // 100
MAX_MOVE = WAD // 100
DELAY = 48 * 3600


@pytest.fixture(scope="module")
def router(bare_router, make_config, second_feed, owner):
    bare_router.set_source(MARKET, make_config(polled=True, second_source=second_feed.address), sender=owner)
    return bare_router


@pytest.fixture
def refresh(router, feed, clock, stranger):
    """From a second after the latest block the source says `price` of `time`; `seconds` later it is asked."""

    def refresh(price, time, seconds=1):
        clock.next(1)
        feed.set_price(MARKET, price, time, sender=stranger)
        clock.next(seconds)
        return router.refresh(MARKET, sender=stranger)

    return refresh


@pytest.fixture
def observed(refresh, clock):
    """PRICE is accepted; the time of its observation."""
    observed = clock.now
    refresh(PRICE, observed)
    return observed


@pytest.fixture
def doubted(router, observed, refresh, clock):
    """The router, with PRICE in doubt."""
    refresh(0, clock.now)
    return router


def test_refresh__source_in_doubt__unpriced(router, observed, refresh, clock):
    configured = router.source_config(MARKET)
    time = clock.now

    receipt = refresh(0, time)

    assert receipt.return_value == (PRICE, False, 500_000)
    assert events(receipt, router.PricePending) == [
        {"market_id": MARKET, "price": 0, "updated_at": time, "accepted_price": PRICE}
    ]
    assert router.peek(MARKET) == (PRICE, False, 500_000)
    assert router.pending_price(MARKET) == (0, 0, 0)
    assert router.last_accepted(MARKET)[:2] == (PRICE, observed)
    assert router.source_config(MARKET) == configured
    with ape.reverts("oracle: price pending"):
        router.price(MARKET)


def test_refresh__still_in_doubt__logged_once(doubted, refresh, clock):
    receipt = refresh(0, clock.now)

    assert receipt.events == []
    assert receipt.return_value == (PRICE, False, 500_000)


@pytest.mark.parametrize("time", [1, 2**40, 2**256 - 1])
def test_refresh__doubt_of_any_time__unpriced(router, observed, refresh, time):
    assert refresh(0, time).return_value == (PRICE, False, 500_000)


def test_refresh__zero_without_time__is_no_doubt(router, observed, refresh):
    receipt = refresh(0, 0)

    assert receipt.events == []
    assert receipt.return_value == (PRICE, True, 500_000)


def test_refresh__doubt_before_the_first_price__nothing_happens(router, refresh, clock):
    assert refresh(0, clock.now).events == []

    assert refresh(PRICE, clock.now).return_value == (PRICE, True, 500_000)


def test_sync__source_in_doubt__unpriced(router, observed, feed, clock, stranger):
    feed.set_price(MARKET, 0, clock.now, sender=stranger)

    router.sync([MARKET], sender=stranger)

    assert not router.peek(MARKET).valid


def test_push__zero_with_a_time__ignored(router, observed, feed, clock, stranger):
    """Doubt is an answer, not a message: a pushed zero is a bad price like any other."""
    receipt = feed.push(router, MARKET, [0], clock.next(), sender=stranger)

    assert receipt.events == []
    assert router.peek(MARKET).valid


def test_refresh__doubt_in_the_block_of_an_accepted_price__that_price_stands(router, feed, clock, stranger):
    feed.set_price(MARKET, 0, clock.now, sender=stranger)
    sync = router.sync.encode_input([MARKET])

    receipt = feed.push_then_call(router, MARKET, PRICE, clock.next(5), sync, sender=stranger)

    assert [e["price"] for e in events(receipt, router.PriceAccepted)] == [PRICE]
    assert events(receipt, router.PricePending) == []
    assert router.peek(MARKET).valid


def test_refresh__new_price_within_max_move__accepted_at_once(doubted, refresh, clock):
    assert refresh(PRICE * 101 // 100, clock.now).return_value == (PRICE * 101 // 100, True, 500_000)


def test_refresh__the_accepted_observation_again__accepted_at_once(doubted, observed, refresh, clock):
    """A feed that stood still through an outage has a price again, not only after its next heartbeat."""
    receipt = refresh(PRICE, observed)

    assert [e["updated_at"] for e in events(receipt, doubted.PriceAccepted)] == [observed]
    assert receipt.return_value == (PRICE, True, 500_000)
    assert doubted.last_accepted(MARKET) == (PRICE, observed, clock.block)


def test_refresh__the_accepted_observation_too_old__stays_in_doubt(doubted, observed, refresh):
    receipt = refresh(PRICE, observed, seconds=MAX_AGE)

    assert receipt.events == []
    assert receipt.return_value == (PRICE, False, 500_000)


def test_refresh__an_older_observation__stays_in_doubt(doubted, observed, refresh):
    receipt = refresh(PRICE, observed - 1)

    assert receipt.events == []
    assert receipt.return_value == (PRICE, False, 500_000)


def test_refresh__jump_out_of_doubt__waits_for_confirm(doubted, refresh, clock, stranger):
    jumped = clock.now
    receipt = refresh(LOW, jumped)
    since = clock.now
    assert [e["price"] for e in events(receipt, doubted.PricePending)] == [LOW]
    assert doubted.pending_price(MARKET) == (LOW, jumped, since)

    clock.next(CONFIRM - 1)
    assert not doubted.refresh(MARKET, sender=stranger).return_value.valid
    clock.next(1)
    assert doubted.refresh(MARKET, sender=stranger).return_value == (LOW, True, 500_000)


def test_refresh__jump_out_of_doubt_and_back__the_accepted_observation_says_nothing(
    doubted, observed, refresh, clock
):
    """It is older than the one that waits, and waiting ended the doubt that would have let it count."""
    refresh(LOW, clock.now)

    assert refresh(PRICE, observed).events == []
    assert not doubted.peek(MARKET).valid


def test_refresh__jump_out_of_doubt__released_by_the_second_source(
    doubted, refresh, second_feed, clock, stranger
):
    second_feed.set_price(MARKET, LOW, clock.now, sender=stranger)

    assert refresh(LOW, clock.now).return_value == (LOW, True, 500_000)


def test_refresh__second_source_in_doubt__releases_nothing(
    router, observed, refresh, second_feed, clock, stranger
):
    second_feed.set_price(MARKET, 0, clock.now, sender=stranger)

    assert refresh(LOW, clock.now).return_value == (PRICE, False, 500_000)
    assert router.pending_price(MARKET)[0] == LOW


def test_refresh__doubt_while_a_price_waits__dropped(router, observed, refresh, clock):
    refresh(LOW, clock.now)

    receipt = refresh(0, clock.now)

    assert [e["price"] for e in events(receipt, router.PricePending)] == [0]
    assert router.pending_price(MARKET) == (0, 0, 0)
    # It does not confirm the one that waited before.
    assert refresh(LOW, clock.now, seconds=CONFIRM).return_value == (PRICE, False, 500_000)
    assert router.pending_price(MARKET)[0] == LOW


def test_refresh__source_fails_in_doubt__stays_in_doubt(doubted, feed, clock, stranger):
    feed.set_mode(BURN_GAS, sender=stranger)

    receipt = doubted.refresh(MARKET, sender=stranger)

    assert receipt.events == []
    assert not doubted.peek(MARKET).valid


def test_apply_source__in_doubt__a_repeated_observation_does_not_end_it(
    router, refresh, make_config, feed, clock, owner, stranger
):
    """As in every market that is unpriced when its source changes: the next observation must be new."""
    config = make_config(polled=True, confirm=CONFIRM + 1)
    router.set_source(MARKET, config, sender=owner)
    clock.skip(DELAY)
    observed = clock.now
    refresh(PRICE, observed)
    refresh(0, clock.now)

    router.apply_source(MARKET, sender=stranger)

    assert refresh(0, clock.now).events == []
    assert refresh(PRICE, observed).events == []
    assert not router.peek(MARKET).valid
    assert refresh(PRICE, observed + 1).return_value == (PRICE, True, 500_000)
