"""What the router would make of a source's answer; contracts/OracleRouter.vy, rule by rule."""

from dataclasses import replace

import pytest

from keeper.arithmetic import MAX_PRICE, MIN_PRICE
from keeper.book.markets import Market, MarketParams
from keeper.strategy.sources import Verdict, asked_sources, trouble, verdict
from keeper.types import Observation, SourceConfig
from tests.keeper.strategy.town import SCALE, WAD, params_word

AT = 1_700_000_000
PRICE = 1_000 * WAD
FIRST, SECOND = 0xA, 0xB
SOURCE = SourceConfig(FIRST, SECOND, True, max_age=1_200, max_move=10**17, confirm=60)
MARKET = Market(1, MarketParams.unpack(params_word(), 0, SCALE), SOURCE, price=PRICE, updated_at=AT - 100)
WAITING = replace(
    MARKET, in_doubt=True, waiting_price=2 * PRICE, waiting_updated_at=AT - 50, waiting_since=AT - 40
)
UNPRICED = replace(MARKET, in_doubt=True)


def made(market: Market, price: int, timestamp: int = AT, second: int = 0) -> Verdict:
    answers = {
        (1, FIRST): Observation(price, timestamp),
        (1, SECOND): Observation(second, AT if second else 0),
    }
    return verdict(market, answers, AT)


@pytest.mark.parametrize(
    ("market", "price", "found"),
    [
        (MARKET, PRICE * 11 // 10, Verdict.ACCEPT),
        (MARKET, PRICE * 11 // 10 + 1, Verdict.HOLD),
        (UNPRICED, PRICE, Verdict.ACCEPT),
        (UNPRICED, 2 * PRICE, Verdict.HOLD),
        (WAITING, PRICE, Verdict.ACCEPT),
        (WAITING, 2 * PRICE, Verdict.NOTHING),
        (WAITING, 3 * PRICE, Verdict.HOLD),
        (replace(WAITING, waiting_since=AT - 60), 2 * PRICE, Verdict.ACCEPT),
        (replace(MARKET, price=0, updated_at=0), 5 * PRICE, Verdict.ACCEPT),
    ],
)
def test_verdict__usable_price__by_its_distance(market: Market, price: int, found: Verdict) -> None:
    assert made(market, price) is found


def test_verdict__second_source__releases_a_jump_that_it_is_near_to() -> None:
    assert made(MARKET, 2 * PRICE, second=2 * PRICE * 11 // 10) is Verdict.ACCEPT
    assert made(MARKET, 2 * PRICE, second=2 * PRICE * 11 // 10 + 1) is Verdict.HOLD
    assert made(WAITING, 2 * PRICE, second=2 * PRICE) is Verdict.ACCEPT


def test_verdict__not_newer__is_nothing() -> None:
    assert made(MARKET, PRICE, AT - 100) is Verdict.NOTHING
    assert made(replace(WAITING, waiting_since=AT - 60), 2 * PRICE, AT - 51) is Verdict.NOTHING
    # The same observation may confirm itself.
    assert made(replace(WAITING, waiting_since=AT - 60), 2 * PRICE, AT - 50) is Verdict.ACCEPT


def test_verdict__in_doubt__once() -> None:
    assert made(MARKET, 0) is Verdict.DOUBT
    assert made(WAITING, 0) is Verdict.DOUBT
    assert made(UNPRICED, 0) is Verdict.NOTHING
    assert made(replace(MARKET, price=0, updated_at=0), 0) is Verdict.NOTHING


def test_verdict__disowned__the_same_observation_counts_again() -> None:
    assert made(replace(UNPRICED, disowned=True), PRICE, AT - 100) is Verdict.ACCEPT
    assert made(replace(UNPRICED, disowned=True), PRICE, AT - 101) is Verdict.NOTHING
    assert made(UNPRICED, PRICE, AT - 100) is Verdict.NOTHING


def test_verdict__nothing_said__is_nothing() -> None:
    assert made(MARKET, 0, 0) is Verdict.NOTHING
    assert verdict(MARKET, {}, AT) is Verdict.NOTHING


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        (Observation(0, 0), "has no usable price"),
        (Observation(0, AT), "is in doubt"),
        (Observation(MIN_PRICE - 1, AT), "says a price out of range"),
        (Observation(MAX_PRICE + 1, AT), "says a price out of range"),
        (Observation(PRICE, AT + 3), "says a time 3 s ahead"),
        (Observation(PRICE, AT - 1_201), "says a price 1201 s old, more than 1200 s"),
        (Observation(PRICE, AT - 1_200), ""),
        (Observation(MIN_PRICE, AT), ""),
        (Observation(MAX_PRICE, AT), ""),
    ],
)
def test_trouble__of_an_answer__is_said(seen: Observation, text: str) -> None:
    assert trouble(SOURCE, seen, AT) == text
    if text and seen.price:
        assert made(MARKET, seen.price, seen.timestamp) is Verdict.NOTHING


def test_asked_sources__listed_markets__first_and_second() -> None:
    unlisted = replace(MARKET, market_id=2, params=MarketParams.unpack(0, 0, SCALE))
    alone = replace(MARKET, market_id=3, source=replace(SOURCE, second_source=0))
    found = asked_sources({3: alone, 1: MARKET, 2: unlisted})
    assert found == [(1, FIRST), (1, SECOND), (3, FIRST)]
