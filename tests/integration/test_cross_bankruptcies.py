"""Attacks with accounts in several markets: who bears a bankruptcy, and legs that nobody can price."""

import pytest

from tests.helpers.crash import (
    assert_sound,
    assets,
    closed,
    deleverage,
    deleverage_next,
    equities,
    fall,
    flag,
    insure,
    liquidate,
    move,
    refused,
    short,
    told,
)
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig

GRACE = 300
THREE = (1, 2, 3)


@pytest.fixture(scope="module")
def markets(desk, bystanders):
    """Three at 4,000."""
    return [1, desk.list_market(PRICE, PLAIN), desk.list_market(PRICE, PLAIN)]


@pytest.fixture(scope="module")
def owing(desk, markets, maker):
    return desk.account(maker, 300)


@pytest.fixture(scope="module")
def winners(desk, markets, taker):
    """One per market."""
    return [desk.account(taker, 10_000) for _ in THREE]


@pytest.fixture
def crossed(desk, owing, winners):
    """Long a base in each of three; market 1 falls by 360, market 2 by 240, market 3 does not move: -300."""
    for market_id, winner in zip(THREE, winners, strict=True):
        short(desk, winner, owing, market_id=market_id, leverage=20)
    fall(desk, 3_640 * WAD, 1)
    fall(desk, 3_760 * WAD, 2)
    assert desk.values(owing)[0] == -300 * USD
    return owing


def haircuts(desk, receipt):
    return [e["haircut"] for e in told(desk, receipt, "Deleveraged")]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)], ids=str)
def test_uninvolved_market_pays_nothing(desk, crossed, winners, order):
    """180 and 120, by what the legs lost; the third leg closes at the mark, whichever goes first, after
    the grace."""
    assert [desk.lens.shortfall(crossed, m) for m in THREE] == [180 * USD, 120 * USD, 0]
    with refused(desk, "adl: insured"):
        deleverage_next(desk, crossed, market_id=3)
    flag(desk, crossed)
    desk.mine(GRACE)
    for market_id in order:
        if desk.values(crossed)[0] == 0:
            # Both losing legs are gone: no longer bankrupt, the third is its own again.
            with refused(desk, "adl: not bankrupt"):
                deleverage_next(desk, crossed, market_id=market_id)
            continue
        desk.clearing_house.accrue_funding(market_id, sender=desk.owner)
        receipt = deleverage_next(desk, crossed, market_id=market_id)
        assert haircuts(desk, receipt) == [{1: 180, 2: 120, 3: 0}[market_id] * USD]
    assert [desk.values(w)[0] for w in winners] == [10_180 * USD, 10_120 * USD, 10_000 * USD]
    assert desk.values(crossed)[0] == 0
    assert_sound(desk, THREE)


def test_uninvolved_market__its_bucket_pays_nothing(desk, crossed, winners, delegate, stranger):
    """Insurance for the third market alone: the vault covers none of it. For the second: 120, though it is
    rich."""
    insure(desk, delegate, 1_000 * USD, markets=(3,))
    liquidator = desk.account(stranger, 20_000)
    with refused(desk, "liq: deleverage"):
        liquidate(desk, crossed, liquidator, market_id=1)
    receipt = liquidate(desk, crossed, liquidator, market_id=3)
    assert told(desk, receipt, "Liquidated")[0]["insurance_paid"] == 0
    desk.vault.set_bucket(2, 10**12, sender=desk.owner)
    receipt = liquidate(desk, crossed, liquidator, market_id=2)
    assert told(desk, receipt, "Liquidated")[0]["insurance_paid"] == 120 * USD
    assert haircuts(desk, deleverage_next(desk, crossed)) == [180 * USD]
    assert (desk.cash(crossed), assets(desk)) == (0, 880 * USD)
    assert_sound(desk, THREE)


@pytest.mark.parametrize("parts", [(1, 1, 2, 2), (1, 2, 1, 2), (2, 1, 2, 1), (2, 2, 1, 1)], ids=str)
def test_order_of_legs_and_parts__shifts_no_unit(desk, crossed, winners, taker, parts):
    """Half a leg at a time in any order: each market bears what it would at once, to the unit a call."""
    for market_id in (1, 2):
        twin = desk.account(taker, 10_000)
        price = int(desk.router.last_accepted(market_id)[0])
        bid = desk.order(winners[market_id - 1], WAD // 2, price, market_id=market_id)
        desk.fill(bid, desk.opposite(bid, twin, leverage=10))
    paid = {1: 0, 2: 0}
    for market_id in parts:
        paid[market_id] += sum(haircuts(desk, deleverage_next(desk, crossed, 1, market_id)))
    assert desk.values(crossed)[0] == 0
    assert paid[1] + paid[2] == 300 * USD
    assert abs(paid[1] - 180 * USD) <= 1
    assert_sound(desk, THREE)


def test_both_sides_of_a_market_bankrupt(desk, owing, winners, maker, stranger):
    """Long and short of one market, each ruined elsewhere: neither is made to pay for the other; both close
    against who can pay."""
    long, deep = owing, desk.account(stranger, 100_000)
    ruined = desk.account(maker, 300)
    short(desk, ruined, long, market_id=3, leverage=100)
    short(desk, deep, long, market_id=1)
    short(desk, deep, ruined, market_id=2)
    short(desk, deep, desk.account(maker, 10_000), market_id=3, leverage=100)
    fall(desk, 3_640 * WAD, 1)
    fall(desk, 3_640 * WAD, 2)
    assert [desk.values(a)[0] for a in (long, ruined)] == [-60 * USD] * 2
    flag(desk, long)
    flag(desk, ruined)
    desk.mine(GRACE)
    receipt = deleverage_next(desk, long, 256, 3)
    passed = told(desk, receipt, "PassedOver")
    assert [(e["counterparty"], e["equity"]) for e in passed] == [(ruined, -60 * USD)]
    assert [e["counterparty"] for e in told(desk, receipt, "Deleveraged")] == [deep]
    # The parked short is bankrupt and closes like any other: at the mark after its grace.
    assert desk.clearing_house.is_parked(ruined, 3)
    assert closed(desk, deleverage_next(desk, ruined, 256, 3)) == WAD
    for account, market_id in ((long, 1), (ruined, 2)):
        assert haircuts(desk, deleverage_next(desk, account, 256, market_id)) == [60 * USD]
    assert [desk.values(a)[0] for a in (long, ruined)] == [0, 0]
    assert_sound(desk, THREE)


# -- legs that nobody can price


@pytest.fixture(scope="module")
def dead(desk, markets):
    """A fourth market whose price is a minute old at most, and counts half more or less when older."""
    return desk.list_market(PRICE, PLAIN, SourceConfig(desk.source.address, max_age=60))


def test_dead_dust_leg__makes_no_bankrupt_immune(desk, dead, owing, winners, stranger):
    """A hundredth base in a dead market counts 20 in its favour, and the rest is deleveraged: 60 - 20
    short."""
    other = desk.account(stranger, 10_000)
    short(desk, winners[0], owing, leverage=20)
    short(desk, other, owing, WAD // 100, market_id=dead)
    desk.mine(61)
    fall(desk, 3_640 * WAD)
    assert (desk.router.peek(dead).valid, desk.clearing_house.is_bankrupt(owing)) == (False, True)
    assert desk.lens.shortfall(owing, 1) == 40 * USD
    with refused(desk, "oracle: no valid price"):
        deleverage_next(desk, owing, 256, dead)
    assert haircuts(desk, deleverage_next(desk, owing)) == [40 * USD]
    with refused(desk, "position: none"):
        deleverage_next(desk, owing)
    # In truth it is 20 short still, if its price did not move: then its own market's turn.
    desk.report(PRICE, dead)
    assert desk.values(owing)[0] == -20 * USD
    assert haircuts(desk, deleverage_next(desk, owing, 256, dead)) == [20 * USD]
    assert desk.values(owing)[0] == 0
    assert_sound(desk, (1, dead))


@pytest.mark.parametrize("missing", [0, 1])
def test_dead_dust_leg__hides_no_winner(desk, dead, owing, bystanders, stranger, taker, missing):
    """A winner's leg in a dead market counts at its last price: 3.60 lost, neither 20 in its favour nor
    nothing.

    81 and 360 won, 377.40 lost in the second market: exactly its haircut of 60 is left, or a unit less.
    """
    other = desk.account(stranger, 10_000)
    thin = desk.account(taker)
    desk.endow(thin, 81 * USD - missing)
    short(desk, thin, owing, leverage=100)
    short(desk, other, thin, market_id=2)
    short(desk, other, thin, WAD // 100, market_id=dead)
    desk.report(3_640 * WAD, dead)
    desk.mine(61)
    fall(desk, 3_622_600 * WAD // 1_000, 2)
    fall(desk, 3_640 * WAD)
    assert not desk.router.peek(dead).valid
    receipt = deleverage_next(desk, owing)
    passed = [(e["counterparty"], e["equity"]) for e in told(desk, receipt, "PassedOver")]
    paying = [(e["counterparty"], e["haircut"]) for e in told(desk, receipt, "Deleveraged")]
    if missing:
        assert (passed, paying) == ([(thin, -1)], [(bystanders[2], 60 * USD)])
    else:
        assert (passed, paying) == ([], [(thin, 60 * USD)])
    assert_sound(desk, (1, 2, dead))


def test_eight_markets__all_of_the_winner_counts(desk, owing, winners, stranger):
    """A thin winner in one market, rich by another: its whole equity pays."""
    rich = winners[1]
    other = desk.account(stranger, 50_000)
    short(desk, rich, owing, leverage=20)
    short(desk, rich, other, 2 * WAD, market_id=2, buyer_leverage=10)
    move(desk, 3_640 * WAD, 2)
    fall(desk, 3_640 * WAD)
    before = equities(desk, [rich])
    assert haircuts(desk, deleverage(desk, owing, [rich])) == [60 * USD]
    assert equities(desk, [rich]) == before - 60 * USD
    assert_sound(desk, THREE)


def test_dead_leg__bought_for_a_hundredth_of_what_it_counts(desk, dead, maker, taker):
    """A known limit: 400 of margin at 100x carry a leg of 40,000, which counts 20,000 better once its market
    is dead.

    An account that lost 10,400 elsewhere is then neither liquidated nor bankrupt, so nobody flags it, and
    its own other side takes them out. The debt is there when the market has a price again.
    """
    gambler, partner, hedge, third = (desk.account(trader) for trader in (maker, taker, taker, taker))
    for account, margin in ((gambler, 800), (partner, 400), (hedge, 400), (third, 300)):
        desk.endow(account, margin * USD)
    short(desk, hedge, gambler, 10 * WAD, leverage=100)
    short(desk, partner, gambler, 10 * WAD, leverage=100, market_id=dead)
    desk.mine(61)
    for price in (3_610, 3_260, 2_960):
        fall(desk, price * WAD)
    assert not desk.clearing_house.is_liquidatable(gambler)
    assert not desk.clearing_house.is_bankrupt(gambler)
    with refused(desk, "flag: not bankrupt"):
        flag(desk, gambler)
    bid = desk.order(hedge, 10 * WAD, 2_960 * WAD)
    desk.fill(bid, desk.opposite(bid, third, leverage=100))
    desk.clearing_house.withdraw(hedge, 10_800 * USD, taker, sender=taker)
    desk.report(PRICE, dead)
    assert desk.values(gambler)[0] == -9_600 * USD
    # The top of the queue has less than its share: somebody else's profit, or the vault, pays.
    receipt = deleverage_next(desk, gambler)
    assert [e["counterparty"] for e in told(desk, receipt, "PassedOver")] == [third]
