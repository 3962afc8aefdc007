"""liquidate: exactly these events, in this order."""

import pytest

from tests.helpers.desk import PRICE, USD, WAD


@pytest.fixture(scope="module", autouse=True)
def thin_pair(desk, debtor, liquidator, winner):
    long, rescuer = desk.account(debtor, 400), desk.account(liquidator, 10_000)
    desk.trade(long, desk.account(winner, 100_000))
    return long, rescuer


def changed(account, size, entry, leverage, cash, price, reason):
    return (
        "PositionChanged",
        {
            "account_id": account,
            "market_id": 1,
            "size": size,
            "entry_price": entry,
            "leverage": leverage,
            "cash": cash,
            "price": price,
            "reason": reason,
        },
    )


def liquidated(account, rescuer, size, price, penalty, reward, insurance):
    return (
        "Liquidated",
        {
            "account_id": account,
            "market_id": 1,
            "liquidator_account_id": rescuer,
            "size": size,
            "price": price,
            "penalty": penalty,
            "reward": reward,
            "insurance_paid": insurance,
        },
    )


def accrued(price):
    return ("FundingAccrued", {"market_id": 1, "index": 0, "premium": 0, "mark": price})


def test_liquidate__solvent__emits_exactly_this(desk, thin_pair):
    long, rescuer = thin_pair
    mark, part = 3_610 * WAD, WAD // 4
    desk.crash(mark)
    receipt = desk.liquidate(long, rescuer, part, 20)
    assert desk.events(receipt) == [
        changed(long, WAD - part, PRICE, 10, -3_600 * USD + 902_500_000 - 1_805_000, mark, 3),
        changed(rescuer, part, mark, 20, 10_000 * USD - 902_500_000 + 902_500, mark, 4),
        liquidated(long, rescuer, -part, mark, 1_805_000, 902_500, 0),
        accrued(mark),
    ]


def test_liquidate__bankrupt_and_flagged__emits_exactly_this(desk, thin_pair):
    long, rescuer = thin_pair
    desk.insure(1_000 * USD)
    mark = 3_500 * WAD
    desk.crash(mark)
    desk.flag(long)
    receipt = desk.liquidate(long, rescuer, WAD, 10)
    vault, house = desk.vault.address, desk.clearing_house.address
    assert desk.events(receipt) == [
        ("Covered", {"market_id": 1, "amount": 100 * USD, "from_credit": 0}),
        ("Transfer", {"sender": vault, "receiver": house, "value": 100 * USD}),
        ("FlagCleared", {"account_id": long}),
        changed(long, 0, 0, 0, 0, mark, 3),
        changed(rescuer, WAD, mark, 10, 6_500 * USD, mark, 4),
        liquidated(long, rescuer, -WAD, mark, 0, 0, 100 * USD),
        accrued(mark),
    ]


def test_liquidate__short_closed_by_a_long__sizes_are_signed(desk, debtor, liquidator, winner):
    short, rescuer = desk.account(debtor, 400), desk.account(liquidator, 10_000)
    rich = desk.account(winner, 100_000)
    desk.trade(rich, short)
    desk.trade(rescuer, rich, WAD // 4)
    mark = 4_400 * WAD
    desk.crash(mark)
    receipt = desk.liquidate(short, rescuer, WAD // 4)
    assert desk.events(receipt)[1:3] == [
        changed(rescuer, 0, 0, 0, 10_000 * USD + 100 * USD, mark, 4),
        liquidated(short, rescuer, WAD // 4, mark, 0, 0, 0),
    ]
