"""Who is closed, and at whose cost, by hand."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.model.accounts import Position
from tests.helpers.model.deleveraging import Deleveraged, haircut_of, insurance_of
from tests.unit.model.crashes import FIRST, LONG, crash, insure
from tests.unit.model.scenario import NO_FEES, PARAMS, START, USD, WAD, Scenario, refused


def test_deleverage_next__short_owing_more_than_its_size_is_worth__price_is_zero_not_negative() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    short, long = world.trader("short", 300), world.trader("long", 1_000)
    world.trade(long, short, WAD // 10)
    world.account(short).cash -= 600 * USD
    (visit,) = world.protocol.deleverage_next(short, 1, 9).counterparties
    # 200 for a tenth of a base, and 300 on top: it would be 1,000 below zero.
    assert (visit.price, visit.haircut, visit.cash) == (0, 300 * USD, 700 * USD)


def test_deleverage_next__price_below_the_funding_index__is_truncated() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    short, long = world.trader("short", 300), world.trader("long", 1_000)
    world.trade(long, short, 7 * WAD // 100)
    market = world.protocol.state.markets[1]
    world.protocol.state.markets[1] = replace(market, funding=replace(market.funding, index=10 * WAD))
    # The long is to pay 0.350001 for 0.07: 5.00001428.. below the index of 10.
    worth, _ = world.protocol.waterfall_values(short)
    world.account(short).cash -= worth + 139_300_000 + 350_001
    (visit,) = world.protocol.deleverage_next(short, 1, 9).counterparties
    assert visit.haircut == 139_300_000 + 350_001
    assert visit.price == 10 * WAD - 350_001 * 10**14 // 7


@given(st.integers(0, 10**15), st.integers(1, 10**20), st.data())
def test_haircut_and_insurance__any_part__are_the_fractions_rounded_up_and_down(
    money: int, whole: int, data: st.DataObject
) -> None:
    closed = data.draw(st.integers(0, whole))
    exact = Fraction(money * closed, whole)
    assert haircut_of(money, closed, whole) == ceil(exact)
    assert insurance_of(money, closed, whole) == floor(exact)
    assert haircut_of(money, whole, whole) == insurance_of(money, whole, whole) == money


def test_deleverage_next__nothing_insured__everybody_pays_the_bankruptcy_price() -> None:
    world = crash()
    # 300 lost on each of 3, 600 of margin: 100 short for each.
    receipt = world.protocol.deleverage_next(LONG, 1, 9)
    assert (receipt.equity, receipt.shortfall, receipt.insurance) == (-300 * USD, 300 * USD, 0)
    assert (receipt.size, receipt.closed, receipt.left) == (3 * WAD, 3 * WAD, 0)
    assert (receipt.insurance_paid, receipt.haircut, receipt.verified) == (0, 300 * USD, False)
    for rank, (visit, leverage) in enumerate(zip(receipt.visits, (20, 10, 5), strict=True)):
        score = leverage * 15 * WAD // 100
        cash = 1_200 * USD
        assert visit == Deleveraged(LONG, 1, rank + 2, rank, score, WAD, 1_800 * WAD, 100 * USD, 0, cash)
        assert world.account(rank + 2).cash == cash
    assert world.account(LONG).cash == 0
    assert world.protocol.open_interest(1) == 0
    assert world.protocol.position_count(1, True) == world.protocol.position_count(1, False) == 0


def test_deleverage_next__partly_insured__vault_pays_pro_rata_and_gets_the_rest_back() -> None:
    world = crash()
    insure(world, 150)
    receipt = world.protocol.deleverage_next(LONG, 1, 1)
    # Half of the 300 is insured: 50 for each.
    assert (receipt.insurance, receipt.closed, receipt.left) == (150 * USD, WAD, 2 * WAD)
    assert (receipt.insurance_paid, receipt.haircut) == (50 * USD, 50 * USD)
    assert receipt.counterparties[0].price == 1_750 * WAD
    protocol = world.protocol
    # What was drawn and not paid is credit now.
    assert (protocol.state.vault.ledger, protocol.vault_credit()) == (0, 100 * USD)
    assert protocol.bucket(0) == protocol.bucket(1) == (150 * USD, 100 * USD)
    assert world.account(LONG).positions[1] == Position(2 * WAD, 2_000 * WAD, 10)
    assert world.account(LONG).cash == (600 - 6_000 + 1_700 + 100) * USD
    assert protocol.waterfall_values(LONG)[0] == -200 * USD
    again = protocol.deleverage_next(LONG, 1, 9)
    assert (again.insurance, again.from_credit, again.haircut) == (100 * USD, 100 * USD, 100 * USD)
    assert world.account(LONG).cash == 0
    assert protocol.vault_total_assets() == 0


def test_deleverage_next__short_side__price_is_below_the_mark_by_the_haircut() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    short, long = world.trader("short", 200), world.trader("long", 1_000)
    world.trade(long, short, WAD)
    world.set_price(1, 2_300 * WAD)
    (visit,) = world.protocol.deleverage_next(short, 1, 9).counterparties
    assert (visit.size, visit.price, visit.haircut) == (-WAD, 2_200 * WAD, 100 * USD)


def test_deleverage_next__last_counterparty_larger__keeps_entry_tier_and_place() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    long, other, short = world.trader("long", 200), world.trader("other", 5_000), world.trader("short", 5_000)
    world.trade(long, short, WAD)
    world.trade(other, short, WAD)
    world.set_price(1, 1_700 * WAD)
    receipt = world.protocol.deleverage_next(long, 1, 9)
    assert [visit.left for visit in receipt.counterparties] == [-WAD]
    assert world.account(short).positions[1] == Position(-WAD, 2_000 * WAD, 10)
    assert world.protocol.state.queues[1].members(False, 10) == [short]
    assert world.protocol.open_interest(1) == WAD


@pytest.mark.parametrize(("seconds", "ripe"), [(299, False), (300, True), (3_900, True), (3_901, False)])
def test_deleverage_next__insured__only_between_grace_and_an_hour_later(seconds: int, ripe: bool) -> None:
    world = crash()
    insure(world, 1_000)
    protocol = world.protocol
    protocol.flag_bankrupt(LONG)
    protocol.now += seconds
    if not ripe:
        with refused("adl: insured"):
            protocol.deleverage_next(LONG, 1, 9)
        return
    receipt = protocol.deleverage_next(LONG, 1, 9)
    # The vault pays in full: everybody is closed at the mark.
    assert (receipt.insurance_paid, receipt.haircut) == (300 * USD, 0)
    assert {visit.price for visit in receipt.counterparties} == {1_700 * WAD}
    assert receipt.flags_cleared == (LONG,)
    assert protocol.flagged_at(LONG) == 0


def test_deleverage_next__vault_cannot_send__counts_as_no_insurance() -> None:
    world = crash()
    insure(world, 1_000)
    protocol = world.protocol
    protocol.vault_token_works = False
    # Credit would pay a part, but the vault refuses the whole.
    protocol.state.vault_credit, protocol.state.ledger = 100 * USD, protocol.state.ledger + 100 * USD
    receipt = protocol.deleverage_next(LONG, 1, 9)
    assert (receipt.insurance, receipt.haircut) == (0, 300 * USD)
    assert protocol.vault_total_assets() == 1_100 * USD
    assert protocol.bucket(1) == (1_000 * USD, 1_000 * USD)


def test_deleverage_next__winning_leg__closes_at_the_mark_after_the_grace() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    long, short = world.trader("both", 700), world.trader("deep", 9_000)
    world.trade(long, short, WAD)
    world.trade(long, short, 10 * WAD, market_id=2)
    world.set_price(1, 1_200 * WAD)
    world.set_price(2, 55 * WAD)
    protocol = world.protocol
    assert [protocol.shortfall(long, i) for i in (1, 2)] == [50 * USD, 0]
    with refused("adl: insured"):
        protocol.deleverage_next(long, 2, 9)
    protocol.flag_bankrupt(long)
    protocol.now += 300
    receipt = protocol.deleverage_next(long, 2, 9)
    assert (receipt.closed, receipt.haircut, receipt.counterparties[0].price) == (10 * WAD, 0, 55 * WAD)
    assert protocol.flagged_at(long) == START


def test_deleverage_next__counterpartys_flag__is_cleared() -> None:
    world = crash()
    world.account(FIRST).flag = START
    receipt = world.protocol.deleverage_next(LONG, 1, 9)
    assert receipt.flags_cleared == (FIRST,)
