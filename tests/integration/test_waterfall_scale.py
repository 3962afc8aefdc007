"""How much one transaction can deleverage, and positions that need several."""

from dataclasses import astuple

import pytest

from tests.helpers.books import assert_books
from tests.helpers.crash import closed, deleverage, deleverage_next, fall, told
from tests.helpers.desk import PRICE, USD
from tests.helpers.events import named
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.integration.crowd import PART, Crowd

# EIP-7825.
LIMIT = 16_777_216
# What each gives up at 3,900: 10 of profit, less 5 of haircut.
LEFT = 1_005 * USD


@pytest.fixture
def crowd(desk):
    def crowd(count, markets):
        while desk.governance.market_count() < markets:
            desk.list_market(PRICE, PLAIN)
        crowd = Crowd(desk, count, markets)
        fall(desk)
        assert desk.values(crowd.victim)[0] == -5 * USD * count
        return crowd

    return crowd


def test_256_counterparties_in_one_market(desk, crowd):
    """The keeper's list of 256 and the chain's own pick: a fifth of a transaction's gas."""
    everybody = crowd(256, 1)
    assert desk.queue(False) == everybody.ids
    receipt = deleverage(desk, everybody.victim, everybody.ids, gas=LIMIT)
    assert closed(desk, receipt) == 256 * PART
    assert receipt.gas_used < LIMIT // 3
    assert {desk.cash(account) for account in everybody.ids} == {LEFT}
    assert desk.cash(everybody.victim) == 0
    assert desk.clearing_house.position_count(1, False) == 0
    assert_books(desk)
    print("GAS 256x1", receipt.gas_used)


@pytest.mark.parametrize("verified", [True, False])
def test_256_counterparties_in_eight_markets_each(desk, crowd, verified):
    """Every one of 1,792 further legs is valued: it still fits, with room."""
    everybody = crowd(256, 8)
    if verified:
        receipt = deleverage(desk, everybody.victim, everybody.ids, gas=LIMIT)
    else:
        receipt = deleverage_next(desk, everybody.victim, 256, gas=LIMIT)
    assert closed(desk, receipt) == 256 * PART
    assert receipt.gas_used < LIMIT * 3 // 4
    assert {desk.values(account)[0] for account in everybody.ids} == {LEFT}
    assert desk.cash(everybody.victim) == 0
    assert_books(desk)
    print("GAS 256x8", verified, receipt.gas_used)


def test_larger_than_256_counterparties__over_several_calls(desk, crowd):
    """600 of them: 256, 256 and 88, all at the same price, and nothing is left."""
    everybody = crowd(600, 1)
    parts = [closed(desk, deleverage_next(desk, everybody.victim, 2**256 - 1, gas=LIMIT)) for _ in range(3)]
    assert parts == [256 * PART, 256 * PART, 88 * PART]
    assert {desk.cash(account) for account in everybody.ids} == {LEFT}
    assert (desk.cash(everybody.victim), desk.slot(everybody.victim).size) == (0, 0)
    assert (desk.clearing_house.open_interest(1), desk.clearing_house.position_count(1, False)) == (0, 0)
    assert_books(desk)


def test_256_passed_over(desk, crowd):
    """A wall of 256 thin accounts is out of the way with one call."""
    everybody = crowd(300, 1)
    house = desk.clearing_house
    for account in everybody.ids[:256]:
        # 1,000 and 10 less: a unit short of the haircut.
        everybody._account(account, 5 * USD - 1 + PART * 3_900 // 10**12, [1])
    receipt = deleverage_next(desk, everybody.victim, 256, gas=LIMIT)
    assert closed(desk, receipt) == 0
    assert len(told(desk, receipt, "PassedOver")) == 256
    assert house.position_count(1, False) == 300
    assert closed(desk, deleverage_next(desk, everybody.victim, 256, gas=LIMIT)) == 44 * PART
    assert desk.queue(False) == []


@pytest.mark.parametrize("mode", [2, 16], ids=["reverts", "burns_gas"])
def test_polled_sources_that_misbehave(desk, project, owner, crowd, mode):
    """Seven markets whose sources revert or burn what they are given: each is asked once a call, not once
    a leg."""
    source = owner.deploy(project.PolledSource)
    now = desk.mine(1)
    for market_id in range(2, 9):
        source.set_price(market_id, PRICE, now, sender=owner)
        desk.router.set_source(market_id, astuple(SourceConfig(source.address, polled=True)), sender=owner)
        desk.router.sync([market_id], sender=owner)
        desk.governance.list_market(astuple(PLAIN), sender=owner)
    everybody = crowd(32, 8)
    source.set_mode(mode, sender=owner)
    receipt = deleverage_next(desk, everybody.victim, 32, gas=LIMIT)
    assert closed(desk, receipt) == 32 * PART
    assert receipt.gas_used < 4_000_000
    assert len(named(receipt, "PriceAccepted")) == 0
    print("GAS polled", mode, receipt.gas_used)
