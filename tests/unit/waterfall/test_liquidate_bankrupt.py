"""liquidate of a bankrupt account: at the mark, without penalty or reward, and the vault pays its debt."""

import pytest

from tests.helpers.desk import ALL, PRICE, USD, WAD
from tests.helpers.parameters import PLAIN
from tests.unit.waterfall.exact import read_account
from tests.unit.waterfall.sound import assert_sound, refused

SIDES = pytest.mark.parametrize("side", ["long", "short"])
# Where either of them owes 100.
DEAD = {"long": 3_500 * WAD, "short": 4_500 * WAD}
DEBT = 100 * USD


@pytest.fixture(scope="module", autouse=True)
def sides(desk, debtor, winner):
    """A long and a short of 1 base at 4,000 with 400 each."""
    sides = {"long": desk.account(debtor, 400), "short": desk.account(winner, 400)}
    desk.trade(sides["long"], sides["short"])
    return sides


@pytest.fixture(scope="module", autouse=True)
def rescuer(desk, sides, liquidator):
    return desk.account(liquidator, 10_000)


def credit(desk, amount: int) -> None:
    """Give the vault credit out of fees."""
    fees = PLAIN.but(taker_fee=WAD // 1_000)
    desk.governance.set_vault_fee_share(WAD, sender=desk.owner)
    market = desk.list_market(params=fees)
    pair = [desk.account(desk.owner, 100_000) for _ in range(2)]
    # 0.1 % of 4,000.
    desk.trade(*pair, amount * WAD // (4 * USD), market_id=market)
    assert desk.clearing_house.vault_credit() == amount


@SIDES
def test_liquidate__bankrupt_and_insured__whole_at_the_mark_and_ends_at_zero(desk, sides, rescuer, side):
    desk.insure(1_000 * USD)
    desk.crash(DEAD[side])
    account = sides[side]
    assert desk.equity(account) == -DEBT
    receipt = desk.liquidate(account, rescuer)
    (event,) = desk.named(receipt, "Liquidated")
    assert (event["penalty"], event["reward"], event["insurance_paid"]) == (0, 0, DEBT)
    assert (desk.cash(account), desk.slot(account).size) == (0, 0)
    assert desk.equity(rescuer) == 10_000 * USD
    assert desk.vault.collateral_ledger() == 1_000 * USD - DEBT
    assert desk.clearing_house.vault_credit() == 0
    assert desk.clearing_house.collateral_ledger() == 10_900 * USD
    assert_sound(desk)


@SIDES
@pytest.mark.parametrize("part", [WAD // 3, 123_456_789_012_345_678, WAD // 4])
def test_liquidate__part_of_a_bankrupt__the_vault_pays_its_part_rounded_up(desk, sides, rescuer, side, part):
    desk.insure(1_000 * USD)
    desk.crash(DEAD[side])
    account = sides[side]
    before = read_account(desk, account)
    leg = before.legs[0]
    assert desk.liquidate(account, rescuer, part).return_value == part
    paid = -before.share(leg, part)
    assert paid == -(-DEBT * part // WAD)
    assert desk.equity(account) == -DEBT + paid
    assert desk.cash(account) == before.cash + leg.moved(part) + paid
    assert desk.cash(rescuer) == 10_000 * USD - leg.moved(part)
    assert desk.vault.collateral_ledger() == 1_000 * USD - paid
    assert_sound(desk)


def test_liquidate__bankrupt_in_three_parts__the_vault_pays_the_debt_and_no_more(desk, sides, rescuer):
    """INS-1: each part is of what is left then, so the roundings do not add up."""
    desk.insure(1_000 * USD)
    desk.crash(DEAD["long"] - 1)
    account = sides["long"]
    debt = -desk.equity(account)
    for part in (WAD // 3, WAD // 7, ALL):
        desk.liquidate(account, rescuer, part)
    assert desk.vault.collateral_ledger() == 1_000 * USD - debt
    assert (desk.cash(account), desk.slot(account).size) == (0, 0)
    assert_sound(desk)


@pytest.mark.parametrize(("owed", "from_credit"), [(30, 30), (100, 100), (250, 100)])
def test_liquidate__vault_has_credit__pays_from_it_first(desk, sides, rescuer, owed, from_credit):
    owed, from_credit = owed * USD, from_credit * USD
    credit(desk, owed)
    desk.insure(1_000 * USD)
    desk.crash(DEAD["long"])
    house = desk.clearing_house
    tokens = desk.token.balanceOf(house)
    receipt = desk.liquidate(sides["long"], rescuer)
    (covered,) = desk.named(receipt, "Covered")
    assert covered == {"market_id": 1, "amount": DEBT, "from_credit": from_credit}
    assert house.vault_credit() == owed - from_credit
    assert desk.vault.collateral_ledger() == 1_000 * USD - DEBT + from_credit
    # INS-2
    assert desk.token.balanceOf(house) == tokens + DEBT - from_credit
    assert len(desk.named(receipt, "Transfer")) == (from_credit < DEBT)
    assert desk.cash(sides["long"]) == 0
    assert_sound(desk)


def test_liquidate__credit_alone__is_enough(desk, sides, rescuer):
    """Nobody ever deposited into the vault."""
    credit(desk, DEBT)
    desk.insure(0)
    desk.crash(DEAD["long"])
    desk.liquidate(sides["long"], rescuer)
    assert (desk.cash(sides["long"]), desk.clearing_house.vault_credit()) == (0, 0)
    assert_sound(desk)


@pytest.mark.parametrize("short_of", ["tokens", "market bucket", "global bucket"])
def test_liquidate__vault_short_by_a_unit__reverts(desk, sides, rescuer, short_of):
    """Tokens and credit together, the market's limit, everybody's limit."""
    if short_of == "tokens":
        credit(desk, 40 * USD)
        desk.insure(60 * USD - 1)
    elif short_of == "market bucket":
        desk.insure(1_000 * USD, {0: 2**90, 1: DEBT - 1})
    else:
        desk.insure(1_000 * USD, {0: DEBT - 1, 1: 2**90})
    desk.crash(DEAD["long"])
    assert desk.lens.insurance_capacity(1) == DEBT - 1
    # Not in part either: the first one would have all the insurance, and winners who are left all the
    # haircut.
    for size in (ALL, WAD // 2, WAD // 100):
        with refused(desk, "liq: deleverage"):
            desk.liquidate(sides["long"], rescuer, size)


@pytest.mark.parametrize("enough_for", ["tokens", "market bucket", "global bucket"])
def test_liquidate__vault_has_just_enough__pays(desk, sides, rescuer, enough_for):
    buckets = {"tokens": None, "market bucket": {0: 2**90, 1: DEBT}, "global bucket": {0: DEBT, 1: 2**90}}
    desk.insure(DEBT if enough_for == "tokens" else 1_000 * USD, buckets[enough_for])
    desk.crash(DEAD["long"])
    desk.liquidate(sides["long"], rescuer)
    assert (desk.cash(sides["long"]), desk.lens.insurance_capacity(1)) == (0, 0)


def test_liquidate__market_without_a_bucket__is_not_covered(desk, sides, rescuer):
    desk.insure(1_000 * USD, {0: 2**90})
    desk.crash(DEAD["long"])
    with refused(desk, "liq: deleverage"):
        desk.liquidate(sides["long"], rescuer)


def test_liquidate__flagged_and_paid__is_cleared(desk, sides, rescuer):
    desk.insure(1_000 * USD)
    desk.crash(DEAD["long"])
    account = sides["long"]
    desk.flag(account)
    receipt = desk.liquidate(account, rescuer, WAD // 2)
    assert desk.flagged_at(account) > 0
    assert desk.named(receipt, "FlagCleared") == []
    receipt = desk.liquidate(account, rescuer)
    assert desk.flagged_at(account) == 0
    assert desk.named(receipt, "FlagCleared") == [{"account_id": account}]


def test_liquidate__flagged_and_recovered__is_cleared_by_a_partial_one(desk, sides, rescuer):
    account = sides["long"]
    desk.crash(DEAD["long"])
    desk.flag(account)
    desk.crash(3_610 * WAD)
    receipt = desk.liquidate(account, rescuer, WAD // 10)
    assert desk.flagged_at(account) == 0
    assert desk.named(receipt, "FlagCleared") == [{"account_id": account}]


def test_liquidate__one_below_zero__is_bankrupt(desk, sides, rescuer):
    """Equity 0 is not; a unit less asks the vault for a unit."""
    account = sides["long"]
    desk.crash(3_600 * WAD - 10**12)
    assert desk.equity(account) == -1
    with refused(desk, "liq: deleverage"):
        desk.liquidate(account, rescuer)
    desk.insure(1)
    desk.liquidate(account, rescuer)
    assert (desk.cash(account), desk.vault.collateral_ledger()) == (0, 0)


def test_liquidate__price_before_the_crash__is_what_winners_keep(desk, sides, rescuer):
    """The short's 500 of profit are there: 400 were the long's, 100 the vault's."""
    desk.insure(DEBT)
    desk.crash(DEAD["long"])
    desk.liquidate(sides["long"], rescuer)
    desk.close(rescuer, sides["short"], DEAD["long"])
    assert desk.cash(sides["short"]) == 900 * USD
    assert desk.cash(rescuer) == 10_000 * USD
    assert PRICE - DEAD["long"] == 500 * WAD
