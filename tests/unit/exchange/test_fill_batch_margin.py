"""fill_batch: what is judged once, after the last maker, for all of them."""

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.events import named
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.helpers.reading import FLAT, holding, refused

PARAMS = PLAIN.but(open_interest_cap=20 * WAD, open_interest_lower=19 * WAD, open_interest_upper=20 * WAD)


@pytest.fixture(scope="module")
def rich(desk, stranger):
    """Accounts that can afford anything here."""
    return [desk.account(stranger, 100_000) for _ in range(3)]


def poor(desk, trader, dollars: int) -> int:
    return desk.account(trader, dollars)


@pytest.mark.parametrize("at", [0, 1, 3])
def test_fill_batch__margin_of_one_maker__reverts_all(desk, rich, maker, taker_account, at):
    broke = poor(desk, maker, 399)
    makers = [desk.order(account_id, WAD) for account_id in rich]
    makers.insert(at, desk.order(broke, WAD))
    with refused(desk, "margin: insufficient"):
        desk.fill_batch(makers, desk.order(taker_account, -4 * WAD, 0))
    desk.fund(broke, 10**6)
    desk.fill_batch(makers, desk.order(taker_account, -4 * WAD, 0))
    assert holding(desk, broke)[0] == WAD


def test_fill_batch__margin_of_the_taker__reverts_all(desk, rich, taker):
    broke = poor(desk, taker, 1_199)
    makers = [desk.order(account_id, WAD) for account_id in rich]
    with refused(desk, "margin: insufficient"):
        desk.fill_batch(makers, desk.order(broke, -3 * WAD, 0))
    desk.fund(broke, 10**6)
    desk.fill_batch(makers, desk.order(broke, -3 * WAD, 0))
    assert holding(desk, broke)[0] == -3 * WAD


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_fill_batch__signature_of_one_maker__reverts_all(desk, rich, taker_account, wrong, monkeypatch):
    makers = [desk.order(account_id, WAD) for account_id in rich]
    monkeypatch.setattr(
        desk, "sign", lambda order, sign=desk.sign: bytes(65) if order == makers[wrong] else sign(order)
    )
    with refused(desk, "order: bad signature"):
        desk.fill_batch(makers, desk.order(taker_account, -3 * WAD, 0))


def test_fill_batch__signature_of_the_taker__reverts_all(desk, rich, maker, taker_account, monkeypatch):
    makers = [desk.order(account_id, WAD) for account_id in rich]
    taking = desk.order(taker_account, -3 * WAD, 0)
    monkeypatch.setattr(
        desk,
        "sign",
        lambda order, sign=desk.sign: sign(order, maker) if order == taking else sign(order),
    )
    with refused(desk, "order: bad signature"):
        desk.fill_batch(makers, taking)


@pytest.mark.parametrize(
    ("price", "reason"),
    [(PRICE * 106 // 100, "fill: outside price band"), (0, "fill: price out of range")],
)
def test_fill_batch__price_of_one_maker__reverts_all(desk, rich, taker_account, price, reason):
    makers = [desk.order(account_id, WAD) for account_id in rich]
    makers[1] = desk.order(rich[1], WAD, price)
    with refused(desk, reason):
        desk.fill_batch(makers, desk.order(taker_account, -3 * WAD, 0))


def test_fill_batch__the_takers_own_account_among_the_makers__reverts_all(desk, rich, taker_account):
    makers = [desk.order(rich[0], WAD), desk.order(taker_account, WAD), desk.order(rich[1], WAD)]
    with refused(desk, "fill: same account"):
        desk.fill_batch(makers, desk.order(taker_account, -3 * WAD, 0))


def test_fill_batch__leverage_of_one_maker__reverts_all(desk, rich, taker_account):
    makers = [desk.order(rich[0], WAD), desk.order(rich[1], WAD, leverage=11)]
    with refused(desk, "market: bad leverage"):
        desk.fill_batch(makers, desk.order(taker_account, -2 * WAD, 0))


def test_fill_batch__maker_over_its_margin_in_between__is_judged_at_the_end(
    desk, maker, maker_account, taker_account
):
    """One and a half coins at 200 above the mark are too many; another one at 200 below pays for the loss."""
    account_id = poor(desk, maker, 800)
    dear, cheap = desk.order(account_id, 2 * WAD, 4_200 * WAD), desk.order(account_id, 2 * WAD, 3_800 * WAD)
    taking = desk.order(taker_account, -8 * WAD, 0)
    with refused(desk, "margin: insufficient"):
        desk.fill_batch([dear], taking, [WAD + WAD // 2])
    with refused(desk, "margin: insufficient"):
        desk.fill_batch([dear, cheap], taking, [WAD + 10**12, WAD])
    receipt = desk.fill_batch([dear, cheap], taking, [WAD, WAD])
    assert desk.values(account_id)[:2] == (800 * 10**6, 800 * 10**6)
    assert [c["account_id"] for c in named(receipt, "PositionChanged")] == [taker_account, account_id]


def test_fill_batch__leverage_too_low_in_between__is_judged_at_the_end(desk, rich, maker, taker_account):
    """The first order alone would need 4,000; the second moves all of it to a tier it can pay."""
    account_id = poor(desk, maker, 800)
    first, second = desk.order(account_id, WAD, leverage=1), desk.order(account_id, WAD, leverage=10)
    taking = desk.order(taker_account, -2 * WAD, 0)
    with refused(desk, "margin: insufficient"):
        desk.fill_batch([first], taking)
    with refused(desk, "margin: insufficient"):
        desk.fill_batch([second, first], taking)
    receipt = desk.fill_batch([first, second], taking)
    assert holding(desk, account_id) == (2 * WAD, PRICE, 10)
    assert [c["account_id"] for c in named(receipt, "PositionChanged")] == [taker_account, account_id]


def test_fill_batch__dust_in_between__only_the_result_has_a_minimum(desk, rich, maker, taker_account):
    account_id = poor(desk, maker, 500)
    dust = desk.order(account_id, 1)
    with refused(desk, "fill: below minimum"):
        desk.fill_batch([dust], desk.order(taker_account, -2 * WAD, 0))
    desk.fill_batch([dust, desk.order(account_id, WAD)], desk.order(taker_account, -2 * WAD, 0))
    assert holding(desk, account_id)[0] == WAD + 1


def test_fill_batch__taker_closed_and_reopened__ends_flipped_and_paid_for(desk, rich, taker_account):
    desk.trade(rich[0], taker_account, 2 * WAD)
    sellers = [desk.order(account_id, -WAD) for account_id in (rich[1], rich[2], rich[0])]
    desk.fill_batch(sellers, desk.order(taker_account, 3 * WAD, 2**256 - 1, leverage=20))
    assert holding(desk, taker_account) == (WAD, PRICE, 20)
    assert holding(desk, rich[0])[0] == WAD
    assert desk.clearing_house.open_interest(1) == 2 * WAD


def test_fill_batch__open_interest_cap__is_over_the_whole_batch(desk, rich, taker_account):
    makers = [desk.order(account_id, 7 * WAD, leverage=3) for account_id in rich]
    taking = desk.order(taker_account, -30 * WAD, 0, leverage=3)
    with refused(desk, "market: open interest cap"):
        desk.fill_batch(makers, taking, [7 * WAD, 7 * WAD, 6 * WAD + 1])
    desk.fill_batch(makers[:2], taking)
    with refused(desk, "market: open interest cap"):
        desk.fill_batch(makers[2:], taking, [6 * WAD + 1])
    assert desk.clearing_house.open_interest(1) == 14 * WAD


def test_fill_batch__interest_freed_first__can_be_used_by_the_rest(desk, rich, maker_account, taker_account):
    """Full market: the taker buys back from a long that leaves, then opens against a new short."""
    desk.trade(maker_account, taker_account, 20 * WAD, leverage=100)
    leaving = desk.order(maker_account, -20 * WAD)
    entering = desk.order(rich[0], -10 * WAD, leverage=1)
    taking = desk.order(taker_account, 30 * WAD, 2**256 - 1, leverage=1)
    desk.fill_batch([leaving, entering], taking)
    assert holding(desk, maker_account) == FLAT
    assert holding(desk, taker_account)[0] == desk.clearing_house.open_interest(1) == 10 * WAD


def test_fill_batch__unpriced_leg__one_fill_at_worse_than_the_mark_spoils_the_rest(
    desk, rich, maker_account, taker_account
):
    """A better price elsewhere in the batch does not make up for it."""
    desk.list_market(50 * WAD, PLAIN, SourceConfig(desk.source.address, max_age=600))
    desk.trade(taker_account, maker_account, WAD, 50 * WAD, market_id=2)
    desk.trade(taker_account, rich[0], 2 * WAD)
    desk.mine(601)
    better, worse = desk.order(rich[1], WAD, PRICE + WAD), desk.order(rich[2], WAD, PRICE - 1)
    taking = desk.order(taker_account, -2 * WAD, 0)
    with refused(desk, "margin: unpriced leg"):
        desk.fill_batch([better, worse], taking)
    desk.fill_batch([better, desk.order(rich[2], WAD, PRICE)], taking)
    assert holding(desk, taker_account) == FLAT
