"""set_leverage."""

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.events import emitted
from tests.helpers.parameters import PLAIN, SourceConfig

FOREVER = 2**64
GAP = 3 * 3_600
# Position word: parked is the top bit.
PARKED = 1 << 255


@pytest.fixture
def pair(desk, maker, taker):
    """Accounts 1 (long) and 2 (short) with 1,000 each and 1 base at 4,000 and 10x: 400 of margin."""
    long, short = desk.account(maker, 1_000), desk.account(taker, 1_000)
    desk.trade(long, short)
    return long, short


def test_set_leverage__raised__moves_to_the_other_list(desk, pair, maker):
    long, _ = pair
    desk.clearing_house.set_leverage(long, 1, 100, 0, sender=maker)
    slot = desk.slot(long)
    assert (slot.size, slot.entry_price, slot.leverage, slot.prev, slot.next) == (WAD, PRICE, 100, 0, 0)
    # tier 4 (10x) is empty, tier 7 (100x) has the account at its head.
    assert desk.clearing_house.heads_slot(1, True) == long << 32 * 7
    assert desk.values(long) == (1_000 * USD, 40 * USD, 20 * USD, 960 * USD)


def test_set_leverage__lowered__locks_more(desk, pair, taker):
    _, short = pair
    desk.clearing_house.set_leverage(short, 1, 5, 0, sender=taker)
    assert desk.clearing_house.heads_slot(1, False) == short << 32 * 3
    assert desk.values(short) == (1_000 * USD, 800 * USD, 20 * USD, 200 * USD)


def test_set_leverage__any__emits_exactly_this(desk, pair, maker):
    long, _ = pair
    receipt = desk.clearing_house.set_leverage(long, 1, 20, 0, sender=maker)
    assert emitted(receipt, desk.clearing_house) == [
        (
            "PositionChanged",
            {
                "account_id": long,
                "market_id": 1,
                "size": WAD,
                "entry_price": PRICE,
                "leverage": 20,
                "cash": -3_000 * USD,
                "price": PRICE,
                "reason": 2,
            },
        )
    ]


def test_set_leverage__live_delegate__may(desk, pair, maker, delegate):
    long, _ = pair
    desk.clearing_house.set_delegate(long, delegate, FOREVER, sender=maker)
    desk.clearing_house.set_leverage(long, 1, 20, 0, sender=delegate)
    assert desk.slot(long).leverage == 20


def test_set_leverage__revoked_delegate__reverts(desk, pair, maker, delegate):
    long, _ = pair
    desk.clearing_house.set_delegate(long, delegate, FOREVER, sender=maker)
    desk.clearing_house.set_delegate(long, delegate, 0, sender=maker)
    with ape.reverts("account: not authorized"):
        desk.clearing_house.set_leverage(long, 1, 20, 0, sender=delegate)


def test_set_leverage__stranger__reverts(desk, pair, stranger):
    word = desk.clearing_house.position_slot(1, pair[0])
    with ape.reverts("account: not authorized"):
        desk.clearing_house.set_leverage(pair[0], 1, 20, 0, sender=stranger)
    assert desk.clearing_house.position_slot(1, pair[0]) == word


@pytest.mark.parametrize("account_id", [0, 3, 2**32 + 1, 2**224 + 1])
def test_set_leverage__unknown_account__reverts(desk, pair, maker, account_id):
    """Ids above 32 bits would reach another account's slot."""
    with ape.reverts("account: not authorized"):
        desk.clearing_house.set_leverage(account_id, 1, 20, 0, sender=maker)


@pytest.mark.parametrize("market_id", [0, 2, 65, 2**256 - 1])
def test_set_leverage__no_position__reverts(desk, pair, maker, market_id):
    with ape.reverts("position: none"):
        desk.clearing_house.set_leverage(pair[0], market_id, 20, 0, sender=maker)


def test_set_leverage__market_id_that_wraps_to_the_slot__reverts(desk, pair, maker):
    """(2**224 + 1) << 32 is market 1's key: the position would be found, the market is not."""
    with ape.reverts("market: not listed"):
        desk.clearing_house.set_leverage(pair[0], 2**224 + 1, 20, 0, sender=maker)


@pytest.mark.parametrize("leverage", [0, 4, 7, 99, 101, 255, 256 + 10, 2**256 - 1])
def test_set_leverage__no_tier__reverts(desk, pair, maker, leverage):
    with ape.reverts("market: bad leverage"):
        desk.clearing_house.set_leverage(pair[0], 1, leverage, 0, sender=maker)


def test_set_leverage__above_the_markets_maximum__reverts(desk, maker, taker):
    market = desk.list_market(params=PLAIN.but(max_leverage=20))
    long, short = desk.account(maker, 1_000), desk.account(taker, 1_000)
    desk.trade(long, short, market_id=market)
    with ape.reverts("market: bad leverage"):
        desk.clearing_house.set_leverage(long, market, 50, 0, sender=maker)
    desk.clearing_house.set_leverage(long, market, 20, 0, sender=maker)


@pytest.mark.parametrize("shortfall", [0, 1])
def test_set_leverage__lowered_at_a_loss__needs_exactly_the_requirement(desk, maker, taker, shortfall):
    """At 3,900 and 5x the long needs 780 and has its deposit less 100."""
    long, short = desk.account(maker), desk.account(taker, 1_000)
    desk.endow(long, 880 * USD - shortfall)
    desk.trade(long, short)
    desk.report(3_900 * WAD)
    if shortfall:
        with ape.reverts("margin: insufficient"):
            desk.clearing_house.set_leverage(long, 1, 5, 0, sender=maker)
    else:
        desk.clearing_house.set_leverage(long, 1, 5, 0, sender=maker)
        assert desk.values(long) == (780 * USD, 780 * USD, 39 * USD // 2, 0)


@pytest.mark.parametrize("shortfall", [0, 1])
def test_set_leverage__lowered_in_profit__profit_does_not_count(desk, maker, taker, shortfall):
    """At 4,400 and 5x the long needs 880: from its deposit alone, though it is worth 400 more."""
    long, short = desk.account(maker), desk.account(taker, 1_000)
    desk.endow(long, 880 * USD - shortfall)
    desk.trade(long, short)
    desk.report(4_400 * WAD)
    if shortfall:
        with ape.reverts("margin: insufficient"):
            desk.clearing_house.set_leverage(long, 1, 5, 0, sender=maker)
    else:
        desk.clearing_house.set_leverage(long, 1, 5, 0, sender=maker)
        assert desk.values(long) == (1_280 * USD, 880 * USD, 22 * USD, 0)


def test_set_leverage__lowered_in_profit__rounds_the_profit_up(desk, maker, taker):
    """1 base + 1 wei at a profit of 400: 400_000_000.0000000004 units count as 400_000_001."""
    long, short = desk.account(maker), desk.account(taker, 1_000)
    # ceil((1e18 + 1) * 4400e18 / 1e30) = 4_400_000_001 of notional, / 5 rounded up.
    needed = 880_000_001
    # Worth 400_000_000 at the mark after paying floor(4_000_000_000.000000004) for it.
    desk.endow(long, needed)
    desk.trade(long, short, WAD + 1)
    desk.report(4_400 * WAD)
    with ape.reverts("margin: insufficient"):
        desk.clearing_house.set_leverage(long, 1, 5, 0, sender=maker)
    desk.endow(long, 1)
    desk.clearing_house.set_leverage(long, 1, 5, 0, sender=maker)


def test_set_leverage__lowered_with_a_profit_in_another_market__that_does_not_count_either(
    desk, maker, taker
):
    """1,239 deposited, 400 of profit in market 2: 5x in market 1 and 10x in market 2 need 800 + 440."""
    market = desk.list_market(params=PLAIN)
    long, short = desk.account(maker, 1_239), desk.account(taker, 10_000)
    desk.trade(long, short)
    desk.trade(long, short, market_id=market)
    desk.report(4_400 * WAD, market)
    assert desk.values(long)[0] == 1_639 * USD
    with ape.reverts("margin: insufficient"):
        desk.clearing_house.set_leverage(long, 1, 5, 0, sender=maker)
    desk.endow(long, USD)
    desk.clearing_house.set_leverage(long, 1, 5, 0, sender=maker)


@pytest.mark.parametrize("shortfall", [0, 1])
def test_set_leverage__raised__needs_exactly_the_new_requirement(desk, maker, taker, shortfall):
    """A long at 20x with 374 that fell by 300 has 74, which is what 50x needs at 3,700."""
    long, short = desk.account(maker), desk.account(taker, 2_000)
    desk.endow(long, 374 * USD - shortfall)
    desk.trade(long, short, leverage=20)
    desk.report(3_700 * WAD)
    if shortfall:
        with ape.reverts("margin: insufficient"):
            desk.clearing_house.set_leverage(long, 1, 50, 0, sender=maker)
    else:
        desk.clearing_house.set_leverage(long, 1, 50, 0, sender=maker)
        assert desk.values(long) == (74 * USD, 74 * USD, 37 * USD // 2, 0)


def test_set_leverage__raised__counts_profit(desk, maker, taker):
    """Raising gives nothing away that was not there: the requirement falls."""
    long, short = desk.account(maker, 400), desk.account(taker, 1_000)
    desk.trade(long, short)
    desk.report(4_400 * WAD)
    desk.clearing_house.set_leverage(long, 1, 20, 0, sender=maker)
    assert desk.values(long) == (800 * USD, 220 * USD, 22 * USD, 180 * USD)


def test_set_leverage__same_tier_without_margin__nothing_moves(desk, maker, taker):
    long, short = desk.account(maker, 400), desk.account(taker, 1_000)
    desk.trade(long, short)
    desk.report(3_700 * WAD)
    word = desk.clearing_house.position_slot(1, long)
    desk.clearing_house.set_leverage(long, 1, 10, 0, sender=maker)
    assert desk.clearing_house.position_slot(1, long) == word


def test_set_leverage__same_tier__keeps_its_place_among_equals(desk, pair, maker, taker):
    """Else asking for the same again would send it behind those who came later."""
    second = desk.account(maker, 1_000)
    desk.trade(second, pair[1])
    desk.clearing_house.set_leverage(pair[0], 1, 10, 0, sender=maker)
    assert desk.queue(True) == [pair[0], second]


def test_set_leverage__there_and_back__stands_behind_its_equals(desk, pair, maker):
    second = desk.account(maker, 1_000)
    desk.trade(second, pair[1])
    desk.clearing_house.set_leverage(pair[0], 1, 20, 0, sender=maker)
    desk.clearing_house.set_leverage(pair[0], 1, 10, 0, sender=maker)
    assert desk.queue(True) == [second, pair[0]]


def test_set_leverage__no_price__reverts(desk, pair, maker):
    desk.mine(GAP)
    with ape.reverts("oracle: no valid price"):
        desk.clearing_house.set_leverage(pair[0], 1, 100, 0, sender=maker)


def test_set_leverage__another_leg_unpriced__reverts(desk, pair, maker):
    market = desk.list_market(config=SourceConfig(desk.source.address, max_age=60))
    desk.trade(*pair, WAD // 10, market_id=market)
    desk.mine(120)
    for leverage in (100, 10):
        with ape.reverts("margin: unpriced leg"):
            desk.clearing_house.set_leverage(pair[0], 1, leverage, 0, sender=maker)


def test_set_leverage__parked__relinks_even_at_the_same_tier(desk, pair, maker):
    """Parked as deleveraging leaves it: out of its list, still counted. Slots 6 and 7 follow the ledger's."""
    long, _ = pair
    house = desk.clearing_house
    word = house.position_slot(1, long)
    anvil.poke(house, word, word | PARKED, key=1 << 32 | long)
    anvil.poke(house, house.heads_slot(1, True), 0, key=1 << 1 | 1)
    assert (house.is_parked(long, 1), desk.queue(True), house.position_count(1, True)) == (True, [], 1)

    house.set_leverage(long, 1, 10, 0, sender=maker)

    assert (house.is_parked(long, 1), desk.queue(True), house.position_count(1, True)) == (False, [long], 1)
    assert house.position_slot(1, long) == word


def test_set_leverage__reduce_only_market__may(desk, pair, maker, owner):
    """It increases no position; the guardian has no say over it."""
    desk.governance.set_reduce_only(1, True, sender=owner)
    desk.clearing_house.set_leverage(pair[0], 1, 20, 0, sender=maker)
    assert desk.slot(pair[0]).leverage == 20
