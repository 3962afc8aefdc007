from dataclasses import replace

import pytest

from keeper.book.markets import Market, MarketParams
from keeper.types import Mark, SourceConfig

WAD = 10**18
SCALE = 10**30
PRICE = 4_000 * WAD
SOURCE = SourceConfig(0xA, 0xB, True, 600, 10**17, 60, 5 * 10**17, 10**15)
# 50x, reduce-only, listed, 0.5 %, 0.02 %, 0.05 %, 5 %, 10.00;
# 1,000 base, half and twice of it, 1 %, 6,000,000, 8 h.
WORD = (
    6 | 1 << 3 | 1 << 4 | 5_000 << 5 | 200 << 25 | 500 << 41 | 50_000 << 57 | 1_000 << 77,
    10**6 << 109 | 5_000 << 160 | 20_000 << 176 | 10_000 << 192 | 6_000_000 << 212 | 8 << 248,
)
PARAMS = MarketParams.unpack(sum(WORD), 1_250_000 | 2_500 << 24 | 1_000 << 44, SCALE)
MARKET = Market(1, PARAMS, SOURCE, touched=1_000, price=PRICE, updated_at=1_000, accepted_block=3)


def test_unpack__every_field__is_in_its_unit() -> None:
    expected = MarketParams(
        word=sum(WORD),
        liquidation_word=1_250_000 | 2_500 << 24 | 1_000 << 44,
        listed=True,
        reduce_only=True,
        max_tier=6,
        maintenance_ppm=5_000,
        maker_fee_ppm=200,
        taker_fee_ppm=500,
        band_ppm=50_000,
        min_notional=10_000_000,
        open_interest_cap=1_000 * WAD,
        open_interest_lower=500 * WAD,
        open_interest_upper=2_000 * WAD,
        funding_cap_ppm=10_000,
        funding_depth=6_000_000,
        funding_tau=28_800,
        target_ppm=1_250_000,
        penalty_ppm=2_500,
        reward_ppm=1_000,
    )
    assert expected == PARAMS


def test_unpack__eighteen_decimals__has_a_larger_minimum() -> None:
    assert MarketParams.unpack(sum(WORD), 0, WAD).min_notional == 10 * WAD


@pytest.mark.parametrize(("at", "valid"), [(1_000, True), (1_600, True), (1_601, False)])
def test_is_valid__by_age__until_max_age(at: int, valid: bool) -> None:
    assert MARKET.is_valid(at) is valid


def test_is_valid__no_price_or_in_doubt__is_not() -> None:
    assert not replace(MARKET, price=0).is_valid(1_000)
    assert not replace(MARKET, in_doubt=True).is_valid(1_000)


def test_mark__no_premium__has_the_stored_index() -> None:
    assert replace(MARKET, index=-5).mark(1_100) == Mark(PRICE, True, 500_000, -5)


def test_mark__premium__is_accrued_to_that_time() -> None:
    # 1 % of 4,000 a period, decaying over a period: 40 * (1 - exp(-600 / 28,800)), with exp floored to a WAD.
    market = replace(MARKET, index=7, premium=10**9)
    assert market.mark(1_000) == Mark(PRICE, True, 500_000, 7)
    mark = market.mark(1_600)
    assert mark == Mark(PRICE, True, 500_000, 824_712_746_750_393_487)
    assert market.funding(1_600) == (mark.index, 979_382_181)


def test_mark__stale__has_the_stored_index_and_is_invalid() -> None:
    assert replace(MARKET, index=7, premium=10**9).mark(1_601) == Mark(PRICE, False, 500_000, 7)


def test_written__first_time__starts_the_clock() -> None:
    market = Market.unlisted(4, SCALE)
    assert not market.params.listed
    listed = market.written(sum(WORD), 5, SCALE, 2_000)
    assert (listed.touched, listed.params.max_tier, listed.params.target_ppm) == (2_000, 6, 5)


def test_written__again__leaves_the_clock() -> None:
    assert MARKET.written(sum(WORD), 0, SCALE, 2_000).touched == 1_000


def test_held__then_accepted__waits_no_more() -> None:
    held = MARKET.held(5_000 * WAD, 1_010, 1_011)
    assert held == replace(
        MARKET, in_doubt=True, waiting_price=5_000 * WAD, waiting_updated_at=1_010, waiting_since=1_011
    )
    accepted = held.accepted(5_001 * WAD, 1_070, 9)
    assert accepted == replace(MARKET, price=5_001 * WAD, updated_at=1_070, accepted_block=9)


def test_held__price_zero__is_in_doubt_and_drops_what_waited() -> None:
    waiting = MARKET.held(5_000 * WAD, 1_010, 1_011)
    disowned = waiting.held(0, 1_020, 1_021)
    assert disowned == replace(MARKET, in_doubt=True, disowned=True)
    assert disowned.held(5_000 * WAD, 1_030, 1_031).disowned is False
    assert disowned.accepted(5_000 * WAD, 1_030, 8).disowned is False
    assert disowned.sourced(MARKET.source, 1_030).disowned is False


@pytest.mark.parametrize(
    ("market", "at", "in_doubt"),
    [
        (MARKET, 1_600, False),
        (MARKET, 1_601, True),
        (MARKET.held(5_000 * WAD, 1_010, 1_011), 1_011, True),
        (replace(MARKET, price=0, updated_at=0), 1_000, False),
    ],
    ids=["valid", "too old", "pending", "without a price"],
)
def test_sourced__another_configuration__makes_no_price_valid(
    market: Market, at: int, in_doubt: bool
) -> None:
    config = replace(SOURCE, max_age=10_000)
    sourced = market.sourced(config, at)
    assert (sourced.source, sourced.in_doubt, sourced.price) == (config, in_doubt, market.price)
    assert (sourced.waiting_price, sourced.waiting_updated_at, sourced.waiting_since) == (0, 0, 0)


def test_sourced__another_source__in_doubt_until_its_first_answer() -> None:
    config = replace(SOURCE, source=0x99)
    sourced = MARKET.sourced(config, 1_001)
    assert sourced == replace(MARKET, source=config, updated_at=0, in_doubt=True)
    unlisted = Market.unlisted(1, SCALE).sourced(config, 1_001)
    assert not unlisted.in_doubt


def test_of_words__a_markets_words__is_that_market() -> None:
    market = replace(MARKET.held(5, 6, 7), index=-(2**80), premium=-3)
    assert Market.of_words(1, market.words(), SCALE) == market
