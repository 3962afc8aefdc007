"""Attacks by liquidators, and on liquidation: money out of the vault, out of the account, out of the
winners."""

import pytest

from tests.helpers.crash import (
    CRASHED,
    assert_sound,
    assets,
    deleverage_next,
    fall,
    flag,
    flagged_at,
    insure,
    liquidate,
    move,
    refused,
    short,
    told,
    wreck,
)
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig

NOT_LIQUIDATABLE = "liq: not liquidatable"
DELEVERAGE = "liq: deleverage"


@pytest.fixture(scope="module")
def rescuer(desk, bystanders, stranger):
    """Flat."""
    return desk.account(stranger, 50_000)


@pytest.fixture(scope="module")
def crash(desk, rescuer, maker, taker):
    crash = wreck(desk, maker, taker)
    fall(desk)
    return crash


@pytest.fixture
def insured(desk, crash, delegate):
    """200 in the vault."""
    insure(desk, delegate, 200 * USD)
    return crash


# -- who may, and what


def test_strangers_account_as_liquidator(desk, insured, rescuer, keeper):
    """Nobody is made to take over a position: not by a stranger, an expired delegate, nor under an alias."""
    house = desk.clearing_house
    with refused(desk, "account: not authorized"):
        house.liquidate(insured.victim, 1, WAD, rescuer, 10, 0, sender=keeper)
    for alias in (2**32 + rescuer, 2**256 - 2**32 + rescuer, 0):
        with refused(desk, "account: not authorized"):
            house.liquidate(insured.victim, 1, WAD, alias, 10, 0, sender=desk.traders[rescuer])
    for alias in (2**32 + insured.victim, 2**256 - 2**32 + insured.victim, 0):
        with refused(desk, "position: none"):
            liquidate(desk, alias, rescuer)
    with refused(desk, "market: not listed"):
        liquidate(desk, insured.victim, rescuer, market_id=2**32 + 1)


def test_own_account(desk, insured):
    """A bankrupt account that takes over itself would have the vault pay its debt."""
    with refused(desk, "liq: own account"):
        liquidate(desk, insured.victim, insured.victim)


@pytest.mark.parametrize("side", ["winner", "other_long", "flat"])
def test_healthy_account(desk, insured, bystanders, rescuer, side):
    account = {"winner": insured.winners[0], "other_long": bystanders[0], "flat": bystanders[1]}[side]
    with refused(desk, "position: none" if side == "flat" else NOT_LIQUIDATABLE):
        liquidate(desk, account, rescuer)


# -- the vault's money


def test_bankrupt_taken_over__vault_pays_the_debt_and_no_reward(desk, insured, rescuer):
    """The control: 150 from the vault to the account, which ends at 0; the liquidator pays the mark."""
    before = desk.values(rescuer)[0]
    receipt = liquidate(desk, insured.victim, rescuer)
    done = told(desk, receipt, "Liquidated")[0]
    assert (done["penalty"], done["reward"], done["insurance_paid"]) == (0, 0, 150 * USD)
    assert (desk.cash(insured.victim), desk.values(rescuer)[0], assets(desk)) == (0, before, 50 * USD)
    assert_sound(desk)


def test_winner_takes_the_whole_insurance_for_itself(desk, crash, delegate):
    """The vault has half of what three base are short. One winner closes its own base by taking over that
    much of the bankrupt position at the mark: 50 of the 75, instead of 25, and the rest is worse off.

    The vault pays for the whole position or nobody: H of all that is left, not of the part, must be
    covered.
    """
    insure(desk, delegate, 75 * USD)
    first = crash.winners[0]
    for size in (1, WAD, 3 * WAD // 2, 3 * WAD):
        with refused(desk, DELEVERAGE):
            liquidate(desk, crash.victim, first, size)
    deleverage_next(desk, crash.victim, 256)
    assert [desk.cash(winner) for winner in crash.winners] == [1_075 * USD] * 3


@pytest.mark.parametrize(
    "parts", [[3 * WAD], [WAD] * 3, [WAD - 1, WAD + 1, WAD], [WAD // 7, WAD * 2, 2**255]]
)
def test_parts_of_a_bankrupt_account__cost_the_vault_no_more(desk, insured, rescuer, parts):
    """150 for the whole, however it is cut."""
    for size in parts:
        liquidate(desk, insured.victim, rescuer, size)
    assert (desk.slot(insured.victim).size, desk.cash(insured.victim)) == (0, 0)
    assert assets(desk) == 50 * USD
    assert_sound(desk)


def test_smallest_parts_of_a_bankrupt_account__round_up_to_its_debt_and_end(desk, insured, rescuer):
    """A base unit costs the vault a whole quote unit: with a debt of five units the fifth call makes it
    solvent."""
    desk.endow(insured.victim, 150 * USD - 5)
    short(desk, rescuer, insured.winners[0], price=CRASHED)
    for left in (4, 3, 2, 1, 0):
        liquidate(desk, insured.victim, rescuer, 1)
        assert desk.values(insured.victim)[0] == -left
    assert assets(desk) == 200 * USD - 5
    # Solvent, with nothing: no insurance any more, no penalty either.
    receipt = liquidate(desk, insured.victim, rescuer, 1)
    done = told(desk, receipt, "Liquidated")[0]
    assert (done["penalty"], done["insurance_paid"]) == (0, 0)
    assert_sound(desk)


@pytest.mark.parametrize("missing", [0, 1])
def test_vault__exactly_enough_and_a_unit_short(desk, crash, rescuer, delegate, missing):
    """No cliff: a unit short, and the winners together pay one unit."""
    insure(desk, delegate, 150 * USD - missing)
    if missing:
        with refused(desk, DELEVERAGE):
            liquidate(desk, crash.victim, rescuer)
        deleverage_next(desk, crash.victim, 256)
        assert sum(desk.cash(winner) for winner in crash.winners) == 3_300 * USD - 1
    else:
        with refused(desk, "adl: insured"):
            deleverage_next(desk, crash.victim, 256)
        liquidate(desk, crash.victim, rescuer)
    assert (assets(desk), desk.cash(crash.victim)) == (0, 0)
    assert_sound(desk)


@pytest.mark.parametrize("bucket", [0, 1])
def test_vault__rich_but_capped(desk, crash, rescuer, delegate, bucket):
    """A million in it, a bucket of 60: the winners bear the other 90."""
    insure(desk, delegate, 10**6 * USD)
    desk.vault.set_bucket(bucket, 60 * USD, sender=desk.owner)
    with refused(desk, DELEVERAGE):
        liquidate(desk, crash.victim, rescuer)
    deleverage_next(desk, crash.victim, 256)
    assert [desk.cash(winner) for winner in crash.winners] == [1_070 * USD] * 3
    assert assets(desk) == 10**6 * USD - 60 * USD
    assert_sound(desk)


def test_last_open_interest_closes(desk, insured, bystanders, maker, taker):
    """The only counterparties take over what is left: insurance pays, and the market is empty."""
    other_long, _, deep = bystanders
    desk.close(deep, other_long, CRASHED)
    for winner in insured.winners:
        liquidate(desk, insured.victim, winner, WAD)
    assert desk.clearing_house.open_interest(1) == 0
    assert [desk.cash(winner) for winner in insured.winners] == [1_100 * USD] * 3
    assert (desk.cash(insured.victim), assets(desk)) == (0, 50 * USD)
    assert_sound(desk)


def test_liquidator_that_becomes_liquidatable(desk, crash, bystanders, rescuer, delegate, maker):
    """Taking over 3 base needs 10 % of 11,700 at 10x, to the unit; and 0.5 % more of loss makes it a
    victim too."""
    insure(desk, delegate, 10_000 * USD)
    thin = desk.account(maker)
    desk.endow(thin, 117 * USD - 1)
    with refused(desk, "margin: insufficient"):
        liquidate(desk, crash.victim, thin, leverage=100)
    desk.endow(thin, 1)
    liquidate(desk, crash.victim, thin, leverage=100)
    with refused(desk, NOT_LIQUIDATABLE):
        liquidate(desk, thin, rescuer)
    move(desk, 3_880 * WAD)
    # 117 - 60 < 58.20
    liquidate(desk, thin, rescuer)
    assert desk.values(thin)[0] >= 0
    assert_sound(desk)


def test_liquidators_pass_a_bankrupt_position_around(desk, insured, rescuer, maker):
    """Taken over at the mark it is solvent: neither can be liquidated again, and the vault paid once."""
    hot = desk.account(maker, 500)
    liquidate(desk, insured.victim, hot, leverage=100)
    for account in (hot, insured.victim):
        with refused(desk, NOT_LIQUIDATABLE if account == hot else "position: none"):
            liquidate(desk, account, rescuer)
    assert assets(desk) == 50 * USD


def test_liquidator_with_a_dead_leg(desk, insured, maker, taker):
    """Nobody knows what it is worth."""
    market = desk.list_market(PRICE, PLAIN, SourceConfig(desk.source.address, max_age=60))
    blind, other = desk.account(maker, 50_000), desk.account(taker, 50_000)
    desk.trade(blind, other, WAD // 100, market_id=market)
    desk.mine(61)
    with refused(desk, "margin: unpriced leg"):
        liquidate(desk, insured.victim, blind)


# -- dust


def test_dust__nobody_without_a_position_may_take_it_over(desk, crash, bystanders, rescuer, keeper):
    """Deleveraging may leave less than the minimum of 10: only who ends above it takes that over, or who
    closes with it; and the round that left it goes on to 0."""
    victim, (_, second, third) = crash.victim, crash.winners
    # 0.001 base less for the second: 3.90 of the victim's stay when its three are through.
    for winner, size in ((second, WAD // 1_000), (third, WAD // 1_000)):
        bid = desk.order(winner, size, CRASHED)
        desk.fill(bid, desk.opposite(bid, bystanders[0]))
    deleverage_next(desk, victim, 3)
    assert desk.slot(victim).size == 2 * WAD // 1_000
    assert desk.values(victim)[0] < 0
    insure(desk, keeper, 100 * USD)
    with refused(desk, "liq: below minimum"):
        liquidate(desk, victim, rescuer)
    with refused(desk, "liq: below minimum"):
        liquidate(desk, victim, bystanders[2], 1)
    liquidate(desk, victim, bystanders[2])
    assert (desk.slot(victim).size, desk.cash(victim)) == (0, 0)
    assert_sound(desk)


def test_dust__left_behind_on_purpose(desk, insured, rescuer):
    """A liquidator may not leave a rest that nobody wants."""
    rest = 10 * USD * 10**12 * 10**18 // CRASHED  # floored: just below 10.00
    with refused(desk, "liq: below minimum"):
        liquidate(desk, insured.victim, rescuer, 3 * WAD - rest)
    with refused(desk, "liq: below minimum"):
        liquidate(desk, insured.victim, rescuer, rest)
    liquidate(desk, insured.victim, rescuer, 3 * WAD - rest - 1)
    assert desk.slot(insured.victim).size == rest + 1


def test_flag__is_no_shield_and_no_handle(desk, insured, rescuer):
    """A flagged account is taken over as before, which clears it."""
    flag(desk, insured.victim)
    with refused(desk, "adl: insured"):
        deleverage_next(desk, insured.victim)
    liquidate(desk, insured.victim, rescuer, WAD)
    assert flagged_at(desk, insured.victim) != 0
    receipt = liquidate(desk, insured.victim, rescuer)
    assert len(told(desk, receipt, "FlagCleared")) == 1
    assert flagged_at(desk, insured.victim) == 0


def test_waterfall_called_directly(desk, crash, rescuer, keeper):
    """Its code works over ClearingHouse's storage alone; its own stays empty."""
    waterfall = desk.waterfall
    for call, arguments in (
        (waterfall.liquidate, (crash.victim, 1, WAD, rescuer, 10, 0)),
        (waterfall.flag_bankrupt, (crash.victim,)),
        (waterfall.deleverage, (crash.victim, 1, crash.winners)),
        (waterfall.deleverage_next, (crash.victim, 1, 1)),
        (waterfall.relink, (crash.victim, 1, 0)),
    ):
        with refused(desk, "waterfall: delegate call only"):
            call(*arguments, sender=keeper)
