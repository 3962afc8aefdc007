"""PythSource.pull: anyone hands on what Pyth has; markets it cannot serve are passed over."""

import pytest

from tests.unit.oracle.conftest import MARKET, MAX_AGE, PRICE, events
from tests.unit.oracle.sources.conftest import (
    ANSWER_8,
    FAILURES,
    MAX_CONFIDENCE,
    OTHER_MARKET,
    PRICE_ID,
    UNKNOWN_MARKET,
)

# A market without a source at first.
OURS = 5
DELAY = 48 * 3600


@pytest.fixture
def pull(pyth_source, clock, stranger):
    def pull(*markets, seconds=1):
        clock.next(seconds)
        return pyth_source.pull(list(markets), sender=stranger)

    return pull


def test_pull__new_price__accepted(bare_router, pull, pyth_says):
    words = pyth_says()

    receipt = pull(MARKET)

    assert events(receipt, bare_router.PriceAccepted) == [
        {"market_id": MARKET, "price": PRICE, "updated_at": words["publish_time"]}
    ]


def test_pull__the_same_price_again__nothing_happens(pull, pyth_says):
    pyth_says()
    pull(MARKET)

    assert pull(MARKET).events == []


def test_pull__nothing_usable__passed_over(bare_router, pull, pyth_says):
    """A wide confidence is no doubt: else anyone switched the market off with an update of their choice."""
    pyth_says()
    pull(MARKET)
    pyth_says(confidence=ANSWER_8)

    assert pull(MARKET).events == []
    assert bare_router.peek(MARKET).valid


@pytest.mark.parametrize("mode", FAILURES.values(), ids=FAILURES)
def test_pull__pyth_fails__nothing_happens(bare_router, pull, pyth_says, hostile_pyth, stranger, mode):
    pyth_says()
    hostile_pyth.set_mode(mode, sender=stranger)

    assert pull(MARKET).events == []
    assert bare_router.last_accepted(MARKET) == (0, 0, 0)


def test_pull__too_old_for_the_market__ignored_by_the_router(bare_router, pull, pyth_says):
    pyth_says()

    assert pull(MARKET, seconds=MAX_AGE + 1).events == []


def test_pull__markets_of_others_and_unknown_ones__passed_over(
    bare_router, make_pyth_source, make_config, pyth_says, owner, clock, stranger
):
    """OTHER_MARKET has a feed here but another source, UNKNOWN_MARKET this source but no feed."""
    source = make_pyth_source(feeds=[(m, PRICE_ID, MAX_CONFIDENCE) for m in (OURS, OTHER_MARKET)])
    bare_router.set_source(OURS, make_config(source=source.address), sender=owner)
    bare_router.set_source(OTHER_MARKET, make_config(), sender=owner)
    bare_router.set_source(UNKNOWN_MARKET, make_config(source=source.address), sender=owner)
    pyth_says()

    clock.next()
    receipt = source.pull([0, OTHER_MARKET, UNKNOWN_MARKET, 65, 2**256 - 1, OURS], sender=stranger)

    assert [e["market_id"] for e in events(receipt, bare_router.PriceAccepted)] == [OURS]
    assert len(receipt.events) == 1


def test_pull__change_still_scheduled__not_listened_to(
    bare_router, make_pyth_source, make_config, pyth_says, owner, clock, stranger
):
    source = make_pyth_source(feeds=[(OURS, PRICE_ID, MAX_CONFIDENCE)])
    bare_router.set_source(OURS, make_config(), sender=owner)
    bare_router.set_source(OURS, make_config(source=source.address), sender=owner)
    pyth_says()

    clock.next()
    assert source.pull([OURS], sender=stranger).events == []
    clock.skip(DELAY)
    pyth_says()
    bare_router.apply_source(OURS, sender=stranger)
    clock.next()
    assert len(source.pull([OURS], sender=stranger).events) == 1


def test_pull__the_same_market_twice__accepted_once(pull, pyth_says):
    pyth_says()

    assert len(pull(MARKET, MARKET).events) == 1


def test_pull__no_markets__nothing_happens(pull):
    assert pull().events == []


def test_sync__asked_by_the_router__as_pushed(bare_router, pyth_source, pyth_says, clock, stranger):
    """Whoever updates Pyth itself needs nothing of this source: `sync` asks it."""
    words = pyth_says()

    clock.next()
    bare_router.sync([MARKET], sender=stranger)

    assert bare_router.last_accepted(MARKET)[:2] == (PRICE, words["publish_time"])


def test_push__as_second_source__releases_a_jump(
    bare_router, pyth_source, make_config, feed, pyth_says, owner, clock, stranger
):
    config = make_config(second_source=pyth_source.address)
    bare_router.set_source(MARKET, config, sender=owner)
    clock.skip(DELAY)
    bare_router.apply_source(MARKET, sender=stranger)
    feed.push(bare_router, MARKET, [PRICE // 2], clock.next(), sender=stranger)
    feed.push(bare_router, MARKET, [PRICE], clock.next(), sender=stranger)
    assert not bare_router.peek(MARKET).valid

    pyth_says()
    feed.push(bare_router, MARKET, [PRICE], clock.next(), sender=stranger)
    assert bare_router.peek(MARKET) == (PRICE, True, 500_000)
