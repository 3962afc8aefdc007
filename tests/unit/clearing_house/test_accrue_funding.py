"""accrue_funding."""

import ape
import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.events import emitted
from tests.helpers.model.arithmetic import wad_exp
from tests.helpers.parameters import SHALLOW

HOUR = 3_600
PARAMS = SHALLOW
# One base 1 % above the mark, of 4,000 over 12,000,000: trunc(1e9 * 4_000 / 12_000_000), 1e-11.
PREMIUM = 333_333


@pytest.fixture
def pair(desk, maker, taker):
    """A long that paid 4,040 and a short; the premium is 333,333."""
    long, short = desk.account(maker, 10_000), desk.account(taker, 10_000)
    desk.trade(long, short, price=4_040 * WAD)
    return long, short


def state(desk):
    state = desk.clearing_house.market_state(1)
    return state.index, state.premium


def charge(premium, seconds, tau=8 * HOUR, price=PRICE):
    """floor(premium * P * tau * (1 - exp(-t / tau)) / 8 h), premium in 1e-11."""
    decay = wad_exp(-(seconds * WAD // tau))
    return premium * price * tau * (WAD - decay) // (28_800 * 10**11 * WAD)


def test_accrue_funding__half_an_hour__charges_the_exact_integral(desk, pair, stranger):
    assert state(desk) == (0, PREMIUM)
    now = desk.wait(HOUR // 2)
    receipt = desk.clearing_house.accrue_funding(1, sender=stranger)

    # 1 - exp(-1/16) = 0.060586937...; 333,333e-11 * 4,000 * 0.0605869... = 0.000807825 a base in 8 h
    index = charge(PREMIUM, HOUR // 2)
    assert 807_825 * 10**9 < index < 807_826 * 10**9
    # 333,333 * exp(-1/16) = 313,137.37
    premium = 313_137
    assert emitted(receipt, desk.clearing_house) == [
        ("FundingAccrued", {"market_id": 1, "index": index, "premium": premium, "mark": PRICE})
    ]
    assert state(desk) == (index, premium)
    assert desk.clearing_house.market_state(1).touched == now


def test_accrue_funding__longs_pay_shorts(desk, pair):
    before = [desk.values(i)[0] for i in pair]
    desk.wait(HOUR)
    desk.clearing_house.accrue_funding(1, sender=desk.owner)
    # F is 0.0015666e18 a base: 1,566.6 units, the payer's value floored down and the receiver's too.
    index = charge(PREMIUM, HOUR)
    paid = index * WAD // 10**30
    assert paid == 1_566
    assert [desk.values(i)[0] for i in pair] == [before[0] - paid - 1, before[1] + paid]


def test_accrue_funding__negative_premium__shorts_pay_and_the_index_floors(desk, maker, taker):
    long, short = desk.account(maker, 10_000), desk.account(taker, 10_000)
    desk.trade(long, short, price=3_960 * WAD)
    desk.wait(HOUR // 2)
    desk.clearing_house.accrue_funding(1, sender=desk.owner)
    assert state(desk) == (charge(-PREMIUM, HOUR // 2), -313_137)
    assert charge(-PREMIUM, HOUR // 2) == -charge(PREMIUM, HOUR // 2) - 1


def test_accrue_funding__a_longer_gap__charges_one_hour_and_decays_fully(desk, pair):
    desk.wait(HOUR * 3 // 2)
    desk.clearing_house.accrue_funding(1, sender=desk.owner)
    # 333,333 * exp(-1.5/8) = 276,342.8
    assert state(desk) == (charge(PREMIUM, HOUR), 276_342)


def test_accrue_funding__twice_in_a_row__the_second_charges_its_second(desk, pair):
    desk.wait(60)
    desk.clearing_house.accrue_funding(1, sender=desk.owner)
    first = state(desk)
    desk.wait(1)
    desk.clearing_house.accrue_funding(1, sender=desk.owner)
    assert state(desk)[0] == first[0] + charge(first[1], 1)


def test_accrue_funding__no_premium__only_the_clock_moves(desk, stranger):
    now = desk.wait(100)
    receipt = desk.clearing_house.accrue_funding(1, sender=stranger)
    assert emitted(receipt, desk.clearing_house) == [
        ("FundingAccrued", {"market_id": 1, "index": 0, "premium": 0, "mark": PRICE})
    ]
    assert desk.clearing_house.market_state(1).touched == now


def test_accrue_funding__no_valid_price__reverts_and_the_clock_stands(desk, pair, stranger):
    before = tuple(desk.clearing_house.market_state(1))
    desk.mine(3 * HOUR)
    with ape.reverts("oracle: no valid price"):
        desk.clearing_house.accrue_funding(1, sender=stranger)
    after = tuple(desk.clearing_house.market_state(1))
    # Parameters, index, open interest, premium, touched; the mark is 0 for want of one.
    assert after[:5] == (before[0], 0, WAD, PREMIUM, before[4])
    assert after[5] == 0


def test_accrue_funding__price_without_a_market__reverts(desk, owner, stranger):
    desk.router.set_source(2, desk.router.source_config(1), sender=owner)
    desk.report(PRICE, 2)
    with ape.reverts("market: not listed"):
        desk.clearing_house.accrue_funding(2, sender=stranger)


def test_accrue_funding__no_market_at_all__reverts(desk, stranger):
    for market_id in (0, 3, 65, 2**256 - 1):
        with ape.reverts("market: not listed"):
            desk.clearing_house.accrue_funding(market_id, sender=stranger)
