"""fill and fill_batch: whose hint is whose, in a list that is longer than a walk may be."""

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.parameters import PLAIN
from tests.helpers.reading import holding, refused

PARAMS = PLAIN
# One more than the steps of a walk.
LONGS = 129
SMALL = WAD // 100
CHEAP = PRICE * 96 // 100
BAD = "queue: bad hint"


@pytest.fixture(scope="module")
def tail(desk, owner, stranger):
    """A list of longs at one entry price, where a newcomer stands behind all of them; its last account.

    They bought so far below the mark that none of them needed a deposit.
    """
    ids = [desk.account(stranger) for _ in range(LONGS)]
    short = desk.account(owner, 100_000)
    for start in range(0, LONGS, 8):
        makers = [order(desk, account_id, SMALL, CHEAP) for account_id in ids[start : start + 8]]
        hints = [ids[start - 1] if start else 0, *(m.account_id for m in makers[:-1]), 0]
        desk.fill_batch(makers, order(desk, short, -SMALL * len(makers), 0), hints=hints)
    assert desk.queue(True) == ids
    return ids[-1]


def order(desk, account_id: int, size: int, price: int = PRICE, **more):
    return desk.order(account_id, size, price, leverage=100, **more)


def test_fill__maker_hint__is_the_makers(desk, tail, maker_account, taker_account):
    bid = order(desk, maker_account, SMALL)
    ask = desk.opposite(bid, taker_account)
    for hints in ((0, 0), (0, tail)):
        with refused(desk, BAD):
            desk.fill(bid, ask, hints=hints)
    desk.fill(bid, ask, hints=(tail, 0))
    assert desk.queue(True)[-1] == maker_account


def test_fill__taker_hint__is_the_takers(desk, tail, maker_account, taker_account):
    ask = order(desk, maker_account, -SMALL)
    bid = desk.opposite(ask, taker_account)
    for hints in ((0, 0), (tail, 0)):
        with refused(desk, BAD):
            desk.fill(ask, bid, hints=hints)
    desk.fill(ask, bid, hints=(0, tail))
    assert desk.queue(True)[-1] == taker_account


@pytest.mark.parametrize("hints", [(0, 0, 1), (1, 0, 1), (0, 1, 1)])
def test_fill_batch__hint_of_a_maker__is_its_own(desk, tail, maker, maker_account, taker_account, hints):
    other = desk.account(maker, 1_000)
    bids = [order(desk, maker_account, SMALL), order(desk, other, SMALL)]
    asking = order(desk, taker_account, -2 * SMALL, 0)
    with refused(desk, BAD):
        desk.fill_batch(bids, asking, hints=[tail * hint for hint in hints])
    desk.fill_batch(bids, asking, hints=[tail, tail, 0])
    assert desk.queue(True)[-2:] == [maker_account, other]


@pytest.mark.parametrize("hints", [(0, 0, 0), (1, 1, 0)])
def test_fill_batch__last_hint__is_the_takers(desk, tail, maker, maker_account, taker_account, hints):
    asks = [order(desk, maker_account, -SMALL), order(desk, desk.account(maker, 1_000), -SMALL)]
    bidding = order(desk, taker_account, 2 * SMALL, 2**256 - 1)
    with refused(desk, BAD):
        desk.fill_batch(asks, bidding, hints=[tail * hint for hint in hints])
    desk.fill_batch(asks, bidding, hints=[0, 0, tail])
    assert desk.queue(True)[-1] == taker_account


def test_fill_batch__skipped_maker__does_not_shift_the_hints(desk, tail, maker, maker_account, taker_account):
    """The hint of the second maker stays its own when the first is left out."""
    bids = [order(desk, maker_account, SMALL, expires_at=0), order(desk, maker_account, SMALL)]
    asking = order(desk, taker_account, -2 * SMALL, 0)
    with refused(desk, BAD):
        desk.fill_batch(bids, asking, hints=[tail, 0, tail])
    desk.fill_batch(bids, asking, hints=[0, tail, 0])
    assert desk.queue(True)[-1] == maker_account


@pytest.mark.parametrize("hint", [2**32 - 1, 2**256 - 1, 10**6], ids=["last_id", "all_ones", "unknown"])
def test_fill__nonsense_as_a_hint__starts_at_the_head(desk, tail, maker_account, taker_account, hint):
    """Shorts have room: a hint that is nobody's costs steps and nothing else."""
    ask = order(desk, maker_account, -SMALL, PRICE)
    desk.fill(ask, order(desk, taker_account, SMALL, 2**256 - 1), hints=(hint, tail))
    assert holding(desk, maker_account)[0] == -SMALL
