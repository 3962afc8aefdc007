"""`apply_source`: anyone puts a scheduled source into effect once its 48 h are over."""

import ape
import pytest

from tests.unit.oracle.conftest import CONFIRM, MARKET, MAX_AGE, PRICE, ZERO_ADDRESS, events, plain

DELAY = 48 * 3600
EMPTY = (ZERO_ADDRESS, ZERO_ADDRESS, False, 0, 0, 0, 0, 0)


@pytest.fixture
def schedule(router, make_config, second_feed, clock, owner):
    """Schedule `second_feed` as the source, come near the end of the delay, return the configuration."""

    def schedule(**changes):
        config = make_config(source=second_feed.address, **changes)
        clock.next()
        router.set_source(MARKET, config, sender=owner)
        clock.skip(DELAY - 10)
        return config

    return schedule


def test_apply_source__after_the_delay__in_effect(router, schedule, clock, stranger):
    config = schedule(polled=True, max_age=120)
    clock.next(10)

    router.apply_source(MARKET, sender=stranger)

    assert router.source_config(MARKET) == tuple(config.values())
    assert router.scheduled_source(MARKET) == (EMPTY, 0)


def test_apply_source__after_the_delay__emits_old_and_new(router, schedule, make_config, clock, stranger):
    config = schedule()
    clock.next(10)

    receipt = router.apply_source(MARKET, sender=stranger)

    (event,) = events(receipt, router.SourceSet)
    assert plain(event["old_config"]) == plain(make_config())
    assert plain(event["new_config"]) == plain(config)


def test_apply_source__a_second_early__reverts(router, schedule, clock, stranger):
    schedule()
    clock.next(9)

    with ape.reverts("oracle: too early"):
        router.apply_source(MARKET, sender=stranger)


def test_apply_source__nothing_scheduled__reverts(router, stranger):
    with ape.reverts("oracle: nothing scheduled"):
        router.apply_source(MARKET, sender=stranger)


def test_apply_source__twice__reverts(router, schedule, clock, stranger):
    schedule()
    clock.next(10)
    router.apply_source(MARKET, sender=stranger)

    with ape.reverts("oracle: nothing scheduled"):
        router.apply_source(MARKET, sender=stranger)


def test_apply_source__old_source_pushes__reverts(router, schedule, feed, clock, stranger):
    schedule()
    clock.next(10)
    router.apply_source(MARKET, sender=stranger)

    with ape.reverts("oracle: not the source"):
        feed.push(router, MARKET, [PRICE], clock.next(), sender=stranger)


def test_apply_source__another_source__unpriced_until_it_speaks(router, schedule, push, clock, stranger):
    """The old source's price is what moves are measured from, and no mark any more."""
    schedule()
    push(PRICE, seconds=9)
    price, _, block = router.last_accepted(MARKET)
    clock.next()

    router.apply_source(MARKET, sender=stranger)

    assert router.last_accepted(MARKET) == (price, 0, block)
    assert router.peek(MARKET) == (PRICE, False, 500_000)


def test_apply_source__the_same_source__fresh_price_stays_valid(
    router, make_config, push, clock, owner, stranger
):
    router.set_source(MARKET, make_config(confirm=60), sender=owner)
    clock.skip(DELAY)
    push(PRICE)
    accepted = router.last_accepted(MARKET)
    clock.next()

    router.apply_source(MARKET, sender=stranger)

    assert router.last_accepted(MARKET) == accepted
    assert router.peek(MARKET).valid


def test_apply_source__pending_price__dropped_but_the_doubt_stays(
    router, schedule, push, second_feed, clock, stranger
):
    """Else anyone applies a change in a crash and trades at the price from before it."""
    schedule()
    push(PRICE, seconds=5)
    push(PRICE // 2)
    clock.next(10)

    router.apply_source(MARKET, sender=stranger)

    assert router.pending_price(MARKET) == (0, 0, 0)
    assert router.peek(MARKET) == (PRICE, False, 500_000)

    second_feed.push(router, MARKET, [PRICE + 1], clock.next(), sender=stranger)
    assert router.peek(MARKET) == (PRICE + 1, True, 500_000)


def test_apply_source__pending_price_dropped__next_jump_waits_again(
    router, schedule, push, second_feed, clock, stranger
):
    schedule()
    push(PRICE, seconds=5)
    push(PRICE // 2)
    clock.next(10)
    router.apply_source(MARKET, sender=stranger)

    second_feed.push(router, MARKET, [PRICE // 2], clock.next(60), sender=stranger)

    assert router.pending_price(MARKET) == (PRICE // 2, clock.now, clock.now)
    assert not router.peek(MARKET).valid


def test_apply_source__stale_price_and_longer_max_age__not_revived(
    priced, schedule, second_feed, clock, stranger
):
    """A longer max age must not turn a price nobody may trade at into the mark."""
    schedule(max_age=2 * 86400)
    clock.next(10)
    assert not priced.peek(MARKET).valid

    priced.apply_source(MARKET, sender=stranger)

    with ape.reverts("oracle: price pending"):
        priced.price(MARKET)
    second_feed.push(priced, MARKET, [PRICE + 1], clock.next(), sender=stranger)
    assert priced.peek(MARKET).valid


def test_apply_source__shorter_max_age__applies_to_the_accepted_price(
    router, make_config, push, clock, owner, stranger
):
    router.set_source(MARKET, make_config(max_age=5), sender=owner)
    clock.skip(DELAY)
    push(PRICE)
    clock.next(9)

    router.apply_source(MARKET, sender=stranger)

    with ape.reverts("oracle: stale price"):
        router.price(MARKET)
    assert MAX_AGE > 9


def test_apply_source__price_accepted_in_this_block__still_stands(router, schedule, push, clock, stranger):
    """The block of the accepted price is kept by a change."""
    schedule()
    push(PRICE, seconds=9)
    block = router.last_accepted(MARKET)[2]
    clock.next()

    router.apply_source(MARKET, sender=stranger)

    assert router.last_accepted(MARKET)[2] == block


@pytest.mark.parametrize("late", [0, 1], ids=["last second", "too late"])
def test_apply_source__round_from_before_the_accepted_price__heard_at_once(
    router, schedule, push, second_feed, clock, stranger, late
):
    """Whoever applies a change cannot choose when the new source is not heard for a heartbeat."""
    schedule(polled=True, max_age=90_000)
    push(PRICE, seconds=10)
    observed = clock.now
    second_feed.set_price(MARKET, PRICE + 1, observed - 1, sender=stranger)
    clock.next(observed + MAX_AGE + late - clock.now)
    router.apply_source(MARKET, sender=stranger)

    assert router.refresh(MARKET, sender=stranger).return_value == (PRICE + 1, True, 500_000)
    assert router.last_accepted(MARKET)[:2] == (PRICE + 1, observed - 1)


def test_apply_source__another_source_far_away__waits_for_confirm(
    router, schedule, push, second_feed, clock, stranger
):
    schedule(polled=True)
    push(PRICE, seconds=10)
    second_feed.set_price(MARKET, PRICE // 2, clock.now - 1, sender=stranger)
    clock.next()
    router.apply_source(MARKET, sender=stranger)

    assert router.refresh(MARKET, sender=stranger).return_value == (PRICE, False, 500_000)

    clock.next(CONFIRM)
    assert router.refresh(MARKET, sender=stranger).return_value == (PRICE // 2, True, 500_000)
