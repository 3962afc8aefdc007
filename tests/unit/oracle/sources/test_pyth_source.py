"""PythSource's constructor and what it says about itself."""

import ape
import pytest

from tests.unit.oracle.conftest import MARKET, WAD, ZERO_ADDRESS
from tests.unit.oracle.sources.conftest import MAX_CONFIDENCE, OTHER_MARKET, PRICE_ID

FIVE_PERCENT = WAD // 20


def test_feed_of__served_market__as_deployed(pyth_source):
    assert pyth_source.feed_of(MARKET) == (MARKET, PRICE_ID, MAX_CONFIDENCE)


@pytest.mark.parametrize("market", [0, OTHER_MARKET, 65, 2**256 - 1])
def test_feed_of__other_market__zero(pyth_source, market):
    assert pyth_source.feed_of(market) == (0, b"\0" * 32, 0)


def test_init__addresses__public(pyth_source, hostile_pyth, bare_router):
    assert (pyth_source.PYTH(), pyth_source.ROUTER()) == (hostile_pyth.address, bare_router.address)


def test_init__functions__no_setter(pyth_source):
    changing = {f.name for f in pyth_source.contract_type.methods if f.stateMutability != "view"}
    assert changing == {"pull", "update"}


def test_init__64_markets__all_served(make_pyth_source):
    source = make_pyth_source(feeds=[(m, PRICE_ID, m) for m in range(1, 65)])

    assert [source.feed_of(market)[2] for market in (1, 32, 64)] == [1, 32, 64]


@pytest.mark.parametrize("confidence", [1, FIVE_PERCENT])
def test_init__confidence_at_the_bounds__kept(make_pyth_source, confidence):
    assert make_pyth_source(feeds=[(MARKET, PRICE_ID, confidence)]).feed_of(MARKET)[2] == confidence


@pytest.mark.parametrize("confidence", [0, FIVE_PERCENT + 1, 2**256 - 1])
def test_init__confidence_beyond_the_bounds__reverts(make_pyth_source, confidence):
    with ape.reverts("source: bad confidence"):
        make_pyth_source(feeds=[(MARKET, PRICE_ID, confidence)])


@pytest.mark.parametrize("market", [0, 65, 2**256 - 1])
def test_init__bad_market__reverts(make_pyth_source, market):
    with ape.reverts("source: bad market"):
        make_pyth_source(feeds=[(market, PRICE_ID, MAX_CONFIDENCE)])


def test_init__market_twice__reverts(make_pyth_source):
    with ape.reverts("source: market twice"):
        make_pyth_source(feeds=[(MARKET, PRICE_ID, 1), (MARKET, b"\x02" * 32, 1)])


def test_init__no_price_id__reverts(make_pyth_source):
    with ape.reverts("source: bad price id"):
        make_pyth_source(feeds=[(MARKET, b"\0" * 32, MAX_CONFIDENCE)])


def test_init__pyth_without_code__reverts(make_pyth_source, stranger):
    for pyth in (ZERO_ADDRESS, stranger.address):
        with ape.reverts("source: no pyth"):
            make_pyth_source(pyth=pyth)


def test_init__no_router__reverts(make_pyth_source):
    with ape.reverts("source: no router"):
        make_pyth_source(router=ZERO_ADDRESS)
