"""fill: what maker and taker are charged, and who gets it."""

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.events import named
from tests.helpers.model.arithmetic import ceil_div, maintenance_requirement, value
from tests.helpers.parameters import FEES
from tests.helpers.reading import SCALE, fee, fee_credits, refused

PARAMS = FEES
SIZE = 1_234_567_890_123_456_789
BID = 3_987_654_321_098_765_432_101
DEPOSIT = 100_000 * 10**6


def fees_of(receipt):
    (fill,) = named(receipt, "Fill")
    return fill["maker_fee"], fill["taker_fee"]


def books(desk) -> int:
    return desk.clearing_house.total_cash() + sum(fee_credits(desk))


@pytest.mark.parametrize("sign", [1, -1], ids=["maker_buys", "maker_sells"])
def test_fill__opening__charges_each_its_rate_rounded_up(desk, maker_account, taker_account, sign):
    order = desk.order(maker_account, sign * SIZE, BID)
    receipt = desk.fill(order, desk.opposite(order, taker_account))
    expected = fee(SIZE, BID, FEES.maker_fee), fee(SIZE, BID, FEES.taker_fee)
    assert fees_of(receipt) == expected == (984_606, 2_461_515)
    moved = value(SIZE, BID, 0, SCALE)
    assert desk.cash(maker_account) == DEPOSIT - sign * moved - expected[0]
    assert desk.cash(taker_account) == DEPOSIT + sign * moved - expected[1]
    assert sum(fee_credits(desk)) == sum(expected)


def test_fill__smallest_increase__costs_one_unit_each(desk, maker_account, taker_account):
    desk.trade(maker_account, taker_account)
    receipt = desk.trade(maker_account, taker_account, size=1)
    assert fees_of(receipt) == (1, 1)


@pytest.mark.parametrize("share", [0, 1, 333_333, 500_000, 999_999, 1_000_000])
def test_fill__vault_share__splits_the_fees_to_the_unit(desk, maker_account, taker_account, owner, share):
    desk.governance.set_vault_fee_share(share * 10**12, sender=owner)
    order = desk.order(maker_account, SIZE, BID)
    parts = fees_of(desk.fill(order, desk.opposite(order, taker_account)))
    vault = ceil_div(sum(parts) * share, 10**6)
    assert fee_credits(desk) == (vault, sum(parts) - vault)
    assert books(desk) == desk.clearing_house.collateral_ledger()


def test_fill__vault_share__is_rounded_up_once_a_call(desk, maker_account, taker_account, owner):
    """Two fees of one unit: the vault's third of both is a unit, not one of each."""
    desk.trade(maker_account, taker_account)
    desk.governance.set_vault_fee_share(333_333 * 10**12, sender=owner)
    vault, treasury = fee_credits(desk)
    assert fees_of(desk.trade(maker_account, taker_account, size=1)) == (1, 1)
    assert fee_credits(desk) == (vault + 1, treasury + 1)


def test_fill__share_changed__applies_from_then_on(desk, maker_account, taker_account, owner):
    first = sum(fees_of(desk.trade(maker_account, taker_account)))
    assert fee_credits(desk) == (0, first)
    desk.governance.set_vault_fee_share(WAD, sender=owner)
    second = sum(fees_of(desk.trade(maker_account, taker_account)))
    assert fee_credits(desk) == (second, first)


@pytest.mark.parametrize("part", [SIZE, SIZE // 3], ids=["close", "partial"])
def test_fill__reduction_of_a_rich_account__costs_the_whole_fee(desk, maker_account, taker_account, part):
    desk.trade(maker_account, taker_account, SIZE)
    receipt = desk.trade(taker_account, maker_account, part)
    assert fees_of(receipt) == (fee(part, PRICE, FEES.maker_fee), fee(part, PRICE, FEES.taker_fee))


def thin(desk, trader, other: int, equity: int) -> int:
    """An account long one coin from 4,000 at 100x, marked down to 3,960 until its equity is this."""
    account_id = desk.account(trader)
    opening = fee(WAD, PRICE, FEES.taker_fee)
    desk.fund(account_id, 40 * 10**6 + opening + equity)
    ask = desk.order(other, -WAD, PRICE)
    desk.fill(ask, desk.opposite(ask, account_id, leverage=100))
    desk.report(3_960 * WAD)
    assert desk.values(account_id)[0] == equity
    return account_id


FULL = fee(WAD, 3_960 * WAD, FEES.taker_fee)


@pytest.mark.parametrize("equity", [0, 1, 1_000_000, FULL - 1, FULL, FULL + 1])
def test_fill__close_of_a_thin_account__costs_at_most_its_equity(desk, taker, maker_account, equity):
    account_id = thin(desk, taker, maker_account, equity)
    bid = desk.order(maker_account, WAD, 3_960 * WAD)
    receipt = desk.fill(bid, desk.opposite(bid, account_id))
    assert fees_of(receipt) == (fee(WAD, 3_960 * WAD, FEES.maker_fee), min(equity, FULL))
    assert desk.cash(account_id) == equity - min(equity, FULL)


def test_fill__close_of_a_thin_maker__is_capped_the_same_way(desk, taker, maker_account):
    account_id = thin(desk, taker, maker_account, 5)
    ask = desk.order(account_id, -WAD, 3_960 * WAD)
    receipt = desk.fill(ask, desk.opposite(ask, maker_account))
    assert fees_of(receipt) == (5, fee(WAD, 3_960 * WAD, FEES.taker_fee))
    assert desk.cash(account_id) == 0


@pytest.mark.parametrize("part", [WAD // 3, WAD // 2 + 1, WAD * 9 // 10])
def test_fill__part_of_a_thin_account__costs_at_most_its_share_less_a_unit(desk, taker, maker_account, part):
    equity, mark = 1_000_000, 3_960 * WAD
    account_id = thin(desk, taker, maker_account, equity)
    whole = maintenance_requirement(WAD, mark, 5_000, SCALE)
    rest = maintenance_requirement(WAD - part, mark, 5_000, SCALE)
    share = equity * (whole - rest) // whole
    bid = desk.order(maker_account, part, mark)
    receipt = desk.fill(bid, desk.opposite(bid, account_id))
    assert share - 1 < fee(part, mark, FEES.taker_fee), "the example must be capped"
    assert fees_of(receipt)[1] == share - 1
    after, _, maintenance, _ = desk.values(account_id)
    assert after * whole >= equity * maintenance, "a reduction never makes the account riskier"


def test_fill__part_without_any_equity__is_free(desk, taker, maker_account):
    account_id = thin(desk, taker, maker_account, 0)
    bid = desk.order(maker_account, WAD // 2, 3_960 * WAD)
    assert fees_of(desk.fill(bid, desk.opposite(bid, account_id)))[1] == 0


def test_fill__flip_of_a_thin_account__costs_the_whole_fee(desk, taker, maker_account):
    """Only a reduction is capped: what flips pays for all of it, or is refused."""
    account_id = thin(desk, taker, maker_account, 60 * 10**6)
    bid = desk.order(maker_account, 3 * WAD // 2, 3_960 * WAD)
    receipt = desk.fill(bid, desk.opposite(bid, account_id, leverage=100))
    assert fees_of(receipt)[1] == fee(3 * WAD // 2, 3_960 * WAD, FEES.taker_fee)


def test_fill__account_under_water__cannot_close_at_the_mark(desk, taker, maker_account):
    account_id = thin(desk, taker, maker_account, 0)
    desk.report(3_959 * WAD)
    bid = desk.order(maker_account, WAD, 3_959 * WAD)
    with refused(desk, "margin: insufficient"):
        desk.fill(bid, desk.opposite(bid, account_id))


@pytest.mark.parametrize("trades", [1, 5])
def test_fill__any_number_of_fills__books_balance(desk, maker_account, taker_account, owner, trades):
    desk.governance.set_vault_fee_share(123_457 * 10**12, sender=owner)
    for i in range(trades):
        desk.trade(maker_account, taker_account, SIZE // (i + 1), BID - i)
        desk.trade(taker_account, maker_account, SIZE // (i + 2), BID + i)
    assert books(desk) == desk.clearing_house.collateral_ledger() == 2 * DEPOSIT
    assert desk.cash(maker_account) + desk.cash(taker_account) == desk.clearing_house.total_cash()
