"""accounts and positions."""

import pytest

from tests.helpers import anvil
from tests.helpers.desk import USD, WAD
from tests.helpers.parameters import PLAIN

PARKED = 1 << 255


@pytest.fixture
def three(desk, maker, taker):
    """Account 1 long 1 base in market 1, account 2 short; account 3 flat, with epoch 1."""
    for trader, deposit in ((maker, 10_000), (taker, 5_000), (maker, 7)):
        desk.account(trader, deposit)
    desk.trade(1, 2)
    desk.exchange.cancel_all(3, sender=maker)
    return desk


def test_accounts__all__in_order(three, maker, taker):
    assert [tuple(a) for a in three.lens.accounts(1, 256)] == [
        (1, maker.address, 6_000 * USD, 0, 0, [1]),
        (2, taker.address, 9_000 * USD, 0, 0, [1]),
        (3, maker.address, 7 * USD, 1, 0, []),
    ]


def test_accounts__window__of_it(three):
    assert [a.account_id for a in three.lens.accounts(2, 1)] == [2]
    assert [a.account_id for a in three.lens.accounts(2, 2**256 - 1)] == [2, 3]
    assert list(three.lens.accounts(2, 0)) == []


def test_accounts__beyond_the_last__none(three):
    for first in (4, 2**32, 2**256 - 1):
        assert list(three.lens.accounts(first, 256)) == []


def test_accounts__from_zero__there_is_no_account_zero(three):
    assert [a.account_id for a in three.lens.accounts(0, 3)] == [1, 2]


def test_accounts__flag__its_time(three):
    """The flag is the waterfall's; the Lens reads what will stand there."""
    house = three.clearing_house
    word = house.account_word(3)
    anvil.poke(house, word, word | 1_234 << 216, key=3)
    assert [(a.epoch, a.flagged_at) for a in three.lens.accounts(3, 1)] == [(1, 1_234)]


def test_accounts__more_than_a_page__pages_of_256(three):
    house = three.clearing_house
    anvil.poke(house, 3, 600)
    pages = [[a.account_id for a in three.lens.accounts(first, 500)] for first in (1, 257, 513)]
    assert pages == [list(range(1, 257)), list(range(257, 513)), list(range(513, 601))]


def test_positions__open_ones__with_scores(three):
    """At 4,200: 10 * 200 / 4,000."""
    three.report(4_200 * WAD)
    assert [tuple(p) for p in three.lens.positions(1, 1, 256)] == [
        (1, WAD, 4_000 * WAD, 10, WAD // 2, False),
        (2, -WAD, 4_000 * WAD, 10, -WAD // 2, False),
    ]


def test_positions__window_and_other_market__only_those(three):
    market = three.list_market(params=PLAIN)
    bid = three.order(1, WAD // 400, leverage=5, market_id=market)
    three.fill(bid, three.opposite(bid, 3, epoch=1))
    positions = three.lens.positions
    assert [p.account_id for p in positions(1, 2, 256)] == [2]
    assert [p.account_id for p in positions(1, 1, 1)] == [1]
    assert [p.account_id for p in positions(market, 0, 256)] == [1, 3]
    assert list(positions(1, 1, 0)) == []
    assert list(positions(3, 1, 256)) == []


def test_positions__parked__is_still_listed(three):
    house = three.clearing_house
    word = house.position_slot(1, 2)
    anvil.poke(house, word, word | PARKED, key=1 << 32 | 2)
    assert [(p.account_id, p.parked, p.leverage) for p in three.lens.positions(1, 1, 9)] == [
        (1, False, 10),
        (2, True, 10),
    ]


def test_positions__stale_price__scores_at_the_last_one(three):
    three.report(4_200 * WAD)
    three.mine(3 * 3_600)
    assert [p.roe for p in three.lens.positions(1, 1, 9)] == [WAD // 2, -WAD // 2]


def test_positions__ids_that_cannot_be__none(three):
    """Above 32 bits an id would run into the next market's keys: (1 << 32) + 1 of market 0 is 1 of
    market 1."""
    assert list(three.lens.positions(0, 1 << 32, 9)) == []
    assert list(three.lens.positions(1, 2**256 - 9, 9)) == []
    assert list(three.lens.positions(1, 2**256 - 9, 10)) == []
