"""How much one transaction can deleverage, and positions that need several."""

from dataclasses import astuple

import pytest
from ape.exceptions import ProviderError

from tests.helpers.books import assert_books
from tests.helpers.crash import closed, deleverage, deleverage_next, fall, told
from tests.helpers.desk import PRICE, USD
from tests.helpers.events import named
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.helpers.reading import rpc
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


def test_300_counterparties__over_two_calls(desk, crowd):
    """The keeper's list of 256 for a quarter of a transaction's gas, then the chain's own pick of the rest.

    All at the same price, and nothing is left.
    """
    everybody = crowd(300, 1)
    top = desk.queue(False)
    assert top == everybody.ids[:256]
    receipt = deleverage(desk, everybody.victim, top, gas=LIMIT)
    assert closed(desk, receipt) == 256 * PART
    assert receipt.gas_used < LIMIT // 4
    assert_books(desk)
    receipt = deleverage_next(desk, everybody.victim, 2**256 - 1, gas=LIMIT)
    assert closed(desk, receipt) == 44 * PART
    assert {desk.cash(account) for account in everybody.ids} == {LEFT}
    assert (desk.cash(everybody.victim), desk.slot(everybody.victim).size) == (0, 0)
    assert (desk.clearing_house.open_interest(1), desk.clearing_house.position_count(1, False)) == (0, 0)
    assert_books(desk)


def test_256_counterparties_in_eight_markets_each(desk, crowd):
    """Every one of 1,792 further legs is valued: it fits, with a quarter of the gas to spare.

    Only simulated: Anvil keeps every step of a transaction, which is gigabytes for this one.
    """
    everybody = crowd(256, 8)
    house = desk.clearing_house
    for data in (
        house.deleverage.encode_input(everybody.victim, 1, everybody.ids),
        house.deleverage_next.encode_input(everybody.victim, 1, 256),
    ):
        call = {"from": str(desk.owner), "to": str(house.address), "data": data.hex()}
        answer = rpc("eth_call", {**call, "gas": hex(LIMIT * 3 // 4)}, "latest")
        assert int(answer, 16) == 256 * PART
        with pytest.raises(ProviderError, match="reverted"):
            rpc("eth_call", {**call, "gas": hex(LIMIT // 3)}, "latest")


def test_wall_of_64_thin_accounts(desk, crowd):
    """It is out of the way with one call."""
    everybody = crowd(80, 1)
    for account in everybody.ids[:64]:
        # 395 after 390 are paid for a tenth base: a unit short of the haircut of 5.
        everybody.set_account(account, 395 * USD - 1, [1])
    receipt = deleverage_next(desk, everybody.victim, 64, gas=LIMIT)
    assert closed(desk, receipt) == 0
    assert [e["equity"] for e in told(desk, receipt, "PassedOver")] == [-1] * 64
    assert desk.clearing_house.position_count(1, False) == 80
    assert closed(desk, deleverage_next(desk, everybody.victim, 256, gas=LIMIT)) == 16 * PART
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
