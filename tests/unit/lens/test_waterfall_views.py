"""bankruptcy_quote, shortfall, insurance_capacity and liquidatable_size, against fractions and what calls
do.
"""

import ape
import pytest

from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.unit.waterfall.exact import read_account
from tests.unit.waterfall.storage import set_cash, set_equity, set_index

SIDES = pytest.mark.parametrize("side", ["long", "short"])
INDEXES = pytest.mark.parametrize("index", [0, 1_234_567_891 * 10**12 + 7, -1_234_567_891 * 10**12 - 7])
SIZE = 1_234_567_890_123_456_789
GAP = 2 * 3_600 + 1


@pytest.fixture(scope="module", autouse=True)
def deep_list(desk, taker):
    return desk.account(taker, 1_000_000)


def opened(desk, trader, deep_list, side, index=0, deposit=1_000):
    """A market of its own with this index, and an odd size at 4,000 and 10x."""
    market = desk.list_market(PRICE, PLAIN)
    if index:
        set_index(desk, index, market)
    account = desk.account(trader, deposit)
    desk.trade(*((account, deep_list) if side == "long" else (deep_list, account)), SIZE, market_id=market)
    return account, market


@SIDES
@INDEXES
@pytest.mark.parametrize("equity", [700 * USD + 1, 1, 0, -1, -333 * USD - 7])
def test_bankruptcy_quote__solvent_and_bankrupt__whole_and_parts(desk, maker, deep_list, side, index, equity):
    account, market = opened(desk, maker, deep_list, side, index)
    price = 3_777_777_777 * WAD // 10**6 + 13
    desk.crash(price if side == "long" else 2 * PRICE - price, market)
    set_equity(desk, account, equity)
    before = read_account(desk, account, market)
    leg = before.legs[0]
    assert before.equity == equity
    for part in (SIZE, SIZE // 2, SIZE // 3 + 1, 1, SIZE - 1):
        assert desk.lens.bankruptcy_quote(account, market, part) == before.quote(leg, part)
    assert desk.lens.shortfall(account, market) == max(0, -equity)
    assert desk.lens.bankruptcy_quote(account, market, SIZE) * (1 if side == "long" else -1) > 0


def test_bankruptcy_quote__bankrupt_long__price_at_which_it_ends_at_zero(desk, maker, deep_list):
    """A base at 4,000 with 1,000 deposited: it is worth nothing at 3,189.99..., whatever the mark."""
    account, market = opened(desk, maker, deep_list, "long")
    cash = desk.cash(account)
    for price in (3_150, 2_900):
        desk.crash(price * WAD, market)
        assert desk.lens.bankruptcy_quote(account, market, SIZE) == -cash


@SIDES
def test_bankruptcy_quote__cross_account__each_leg_its_part(desk, maker, deep_list, side):
    """Two losing legs, and one winner whose part is nothing."""
    account, first = opened(desk, maker, deep_list, side, deposit=3_000)
    markets = [first, *(desk.list_market(PRICE, PLAIN) for _ in range(2))]
    for market in markets[1:]:
        desk.trade(*((account, deep_list) if side == "long" else (deep_list, account)), market_id=market)
    sign = -1 if side == "long" else 1
    for market, move in zip(markets, (900, 333, -100), strict=True):
        desk.crash(PRICE + sign * move * WAD, market)
    set_equity(desk, account, -123_456_789)
    before = read_account(desk, account, *markets)
    shares = [desk.lens.shortfall(account, market) for market in markets]
    assert shares == [before.shortfall(leg) for leg in before.legs]
    assert shares[2] == 0
    assert 123_456_789 <= sum(shares) <= 123_456_789 + 2
    for market, leg in zip(markets, before.legs, strict=True):
        for part in (abs(leg.size), abs(leg.size) // 7):
            assert desk.lens.bankruptcy_quote(account, market, part) == before.quote(leg, part)


def test_shortfall__debt_beyond_losses__rest_by_maintenance(desk, maker, deep_list):
    account, first = opened(desk, maker, deep_list, "long")
    second = desk.list_market(PRICE, PLAIN)
    desk.trade(account, deep_list, WAD // 5, market_id=second)
    desk.crash(3_900 * WAD, first)
    desk.crash(4_100 * WAD, second)
    set_equity(desk, account, -500 * USD)
    before = read_account(desk, account, first, second)
    assert before.losses < 500 * USD
    shares = [desk.lens.shortfall(account, market) for market in (first, second)]
    assert shares == [before.shortfall(leg) for leg in before.legs]
    assert shares[1] > 0


def test_shortfall__no_position_or_solvent__nothing(desk, maker, deep_list):
    account, market = opened(desk, maker, deep_list, "long")
    for where in ((account, market), (account, 1), (99, market), (account, 99), (2**32 + account, 0)):
        assert desk.lens.shortfall(*where) == 0


def test_bankruptcy_quote__no_position__reverts(desk, maker, deep_list):
    account, _ = opened(desk, maker, deep_list, "long")
    for where in ((account, 1), (99, 2), (account, 99), (0, 0)):
        with ape.reverts("position: none"):
            desk.lens.bankruptcy_quote(*where, 1)


@pytest.mark.parametrize("size", [0, SIZE + 1, 2**255, 2**256 - 1])
@SIDES
def test_bankruptcy_quote__bad_size__reverts(desk, maker, deep_list, side, size):
    account, market = opened(desk, maker, deep_list, side)
    with ape.reverts("position: too small"):
        desk.lens.bankruptcy_quote(account, market, size)


def test_waterfall_views__no_valid_price__revert(desk, maker, deep_list):
    account, market = opened(desk, maker, deep_list, "long")
    desk.mine(GAP)
    lens = desk.lens
    calls = ((lens.bankruptcy_quote, 1), (lens.shortfall,), (lens.liquidatable_size,))
    for call, *rest in calls:
        with ape.reverts("oracle: no valid price"):
            call(account, market, *rest)


def test_waterfall_views__another_leg_unpriced__in_its_favour(desk, maker, deep_list):
    """0.1 base last seen at 1,000 counts 50 more."""
    account, market = opened(desk, maker, deep_list, "long", deposit=600)
    dead = desk.list_market(1_000 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=60))
    desk.trade(account, deep_list, WAD // 10, 1_000 * WAD, 10, dead)
    desk.mine(61)
    desk.crash(3_450 * WAD, market)
    before = read_account(desk, account, market)
    # Worth 150 in the best case.
    owed = -(before.equity + 150 * USD)
    assert owed > 0
    assert desk.lens.shortfall(account, market) == owed
    assert desk.lens.liquidatable_size(account, market) == SIZE
    leg = before.legs[0]
    assert desk.lens.bankruptcy_quote(account, market, SIZE) == leg.moved(SIZE) + owed
    desk.crash(3_600 * WAD, market)
    assert desk.lens.shortfall(account, market) == 0
    assert desk.lens.liquidatable_size(account, market) == 0


@SIDES
@INDEXES
def test_liquidatable_size__thin__is_what_liquidate_closes(desk, maker, deep_list, delegate, side, index):
    account, market = opened(desk, maker, deep_list, side, index)
    rescuer = desk.account(delegate, 100_000)
    price = 3_250_123_456 * 10**12 + 9
    desk.crash(price if side == "long" else 2 * PRICE - price, market)
    mark = int(desk.clearing_house.mark_price(market))
    set_equity(desk, account, SIZE * mark // 10**30 // 202)
    before = read_account(desk, account, market)
    size = desk.lens.liquidatable_size(account, market)
    assert size == before.needed(before.legs[0])
    assert 0 < size < SIZE
    assert desk.liquidate(account, rescuer, market_id=market).return_value == size
    assert desk.lens.liquidatable_size(account, market) == 0


def test_liquidatable_size__healthy_or_bankrupt__nothing_or_all(desk, maker, deep_list):
    account, market = opened(desk, maker, deep_list, "long")
    lens = desk.lens
    assert [lens.liquidatable_size(*where) for where in ((account, market), (account, 1), (99, 1))] == [
        0,
        0,
        0,
    ]
    maintenance = desk.values(account)[2]
    for equity, size in ((maintenance, 0), (0, SIZE), (-1, SIZE)):
        set_equity(desk, account, equity)
        assert lens.liquidatable_size(account, market) == size
    set_equity(desk, account, maintenance - 1)
    assert 0 < lens.liquidatable_size(account, market) < SIZE


def test_insurance_capacity__vault_buckets_and_credit__the_least(desk, deep_list):
    capacity = desk.lens.insurance_capacity
    assert [capacity(i) for i in (0, 1, 2, 64)] == [0] * 4
    desk.insure(500 * USD, {0: 300 * USD, 1: 200 * USD, 2: 400 * USD})
    assert [capacity(i) for i in (0, 1, 2, 3)] == [300 * USD, 200 * USD, 300 * USD, 0]
    desk.vault.set_bucket(0, 900 * USD, sender=desk.owner)
    desk.mine(86_400)
    assert capacity(2) == 400 * USD
    desk.vault.set_bucket(2, 900 * USD, sender=desk.owner)
    desk.mine(86_400)
    assert capacity(2) == 500 * USD


def test_insurance_capacity__credit__counts(desk, maker, deep_list):
    desk.governance.set_vault_fee_share(WAD, sender=desk.owner)
    market = desk.list_market(params=PLAIN.but(taker_fee=WAD // 1_000))
    desk.insure(0)
    desk.trade(desk.account(maker, 1_000), deep_list, market_id=market)
    assert desk.lens.insurance_capacity(market) == 4 * USD
    desk.vault.collect(sender=desk.owner)
    assert desk.lens.insurance_capacity(market) == 4 * USD


def test_shortfall__unknown_cash__set_by_hand_reads_back(desk, maker, deep_list):
    """`set_cash` itself: sign and neighbours of the field."""
    account, _market = opened(desk, maker, deep_list, "long")
    word = desk.clearing_house.account_word(account)
    for cash in (1, -1, -(2**127), 2**127 - 1):
        set_cash(desk, account, cash)
        assert desk.cash(account) == cash
        assert desk.clearing_house.account_word(account) >> 128 == word >> 128
