"""mark_price, funding_index, market_state and open_interest."""

import ape
import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.model.arithmetic import wad_exp
from tests.helpers.parameters import SHALLOW

HOUR = 3_600
GAP = 3 * HOUR
PARAMS = SHALLOW
PREMIUM = 333_333


@pytest.fixture
def pair(desk, maker, taker):
    """1 base bought 1 % above the mark."""
    long, short = desk.account(maker, 100_000), desk.account(taker, 100_000)
    desk.trade(long, short, price=4_040 * WAD)
    return long, short


def index_after(seconds):
    tau = 8 * HOUR
    decay = wad_exp(-(seconds * WAD // tau))
    return PREMIUM * PRICE * tau * (WAD - decay) // (28_800 * 10**11 * WAD)


def test_mark_price__valid__is_the_routers(desk):
    assert desk.clearing_house.mark_price(1) == PRICE
    desk.report(4_001 * WAD)
    assert desk.clearing_house.mark_price(1) == 4_001 * WAD


def test_mark_price__last_second_of_its_age__valid_then_reverts(desk):
    desk.report(PRICE)
    desk.mine(2 * HOUR)
    assert desk.clearing_house.mark_price(1) == PRICE
    desk.mine(1)
    with ape.reverts("oracle: no valid price"):
        desk.clearing_house.mark_price(1)


def test_mark_price__pending__reverts(desk):
    desk.report(PRICE * 2)
    with ape.reverts("oracle: no valid price"):
        desk.clearing_house.mark_price(1)


@pytest.mark.parametrize("market_id", [0, 2, 65, 2**256 - 1])
def test_mark_price__no_market__reverts(desk, market_id):
    with ape.reverts("oracle: no valid price"):
        desk.clearing_house.mark_price(market_id)


def test_funding_index__between_touches__accrues_in_memory(desk, pair):
    house = desk.clearing_house
    start = house.market_state(1).touched
    assert house.funding_index(1) == 0
    now = desk.mine(900)
    assert house.funding_index(1) == index_after(now - start) > 0
    # A view stores nothing: the next one starts from the same touch.
    now = desk.mine(900)
    assert house.funding_index(1) == index_after(now - start)


def test_funding_index__view_and_transaction__say_the_same(desk, pair):
    desk.mine(1_234)
    said = desk.clearing_house.funding_index(1)
    desk.wait(0)
    desk.clearing_house.accrue_funding(1, sender=desk.owner)
    assert desk.clearing_house.market_state(1).index == said


def test_funding_index__stale__stands_still(desk, pair):
    desk.mine(GAP)
    assert desk.clearing_house.funding_index(1) == 0


def test_market_state__accrued_to_now(desk, pair):
    before = desk.clearing_house.market_state(1)
    now = desk.mine(1_800)
    state = desk.clearing_house.market_state(1)
    elapsed = now - before.touched
    assert tuple(state) == (
        desk.clearing_house.params_word(1),
        index_after(elapsed),
        WAD,
        PREMIUM * wad_exp(-(elapsed * WAD // (8 * HOUR))) // WAD,
        now,
        PRICE,
    )


@pytest.mark.parametrize("view", ["funding_index", "market_state", "open_interest"])
@pytest.mark.parametrize("market_id", [0, 2, 2**224 + 1, 2**256 - 1])
def test_market_views__not_listed__revert(desk, view, market_id):
    with ape.reverts("market: not listed"):
        getattr(desk.clearing_house, view)(market_id)


def test_open_interest__opened_passed_on_flipped_closed(desk, pair, maker):
    """Open interest is the sum of longs, whoever holds them."""
    long, short = pair
    third = desk.account(maker, 100_000)
    house = desk.clearing_house
    assert house.open_interest(1) == WAD
    # The long passes its position on: unchanged.
    desk.trade(third, long)
    assert house.open_interest(1) == WAD
    # The short flips to long 2 against the flat account: longs are third's 1 and its 2.
    desk.trade(short, long, 3 * WAD)
    assert house.open_interest(1) == 3 * WAD
    # Everybody closes.
    desk.trade(long, short, 2 * WAD)
    desk.trade(long, third)
    assert house.open_interest(1) == 0


def test_open_interest__stale__is_still_told(desk, pair):
    desk.mine(GAP)
    assert desk.clearing_house.open_interest(1) == WAD
