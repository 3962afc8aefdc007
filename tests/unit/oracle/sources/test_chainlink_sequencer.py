"""ChainlinkSource behind a rollup's sequencer: whenever that may be down, the market is in doubt."""

import pytest

from tests.unit.oracle.conftest import MARKET, PRICE
from tests.unit.oracle.sources.conftest import BURN_GAS, FAILURES, GRACE, LONG, REVERT

NOTHING = (0, 0)


@pytest.fixture
def fresh(price_feed, uptime_feed, clock):
    """Say a fresh price, and that the sequencer came up `seconds` before that."""

    def fresh(seconds, **changes):
        status = {"started_at": clock.now + 2 - seconds} | changes
        uptime_feed.say(**status)
        return price_feed.say()["updated_at"]

    return fresh


def test_latest__up_for_longer_than_grace__a_price(rollup_chainlink, fresh):
    updated_at = fresh(GRACE + 1)

    assert rollup_chainlink.latest(MARKET) == (PRICE, updated_at)


def test_latest__up_for_exactly_grace__a_price(rollup_chainlink, fresh):
    updated_at = fresh(GRACE)

    assert rollup_chainlink.latest(MARKET) == (PRICE, updated_at)


def test_latest__a_second_less_than_grace__in_doubt(rollup_chainlink, fresh, clock):
    fresh(GRACE - 1)
    assert rollup_chainlink.latest(MARKET) == (0, clock.now)

    clock.skip(1)
    assert rollup_chainlink.latest(MARKET) == (PRICE, clock.now - 1)


@pytest.mark.parametrize("answer", [1, 2, -1, -(2**255)])
def test_latest__down__in_doubt(rollup_chainlink, fresh, clock, answer):
    fresh(10 * GRACE, answer=answer)

    assert rollup_chainlink.latest(MARKET) == (0, clock.now)


def test_latest__uptime_feed_not_initialised__in_doubt(rollup_chainlink, fresh, clock):
    fresh(0, started_at=0)

    assert rollup_chainlink.latest(MARKET) == (0, clock.now)


@pytest.mark.parametrize("ahead", [1, 2**255])
def test_latest__came_up_in_the_future__in_doubt(rollup_chainlink, fresh, clock, ahead):
    fresh(0, started_at=clock.now + 2 + ahead)

    assert rollup_chainlink.latest(MARKET) == (0, clock.now)


@pytest.mark.parametrize("mode", FAILURES.values(), ids=FAILURES)
def test_latest__uptime_feed_fails__in_doubt(rollup_chainlink, uptime_feed, fresh, clock, mode):
    fresh(GRACE + 10)
    uptime_feed.fail(round_mode=mode)

    assert rollup_chainlink.latest(MARKET) == (0, clock.now)


def test_latest__uptime_feed_answers_with_more_behind__a_price(rollup_chainlink, uptime_feed, fresh):
    updated_at = fresh(GRACE)
    uptime_feed.fail(round_mode=LONG)

    assert rollup_chainlink.latest(MARKET) == (PRICE, updated_at)


def test_latest__decimals_of_the_uptime_feed__never_asked(rollup_chainlink, uptime_feed, fresh):
    updated_at = fresh(GRACE)
    uptime_feed.fail(decimals_mode=REVERT)

    assert rollup_chainlink.latest(MARKET) == (PRICE, updated_at)


def test_latest__update_of_the_status_long_ago__does_not_matter(rollup_chainlink, fresh):
    """A sequencer that never fails is never written about again."""
    updated_at = fresh(10 * 365 * 86_400, updated_at=1, answered_in=0)

    assert rollup_chainlink.latest(MARKET) == (PRICE, updated_at)


def test_latest__up_and_the_price_feed_burns_gas__nothing(rollup_chainlink, price_feed, fresh):
    """Nothing usable is not doubt: the accepted price stands until it is too old."""
    fresh(GRACE)
    price_feed.fail(round_mode=BURN_GAS)

    assert rollup_chainlink.latest(MARKET) == NOTHING
