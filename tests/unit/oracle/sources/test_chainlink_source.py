"""ChainlinkSource's constructor and what it says about itself."""

import ape
import pytest

from tests.unit.oracle.conftest import MARKET, ZERO_ADDRESS
from tests.unit.oracle.sources.conftest import (
    BURN_GAS,
    GRACE,
    HEARTBEAT,
    OTHER_MARKET,
    REVERT,
    UNKNOWN_MARKET,
)

TWO_DAYS = 2 * 86_400
DAY = 86_400


@pytest.fixture
def feed_address(price_feed):
    return price_feed.contract.address


def test_feed_of__served_market__as_deployed(chainlink, feed_address):
    assert chainlink.feed_of(MARKET) == (MARKET, feed_address, HEARTBEAT)


@pytest.mark.parametrize("market", [0, OTHER_MARKET, 65, 2**256 - 1])
def test_feed_of__other_market__zero(chainlink, market):
    assert chainlink.feed_of(market) == (0, ZERO_ADDRESS, 0)


def test_sequencer__none_and_one__as_deployed(chainlink, rollup_chainlink, uptime_feed):
    assert (chainlink.sequencer(), chainlink.grace()) == (ZERO_ADDRESS, 0)
    assert (rollup_chainlink.sequencer(), rollup_chainlink.grace()) == (uptime_feed.contract.address, GRACE)


def test_init__no_setter__configuration_is_immutable(chainlink):
    changing = [f.name for f in chainlink.contract_type.methods if f.stateMutability != "view"]
    assert changing == []


def test_init__64_markets__all_served(make_chainlink, feed_address):
    source = make_chainlink([(market, feed_address, market) for market in range(1, 65)])

    assert [source.feed_of(market)[2] for market in (1, 32, 64)] == [1, 32, 64]


@pytest.mark.parametrize("heartbeat", [1, TWO_DAYS])
def test_init__heartbeat_at_the_bounds__kept(make_chainlink, feed_address, heartbeat):
    assert make_chainlink([(MARKET, feed_address, heartbeat)]).feed_of(MARKET)[2] == heartbeat


@pytest.mark.parametrize("heartbeat", [0, TWO_DAYS + 1, 2**24 + 1, 2**256 - 1])
def test_init__heartbeat_beyond_the_bounds__reverts(make_chainlink, feed_address, heartbeat):
    with ape.reverts("source: bad heartbeat"):
        make_chainlink([(MARKET, feed_address, heartbeat)])


@pytest.mark.parametrize("market", [0, 65, 2**256 - 1])
def test_init__bad_market__reverts(make_chainlink, feed_address, market):
    with ape.reverts("source: bad market"):
        make_chainlink([(market, feed_address, HEARTBEAT)])


def test_init__market_twice__reverts(make_chainlink, feed_address):
    with ape.reverts("source: market twice"):
        make_chainlink([(MARKET, feed_address, HEARTBEAT), (MARKET, feed_address, HEARTBEAT)])


def test_init__feed_without_code__reverts(make_chainlink, stranger):
    for feed in (ZERO_ADDRESS, stranger.address):
        with ape.reverts("source: bad feed"):
            make_chainlink([(MARKET, feed, HEARTBEAT)])


@pytest.mark.parametrize("decimals", [19, 255])
def test_init__more_than_18_decimals__reverts(make_chainlink, price_feed, feed_address, stranger, decimals):
    price_feed.contract.set_decimals(decimals, sender=stranger)

    with ape.reverts("source: bad decimals"):
        make_chainlink([(MARKET, feed_address, HEARTBEAT)])


@pytest.mark.parametrize("mode", [REVERT, BURN_GAS])
def test_init__decimals_fail__reverts(make_chainlink, price_feed, feed_address, mode):
    price_feed.fail(decimals_mode=mode)

    with ape.reverts():
        make_chainlink([(MARKET, feed_address, HEARTBEAT)])


def test_init__sequencer_without_code__reverts(make_chainlink, stranger):
    with ape.reverts("source: bad sequencer"):
        make_chainlink(sequencer=stranger.address, grace=GRACE)


@pytest.mark.parametrize("grace", [1, DAY])
def test_init__grace_at_the_bounds__kept(make_chainlink, uptime_feed, grace):
    assert make_chainlink(sequencer=uptime_feed.contract.address, grace=grace).grace() == grace


@pytest.mark.parametrize("grace", [0, DAY + 1, 2**256 - 1])
def test_init__grace_beyond_the_bounds__reverts(make_chainlink, uptime_feed, grace):
    with ape.reverts("source: bad grace"):
        make_chainlink(sequencer=uptime_feed.contract.address, grace=grace)


def test_init__grace_without_sequencer__reverts(make_chainlink):
    with ape.reverts("source: bad grace"):
        make_chainlink(grace=1)


def test_latest__unknown_market__zero(rollup_chainlink):
    """Also while the sequencer's feed, which was told nothing, is in doubt."""
    assert rollup_chainlink.latest(UNKNOWN_MARKET) == (0, 0)
