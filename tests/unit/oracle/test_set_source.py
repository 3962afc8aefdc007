"""`set_source`: the first source of a market at once, a change 48 h later, hard bounds on all of it."""

import ape
import pytest

from tests.unit.oracle.conftest import MARKET, PRICE, WAD, ZERO_ADDRESS, events, plain

DELAY = 48 * 3600
# Without a source yet.
NEW_MARKET = 21
EMPTY = (ZERO_ADDRESS, ZERO_ADDRESS, False, 0, 0, 0, 0, 0)


def test_set_source__first__in_effect_at_once(bare_router, make_config, second_feed, owner):
    config = make_config(second_source=second_feed.address, polled=True)

    bare_router.set_source(NEW_MARKET, config, sender=owner)

    assert bare_router.source_config(NEW_MARKET) == tuple(config.values())
    assert bare_router.source_of(NEW_MARKET) == config["source"]
    assert bare_router.scheduled_source(NEW_MARKET) == (EMPTY, 0)


def test_set_source__first__emits_old_and_new(bare_router, make_config, owner):
    config = make_config()

    receipt = bare_router.set_source(NEW_MARKET, config, sender=owner)

    (event,) = events(receipt, bare_router.SourceSet)
    assert event["market_id"] == NEW_MARKET
    assert plain(event["old_config"]) == plain(EMPTY)
    assert plain(event["new_config"]) == plain(config)
    assert events(receipt, bare_router.SourceScheduled) == []


def test_set_source__change__scheduled(router, make_config, second_feed, clock, owner):
    old, new = make_config(), make_config(source=second_feed.address, max_age=30)
    time = clock.next()

    receipt = router.set_source(MARKET, new, sender=owner)

    assert router.source_config(MARKET) == tuple(old.values())
    assert router.scheduled_source(MARKET) == (tuple(new.values()), time + DELAY)
    (event,) = events(receipt, router.SourceScheduled)
    assert (event["market_id"], event["effective_at"]) == (MARKET, time + DELAY)
    assert plain(event["config"]) == plain(new)
    assert events(receipt, router.SourceSet) == []


def test_set_source__scheduled_again__replaces_and_starts_over(router, make_config, clock, owner):
    router.set_source(MARKET, make_config(max_age=30), sender=owner)
    clock.skip(DELAY - 10)
    time = clock.next()

    router.set_source(MARKET, make_config(max_age=40), sender=owner)

    assert router.scheduled_source(MARKET) == (tuple(make_config(max_age=40).values()), time + DELAY)
    clock.skip(100)
    with ape.reverts("oracle: too early"):
        router.apply_source(MARKET, sender=owner)


def test_set_source__stranger__reverts(bare_router, make_config, stranger):
    with ape.reverts("ownable: caller is not the owner"):
        bare_router.set_source(NEW_MARKET, make_config(), sender=stranger)

    assert bare_router.source_config(NEW_MARKET) == EMPTY


@pytest.mark.parametrize("market", [0, 65, 2**256 - 1])
def test_set_source__market_out_of_range__reverts(bare_router, make_config, owner, market):
    with ape.reverts("oracle: bad market"):
        bare_router.set_source(market, make_config(), sender=owner)


@pytest.mark.parametrize("market", [1, 64])
def test_set_source__first_and_last_market__set(bare_router, make_config, owner, market):
    bare_router.set_source(market, make_config(), sender=owner)

    assert bare_router.source_of(market) == make_config()["source"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source": ZERO_ADDRESS}, "oracle: bad source"),
        ({"source": "0x" + "11" * 20}, "oracle: bad source"),
        ({"second_source": "0x" + "11" * 20}, "oracle: bad second source"),
        ({"max_age": 0}, "oracle: bad max age"),
        ({"max_age": 2 * 86400 + 1}, "oracle: bad max age"),
        ({"max_move": 0}, "oracle: bad max move"),
        ({"max_move": WAD // 2 + 1}, "oracle: bad max move"),
        ({"confirm": 0}, "oracle: bad confirm"),
        ({"confirm": 301}, "oracle: bad confirm"),
        ({"stale_move": WAD // 10 - 10**14}, "oracle: bad stale move"),
        ({"stale_move": WAD + 10**14}, "oracle: bad stale move"),
        ({"stale_move": WAD // 2 + 1}, "oracle: bad stale move"),
        ({"update_threshold": 0}, "oracle: bad update threshold"),
        ({"update_threshold": WAD // 100 + 1}, "oracle: bad update threshold"),
        ({"max_age": 2**256 - 1}, "oracle: bad max age"),
        ({"stale_move": 2**256 - 1}, "oracle: bad stale move"),
    ],
)
def test_set_source__out_of_bounds__reverts(bare_router, make_config, owner, change, reason):
    with ape.reverts(reason):
        bare_router.set_source(NEW_MARKET, make_config(**change), sender=owner)

    assert bare_router.source_config(NEW_MARKET) == EMPTY


def test_set_source__second_source_is_the_source__reverts(bare_router, make_config, feed, owner):
    with ape.reverts("oracle: bad second source"):
        bare_router.set_source(NEW_MARKET, make_config(second_source=feed.address), sender=owner)


def test_set_source__change_out_of_bounds__reverts(router, make_config, owner):
    with ape.reverts("oracle: bad confirm"):
        router.set_source(MARKET, make_config(confirm=0), sender=owner)

    assert router.scheduled_source(MARKET) == (EMPTY, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"max_age": 1},
        {"max_age": 2 * 86400},
        {"max_move": WAD // 2, "update_threshold": WAD // 2},
        {"max_move": 1, "update_threshold": 1},
        {"confirm": 1},
        {"confirm": 300},
        {"stale_move": WAD // 10},
        {"stale_move": WAD},
    ],
)
def test_set_source__at_the_bounds__stored_exactly(bare_router, make_config, owner, change):
    bare_router.set_source(NEW_MARKET, make_config(**change), sender=owner)

    assert bare_router.source_config(NEW_MARKET) == tuple(make_config(**change).values())


def test_set_source__change__does_not_touch_the_price(priced, make_config, owner):
    before = priced.last_accepted(MARKET)

    priced.set_source(MARKET, make_config(max_age=1), sender=owner)

    assert priced.last_accepted(MARKET) == before
    assert priced.peek(MARKET) == (PRICE, True, 500_000)
