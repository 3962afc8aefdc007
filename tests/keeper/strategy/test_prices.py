"""Which observations are published."""

from dataclasses import replace

import pytest

from keeper.arithmetic import MIN_PRICE
from keeper.book.markets import Market, MarketParams
from keeper.strategy.prices import PricePolicy, due
from keeper.types import Observation, SourceConfig
from tests.keeper.strategy.town import SCALE, WAD, params_word

AT = 1_700_000_000
PRICE = 1_000 * WAD
POLICY = PricePolicy(threshold_ppm=5_000, heartbeat=600, min_interval=10)
SOURCE = SourceConfig(source=1, max_age=1_200, max_move=10**17, confirm=60, stale_move=5 * 10**17)
MARKET = Market(
    1, MarketParams.unpack(params_word(), 0, SCALE), SOURCE, touched=AT, price=PRICE, updated_at=AT - 100
)
IN_DOUBT = replace(
    MARKET, in_doubt=True, waiting_price=2 * PRICE, waiting_updated_at=AT - 50, waiting_since=AT - 40
)


def published(
    market: Market, price: int, timestamp: int = AT, policy: PricePolicy = POLICY, last: int = 0
) -> bool:
    found = due({1: market}, {1: Observation(price, timestamp)}, {1: policy}, {1: last}, AT)
    assert found in ([], [1])
    return bool(found)


def test_due__moved_by_the_threshold__are_published() -> None:
    assert published(MARKET, PRICE * 1_005 // 1_000)
    assert published(MARKET, PRICE * 995 // 1_000)
    assert not published(MARKET, PRICE * 1_005 // 1_000 - 1)


def test_due__within_the_minimum_interval__wait() -> None:
    assert published(MARKET, 2 * PRICE, last=AT - 10)
    assert not published(MARKET, 2 * PRICE, last=AT - 9)


def test_due__after_the_heartbeat__are_published_unmoved() -> None:
    assert published(replace(MARKET, updated_at=AT - 600), PRICE)
    assert not published(replace(MARKET, updated_at=AT - 599), PRICE)


def test_due__about_to_be_stale__do_not_wait_for_a_longer_heartbeat() -> None:
    policy = replace(POLICY, heartbeat=9_999)
    assert published(replace(MARKET, updated_at=AT - 900), PRICE, policy=policy)
    assert not published(replace(MARKET, updated_at=AT - 899), PRICE, policy=policy)


def test_due__the_first_price__is_published() -> None:
    assert published(replace(MARKET, price=0, updated_at=0), PRICE)


@pytest.mark.parametrize("timestamp", [AT - 100, AT - 101, AT + 1])
def test_due__not_newer_or_from_the_future__are_not(timestamp: int) -> None:
    assert not published(MARKET, 2 * PRICE, timestamp)


def test_due__too_old_or_out_of_range__are_not() -> None:
    market = replace(MARKET, updated_at=AT - 9_999)
    assert published(market, 2 * PRICE, AT - 1_200)
    assert not published(market, 2 * PRICE, AT - 1_201)
    assert not published(market, MIN_PRICE - 1)


def test_due__a_price_near_the_waiting_one__waits_for_its_time() -> None:
    assert not published(IN_DOUBT, 2 * PRICE)
    assert published(replace(IN_DOUBT, waiting_since=AT - 60), 2 * PRICE)


def test_due__back_at_the_accepted_price__ends_the_doubt_at_once() -> None:
    assert published(IN_DOUBT, PRICE)


def test_due__far_from_both__starts_the_wait_anew_at_once() -> None:
    assert published(IN_DOUBT, 3 * PRICE)


def test_due__in_doubt_and_none_waits__are_published() -> None:
    assert published(replace(MARKET, in_doubt=True), 2 * PRICE)


def test_due__no_newer_than_the_waiting_price__are_not() -> None:
    assert not published(IN_DOUBT, PRICE, AT - 50)


def test_due__without_a_policy_an_observation_or_a_market__are_not() -> None:
    seen = {1: Observation(2 * PRICE, AT)}
    assert due({1: MARKET}, seen, {}, {}, AT) == []
    assert due({1: MARKET}, {}, {1: POLICY}, {}, AT) == []
    assert due({}, seen, {1: POLICY}, {}, AT) == []
