"""withdraw, when realised profit is more than the collateral: the other side is bankrupt and not resolved."""

import ape
import pytest

from tests.helpers.desk import PRICE, USD, WAD


@pytest.fixture
def run(desk, maker, taker):
    """A short and a long of half a base, 400 each."""
    winner, loser = desk.account(maker, 400), desk.account(taker, 400)
    desk.trade(loser, winner, size=WAD // 2)
    return winner, loser


def test_withdraw__more_than_all_collateral__reverts(desk, run, maker, taker):
    """At 3,000 the winner realises 500 against its own second account: 900 of 820 are its cash."""
    winner, _ = run
    second = desk.account(maker, 20)
    for percent in (95, 90, 85, 80, 77, 75):
        desk.report(PRICE * percent // 100)
    desk.trade(winner, second, size=WAD // 2, price=3_000 * WAD, leverage=100)
    assert desk.cash(winner) > desk.clearing_house.collateral_ledger() == 820 * USD
    with ape.reverts("ledger: not enough collateral"):
        desk.clearing_house.withdraw(winner, desk.cash(winner), maker, sender=maker)
    desk.clearing_house.withdraw(winner, 820 * USD, maker, sender=maker)
    assert desk.clearing_house.collateral_ledger() == 0
