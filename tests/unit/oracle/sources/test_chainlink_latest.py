"""ChainlinkSource.latest: which rounds are a price, which are none, and that it never reverts."""

import pytest

from tests.unit.oracle.conftest import MARKET, PRICE
from tests.unit.oracle.sources.conftest import (
    ANSWER_8,
    FAILURES,
    HEARTBEAT,
    LONG,
    MAX_PRICE,
    OTHER_MARKET,
)

NOTHING = (0, 0)


def test_latest__new_round__scaled_with_its_time(chainlink, price_feed):
    words = price_feed.say()

    assert chainlink.latest(MARKET) == (PRICE, words["updated_at"])


def test_latest__never_answered__nothing(chainlink):
    assert chainlink.latest(MARKET) == NOTHING


@pytest.mark.parametrize("answer", [0, -1, -ANSWER_8, -(2**255), 2**255 - 1, 2**128])
def test_latest__zero_negative_or_huge_answer__nothing(chainlink, price_feed, answer):
    price_feed.say(answer=answer)

    assert chainlink.latest(MARKET) == NOTHING


def test_latest__answers_around_the_largest_price__last_one_within_it(chainlink, price_feed):
    largest = MAX_PRICE // 10**10
    words = price_feed.say(answer=largest)
    assert chainlink.latest(MARKET) == (largest * 10**10, words["updated_at"])

    price_feed.say(answer=largest + 1)
    assert chainlink.latest(MARKET) == NOTHING


def test_latest__smallest_answer__a_price(chainlink, price_feed):
    """1e-8 is 1e10 WAD, above the smallest price."""
    words = price_feed.say(answer=1)

    assert chainlink.latest(MARKET) == (10**10, words["updated_at"])


def test_latest__updated_at_zero__nothing(chainlink, price_feed):
    price_feed.say(updated_at=0)

    assert chainlink.latest(MARKET) == NOTHING


@pytest.mark.parametrize("ahead", [1, 10**9])
def test_latest__from_the_future__nothing(chainlink, price_feed, clock, ahead):
    price_feed.say(updated_at=clock.now + 1 + ahead)
    assert chainlink.latest(MARKET) == NOTHING

    clock.skip(ahead)
    assert chainlink.latest(MARKET) == (PRICE, clock.now)


def test_latest__largest_time__nothing(chainlink, price_feed):
    price_feed.say(updated_at=2**256 - 1)

    assert chainlink.latest(MARKET) == NOTHING


def test_latest__exactly_the_heartbeat_old__a_price_and_then_none(chainlink, price_feed, clock):
    words = price_feed.say()

    clock.skip(HEARTBEAT)
    assert chainlink.latest(MARKET) == (PRICE, words["updated_at"])
    clock.skip(1)
    assert chainlink.latest(MARKET) == NOTHING


def test_latest__answered_in_an_earlier_round__nothing(chainlink, price_feed):
    words = price_feed.say()
    price_feed.say(answered_in=words["round_id"] - 1)

    assert chainlink.latest(MARKET) == NOTHING


def test_latest__answered_in_a_later_round__a_price(chainlink, price_feed):
    words = price_feed.say()
    words = price_feed.say(answered_in=words["round_id"] + 1)

    assert chainlink.latest(MARKET) == (PRICE, words["updated_at"])


def test_latest__started_at__does_not_matter(chainlink, price_feed):
    """It is the round's start; how old the answer is, `updated_at` says."""
    words = price_feed.say(started_at=0)

    assert chainlink.latest(MARKET) == (PRICE, words["updated_at"])


@pytest.mark.parametrize("decimals", [0, 7, 9, 18, 255, 256 + 8, 2**256 - 1])
def test_latest__other_decimals_than_at_deployment__nothing(chainlink, price_feed, stranger, decimals):
    price_feed.say()
    price_feed.contract.set_decimals(decimals, sender=stranger)

    assert chainlink.latest(MARKET) == NOTHING


@pytest.mark.parametrize("mode", FAILURES.values(), ids=FAILURES)
def test_latest__round_fails__nothing(chainlink, price_feed, mode):
    price_feed.say()
    price_feed.fail(round_mode=mode)

    assert chainlink.latest(MARKET) == NOTHING


@pytest.mark.parametrize("mode", FAILURES.values(), ids=FAILURES)
def test_latest__decimals_fail__nothing(chainlink, price_feed, mode):
    price_feed.say()
    price_feed.fail(decimals_mode=mode)

    assert chainlink.latest(MARKET) == NOTHING


def test_latest__answers_with_more_behind__read_from_the_front(chainlink, price_feed):
    words = price_feed.say()
    price_feed.fail(round_mode=LONG, decimals_mode=LONG)

    assert chainlink.latest(MARKET) == (PRICE, words["updated_at"])


def test_latest__feed_that_lost_its_code__nothing(chain, chainlink, price_feed):
    price_feed.say()
    chain.provider.set_code(price_feed.contract.address, "0x")

    assert chainlink.latest(MARKET) == NOTHING


def test_latest__two_markets__apart(make_chainlink, price_feed, uptime_feed):
    """The second feed is of another kind; what it answers does not touch the first."""
    source = make_chainlink(
        [
            (MARKET, price_feed.contract.address, HEARTBEAT),
            (OTHER_MARKET, uptime_feed.contract.address, HEARTBEAT),
        ]
    )
    words = price_feed.say()
    other = uptime_feed.say(answer=7)

    assert source.latest(MARKET) == (PRICE, words["updated_at"])
    assert source.latest(OTHER_MARKET) == (7 * 10**18, other["updated_at"])
