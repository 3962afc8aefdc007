"""liquidate with a collateral of 18 decimals."""

import pytest

from tests.helpers.desk import WAD
from tests.helpers.parameters import PLAIN
from tests.unit.waterfall.exact import read_account
from tests.unit.waterfall.sound import assert_sound, refused

DECIMALS = 18
PARAMS = PLAIN.but(min_notional=10 * WAD, funding_depth=12_000_000_000 * WAD)


@pytest.mark.parametrize(("side", "mark"), [("long", 3_618), ("short", 4_382)])
def test_liquidate__collateral_of_18_decimals__to_the_unit(desk, debtor, liquidator, winner, side, mark):
    account, rich = desk.account(debtor, 400), desk.account(winner, 100_000)
    rescuer = desk.account(liquidator, 10_000)
    desk.trade(*((account, rich) if side == "long" else (rich, account)))
    desk.crash(mark * WAD + 123_456_789)
    before = read_account(desk, account, params=PARAMS)
    leg = before.legs[0]
    closed = desk.liquidate(account, rescuer).return_value
    assert closed == before.needed(leg) < WAD
    penalty, reward = before.penalty(leg, closed)
    assert desk.cash(account) == before.cash + leg.moved(closed) - penalty
    assert desk.cash(rescuer) == 10_000 * WAD - leg.moved(closed) + reward
    assert desk.clearing_house.vault_credit() == penalty - reward
    assert_sound(desk)


def test_liquidate__bankrupt_with_18_decimals__the_vault_pays_to_the_unit(desk, debtor, liquidator, winner):
    account, rescuer = desk.account(debtor, 400), desk.account(liquidator, 10_000)
    desk.trade(account, desk.account(winner, 100_000))
    desk.crash(3_500 * WAD - 1)
    owed = 100 * WAD + 1
    assert desk.equity(account) == -owed
    desk.insure(owed - 1)
    with refused(desk, "liq: deleverage"):
        desk.liquidate(account, rescuer)
    desk.insure(1)
    desk.liquidate(account, rescuer)
    assert (desk.cash(account), desk.vault.collateral_ledger()) == (0, 0)
    assert_sound(desk)
