"""fill: with an unpriced leg an account may only reduce, and not at worse than the mark."""

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.events import named
from tests.helpers.parameters import FEES, SourceConfig
from tests.helpers.reading import fee, holding, refused

PARAMS = FEES
SIDES = pytest.mark.parametrize("side", ["maker", "taker"])
SIGNS = pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])


@pytest.fixture
def blind(desk, maker_account, taker_account):
    """The maker holds `sign` coins of market 1 and a leg in a market whose price has gone stale."""

    def blind(sign: int) -> int:
        second = desk.list_market(50 * WAD, FEES, SourceConfig(desk.source.address, max_age=600))
        desk.trade(maker_account, taker_account, WAD, 50 * WAD, market_id=second)
        taker_account_too = desk.account(desk.owner, 100_000)
        order = desk.order(maker_account, sign * WAD)
        desk.fill(order, desk.opposite(order, taker_account_too))
        desk.mine(601)
        return taker_account_too

    return blind


def match(desk, side, account_id, other, size, price):
    order = desk.order(account_id, size, price)
    counter = desk.opposite(order, other)
    return desk.fill(order, counter) if side == "maker" else desk.fill(counter, order)


@SIDES
@SIGNS
@pytest.mark.parametrize("part", [WAD, WAD // 3], ids=["close", "partial"])
def test_fill__unpriced_leg__reduces_at_the_mark_for_free(desk, maker_account, blind, side, sign, part):
    other = blind(sign)
    receipt = match(desk, side, maker_account, other, -sign * part, PRICE)
    assert named(receipt, "Fill")[0][f"{side}_fee"] == 0
    assert holding(desk, maker_account)[0] == sign * (WAD - part)


@SIDES
@SIGNS
def test_fill__unpriced_leg__one_unit_worse_than_the_mark_reverts(desk, maker_account, blind, side, sign):
    other = blind(sign)
    with refused(desk, "margin: unpriced leg"):
        match(desk, side, maker_account, other, -sign * WAD, PRICE - sign)


@SIDES
@SIGNS
@pytest.mark.parametrize("improvement", [1, 10**12, 10**18, 100 * 10**18])
def test_fill__unpriced_leg__pays_a_fee_out_of_the_improvement_only(
    desk, maker_account, blind, side, sign, improvement
):
    other = blind(sign)
    price = PRICE + sign * improvement
    receipt = match(desk, side, maker_account, other, -sign * WAD // 3, price)
    rate = FEES.maker_fee if side == "maker" else FEES.taker_fee
    part = WAD // 3 if sign < 0 else -(-WAD // 3)
    expected = min(fee(part, price, rate), part * improvement // 10**30)
    assert named(receipt, "Fill")[0][f"{side}_fee"] == expected


@SIDES
@SIGNS
@pytest.mark.parametrize("change", [1, -2], ids=["increase", "flip"])
def test_fill__unpriced_leg__more_risk_reverts_at_any_price(desk, maker_account, blind, side, sign, change):
    other = blind(sign)
    size = sign * change * WAD
    with refused(desk, "margin: unpriced leg"):
        match(desk, side, maker_account, other, size, PRICE - PRICE // 50 * (1 if size > 0 else -1))


def test_fill__unpriced_leg__opening_in_a_third_market_reverts(desk, maker_account, blind):
    other = blind(1)
    third = desk.list_market(PRICE, FEES)
    with refused(desk, "margin: unpriced leg"):
        desk.trade(maker_account, other, market_id=third)


def test_fill__market_of_the_fill_is_the_unpriced_one__reverts(desk, maker_account, taker_account, blind):
    blind(1)
    with refused(desk, "oracle: no valid price"):
        desk.trade(taker_account, maker_account, WAD, 50 * WAD, market_id=2)


def test_fill__counterparty_of_an_unpriced_account__trades_as_ever(desk, maker_account, blind):
    other = blind(1)
    desk.trade(other, maker_account, WAD, PRICE + PRICE // 100)
    assert holding(desk, other)[0] == 0


def test_fill__price_is_back__everything_is_allowed_again(desk, maker_account, blind):
    other = blind(1)
    desk.report(50 * WAD, 2)
    desk.trade(maker_account, other, WAD, PRICE + PRICE // 100)
    assert holding(desk, maker_account)[0] == 2 * WAD
