"""adl_queue, ranked_positions and find_hint."""

import ape
import pytest

from scripts.sandbox.slots import PositionSlot
from tests.helpers import anvil
from tests.helpers.desk import PRICE, WAD

GAP = 3 * 3_600
MASK_32 = 2**32 - 1


def ids(hint):
    """A hint's accounts, the nearest first."""
    return [hint >> 32 * i & MASK_32 for i in range(8) if hint >> 32 * i]


@pytest.fixture
def short(desk, taker):
    return desk.account(taker, 900_000)


@pytest.fixture
def opened(desk, maker, short):
    """Long 1 base at a price (of 4,000) and leverage; account ids 2, 3, ..."""

    def opened(*wishes):
        accounts = []
        for price, leverage in wishes:
            account = desk.account(maker, 10_000)
            desk.trade(account, short, WAD, price * WAD, leverage)
            accounts.append(account)
        return accounts

    return opened


@pytest.fixture
def long_list(desk, opened):
    """600 longs at 10x, written into storage: account 2 at 3,801, 3 at 3,802, ..., 601 at 4,400."""
    opened((3_801, 10))
    house = desk.clearing_house
    slots = anvil.variable(house, house.position_slot(1, 2), key=1 << 32 | 2)
    for account in range(2, 602):
        entry = (3_799 + account) * WAD
        links = (account - 1 if account > 2 else 0, account + 1 if account < 601 else 0)
        word = PositionSlot(WAD, entry, *links, 4, False).encode()
        anvil.write(house, anvil.entry_slot(slots, 1 << 32 | account), word)
    return desk


def test_adl_queue__empty__is_empty(desk):
    assert list(desk.lens.adl_queue(1, True, 0, 10)) == []


def test_adl_queue__one_tier__best_return_first(desk, opened):
    """Account 2 at 4,010, 3 at 3,990, 4 at 4,000."""
    opened((4_010, 10), (3_990, 10), (4_000, 10))
    assert desk.queue(True) == [3, 4, 2]
    assert desk.queue(False) == [1]


def test_adl_queue__shorts__best_return_first(desk, maker, taker):
    long = desk.account(maker, 100_000)
    for price in (4_000, 4_010, 3_990):
        desk.trade(long, desk.account(taker, 10_000), WAD, price * WAD)
    assert desk.queue(False) == [3, 2, 4]


def test_adl_queue__tiers__merged_by_leverage_times_return(desk, opened):
    """At 4,200: 50 * 200/4,000 = 2.5, 20 * 400/3,800 = 2.1, 10 * 350/3,850 = 0.9, 50 * 100/4,100 = 1.2."""
    opened((3_850, 10), (3_800, 20), (4_100, 50), (4_000, 50))
    desk.report(4_200 * WAD)
    assert desk.queue(True) == [5, 3, 4, 2]


def test_adl_queue__losers__the_lower_leverage_first(desk, opened):
    opened((4_000, 50), (4_000, 2), (4_000, 10))
    desk.report(3_990 * WAD)
    assert desk.queue(True) == [3, 4, 2]


def test_adl_queue__equal_return__the_lower_tier_then_the_first_come(desk, opened):
    """Everybody at 0 %."""
    opened((4_000, 20), (4_000, 10), (4_000, 20), (4_000, 10))
    assert desk.queue(True) == [3, 5, 2, 4]


def test_adl_queue__skip_and_count__a_window(desk, opened):
    opened((4_010, 10), (3_990, 20), (4_000, 10))
    everyone = desk.queue(True)
    assert everyone == [3, 4, 2]
    adl_queue = desk.lens.adl_queue
    assert list(adl_queue(1, True, 0, 2)) == [3, 4]
    assert list(adl_queue(1, True, 1, 1)) == [4]
    assert list(adl_queue(1, True, 2, 5)) == [2]
    assert list(adl_queue(1, True, 0, 0)) == []
    for skip in (3, 2**256 - 1):
        assert list(adl_queue(1, True, skip, 256)) == []
    assert list(adl_queue(1, True, 0, 2**256 - 1)) == everyone


def test_adl_queue__no_valid_price__reverts(desk, opened):
    opened((4_000, 10))
    desk.mine(GAP)
    with ape.reverts("oracle: no valid price"):
        desk.lens.adl_queue(1, True, 0, 10)


def test_adl_queue__more_than_a_page__pages_of_256(long_list):
    """The cheapest entry is the best long."""
    adl_queue = long_list.lens.adl_queue
    assert list(adl_queue(1, True, 0, 2**256 - 1)) == list(range(2, 258))
    assert list(adl_queue(1, True, 256, 256)) == list(range(258, 514))
    assert list(adl_queue(1, True, 512, 256)) == list(range(514, 602))


def test_ranked_positions__with_sizes_and_scores(desk, opened):
    opened((4_000, 10), (3_800, 20))
    desk.report(4_180 * WAD)
    # 20 * 380 / 3,800 = 2, 10 * 180 / 4,000 = 0.45
    assert [tuple(p) for p in desk.lens.ranked_positions(1, True, 0, 10)] == [
        (3, WAD, 3_800 * WAD, 20, 2 * WAD, False),
        (2, WAD, 4_000 * WAD, 10, 45 * WAD // 100, False),
    ]
    # entry floor((4,000 + 3,800) / 2) at 20x: 20 * (3,900 - 4,180) / 3,900 = -1.435897435897435897...
    assert [tuple(p) for p in desk.lens.ranked_positions(1, False, 0, 10)] == [
        (1, -2 * WAD, 3_900 * WAD, 20, -1_435_897_435_897_435_898, False)
    ]
    assert [p.account_id for p in desk.lens.ranked_positions(1, True, 1, 10)] == [2]


def test_find_hint__empty_list_or_new_head__zero(desk, opened):
    find_hint = desk.lens.find_hint
    assert find_hint(1, True, 10, PRICE) == 0
    opened((4_000, 10))
    assert find_hint(1, True, 10, PRICE - 1) == 0
    assert find_hint(1, True, 20, PRICE + 1) == 0
    assert find_hint(1, False, 20, PRICE + 1) == 0


def test_find_hint__equal_entry__behind_it(desk, opened):
    opened((4_000, 10), (4_000, 10))
    assert ids(desk.lens.find_hint(1, True, 10, PRICE)) == [3, 2]


def test_find_hint__shorts__the_other_way_round(desk, maker, taker):
    long = desk.account(maker, 100_000)
    for price in (4_000, 4_010, 3_990):
        desk.trade(long, desk.account(taker, 10_000), WAD, price * WAD)
    # Descending: 3 at 4,010, 2 at 4,000, 4 at 3,990.
    find_hint = desk.lens.find_hint
    assert [ids(find_hint(1, False, 10, p * WAD)) for p in (4_011, 4_005, 4_000, 3_990)] == [
        [],
        [3],
        [2, 3],
        [4, 2, 3],
    ]


def test_find_hint__eight_nearest__older_ones_drop_out(desk, opened):
    """Ten longs at 4,001 to 4,010 are accounts 2 to 11."""
    opened(*[(4_001 + i, 10) for i in range(10)])
    assert ids(desk.lens.find_hint(1, True, 10, 4_050 * WAD)) == [11, 10, 9, 8, 7, 6, 5, 4]
    assert ids(desk.lens.find_hint(1, True, 10, 4_003 * WAD)) == [4, 3, 2]


def test_find_hint__deep_in_a_long_list__crosses_pages(long_list):
    """Behind account 400 at 4,199."""
    hint = long_list.lens.find_hint(1, True, 10, 4_199 * WAD + 1)
    assert ids(hint) == list(range(400, 392, -1))
    # The last node of the first page of 256, and the first of the second.
    assert ids(long_list.lens.find_hint(1, True, 10, 4_056 * WAD))[0] == 257
    assert ids(long_list.lens.find_hint(1, True, 10, 4_057 * WAD))[0] == 258
    assert ids(long_list.lens.find_hint(1, True, 10, 2**256 - 1))[0] == 601


@pytest.mark.parametrize("leverage", [0, 4, 101, 2**256 - 1])
def test_find_hint__no_tier__reverts(desk, leverage):
    with ape.reverts("market: bad leverage"):
        desk.lens.find_hint(1, True, leverage, PRICE)


def test_find_hint__stale_price__needs_none(desk, opened):
    opened((4_000, 10))
    desk.mine(GAP)
    assert ids(desk.lens.find_hint(1, True, 10, PRICE)) == [2]
