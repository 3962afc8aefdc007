"""deleverage and deleverage_next: the vault first and in full, the grace, and what happens when it cannot
pay.
"""

import pytest

from tests.helpers.desk import USD, WAD
from tests.helpers.parameters import PLAIN
from tests.helpers.reading import next_block_at
from tests.unit.waterfall.exact import read_account, visits_of
from tests.unit.waterfall.scene import Scene
from tests.unit.waterfall.sound import assert_sound, refused

DEBT = 300 * USD


@pytest.fixture(scope="module", autouse=True)
def wreck(desk, debtor, winner):
    """A long of three base owes 300; three shorts in order of rank."""
    wreck = Scene(desk, "long", desk.account(debtor, 1_200))
    for better in (10, 0, -10):
        wreck.meet(winner, better=better)
    wreck.die()
    return wreck


def ripen(desk, wreck, seconds=300):
    """Flag it and go to that second after; the price is kept fresh."""
    at = int(desk.flag(wreck.victim).timestamp)
    next_block_at(at + seconds)


@pytest.mark.parametrize("door", ["list", "next"])
def test_deleverage__vault_can_pay__reverts(desk, wreck, door):
    """ADL-1."""
    desk.insure(DEBT)
    with refused(desk, "adl: insured"):
        if door == "list":
            desk.deleverage(wreck.victim, wreck.others)
        else:
            desk.deleverage_next(wreck.victim)


def test_deleverage__insured__reverts_before_the_list_is_read(desk, wreck):
    desk.insure(DEBT)
    for ranked in ([], [99]):
        with refused(desk, "adl: insured"):
            desk.deleverage(wreck.victim, ranked)


@pytest.mark.parametrize("held", [DEBT - 1, 200 * USD, 100 * USD + 1, 1])
def test_deleverage__vault_pays_part__it_gives_all_and_winners_the_rest(desk, wreck, held):
    """ADL-5: haircut == shortfall - insurance, everybody at one price."""
    desk.insure(held)
    before = read_account(desk, wreck.victim)
    wealth = [desk.cash(i) for i in wreck.others]
    receipt = desk.deleverage_next(wreck.victim)
    paid = visits_of(before, before.legs[0], held, [WAD] * 3)
    assert sum(g for _, g in paid) == DEBT - held
    assert max(g for _, g in paid) - min(g for _, g in paid) <= 1
    assert [desk.cash(i) for i in wreck.others] == [
        w - dv - g for w, (dv, g) in zip(wealth, paid, strict=True)
    ]
    (ended,) = desk.named(receipt, "DeleveragingEnded")
    assert (ended["insurance_paid"], ended["haircut"], ended["shortfall"]) == (held, DEBT - held, DEBT)
    assert desk.named(receipt, "Refunded") == []
    assert (desk.cash(wreck.victim), desk.vault.totalAssets()) == (0, 0)
    assert_sound(desk)


@pytest.mark.parametrize("limit", ["market", "global"])
def test_deleverage__bucket_short__only_that_much(desk, wreck, limit):
    desk.insure(DEBT, {0: 2**90, 1: 100 * USD} if limit == "market" else {0: 100 * USD, 1: 2**90})
    receipt = desk.deleverage_next(wreck.victim)
    (ended,) = desk.named(receipt, "DeleveragingEnded")
    assert (ended["insurance_paid"], ended["haircut"]) == (100 * USD, 200 * USD)
    assert desk.vault.collateral_ledger() == 200 * USD
    assert_sound(desk)


@pytest.mark.parametrize("count", [1, 2])
def test_deleverage__part_closed__unused_insurance_is_credit_again(desk, wreck, count):
    """200 and one unit, of which a third or two are used, rounded down."""
    held = 200 * USD + 1
    desk.insure(held)
    receipt = desk.deleverage(wreck.victim, wreck.others[:count])
    used = held * count // 3
    (ended,) = desk.named(receipt, "DeleveragingEnded")
    haircut = -(-(DEBT - held) * count // 3)
    assert (ended["insurance_paid"], ended["haircut"]) == (used, haircut)
    assert desk.named(receipt, "Refunded") == [{"market_id": 1, "amount": held - used}]
    assert desk.equity(wreck.victim) == -DEBT + used + haircut
    assert desk.clearing_house.vault_credit() == held - used
    assert desk.vault.totalAssets() == held - used
    # The buckets are as if only what was used had been taken.
    assert desk.lens.insurance_capacity(1) == held - used
    assert_sound(desk)
    desk.deleverage_next(wreck.victim)
    assert (desk.cash(wreck.victim), desk.vault.totalAssets()) == (0, 0)
    assert_sound(desk)


def test_deleverage__part_closed__buckets_get_back_what_was_not_used(desk, wreck):
    desk.insure(1_000 * USD, {0: 240 * USD, 1: 210 * USD})
    desk.deleverage_next(wreck.victim, 1)
    assert [desk.vault.bucket(i)[1] // USD for i in (0, 1)] == [240 - 70, 210 - 70]


def test_deleverage__credit__is_used_first(desk, wreck, owner, bystander):
    """40 of credit and 60 deposited."""
    desk.governance.set_vault_fee_share(WAD, sender=owner)
    market = desk.list_market(params=PLAIN.but(taker_fee=WAD // 1_000))
    sides = [desk.account(bystander, 200_000) for _ in range(2)]
    desk.trade(*sides, 10 * WAD, market_id=market)
    assert desk.clearing_house.vault_credit() == 40 * USD
    desk.insure(60 * USD)
    tokens = desk.token.balanceOf(desk.clearing_house)
    receipt = desk.deleverage_next(wreck.victim)
    assert desk.named(receipt, "Covered") == [{"market_id": 1, "amount": 100 * USD, "from_credit": 40 * USD}]
    assert desk.token.balanceOf(desk.clearing_house) == tokens + 60 * USD
    assert (desk.clearing_house.vault_credit(), desk.vault.collateral_ledger()) == (0, 0)
    assert_sound(desk)


# ---- the grace


@pytest.mark.parametrize("seconds", [300, 301, 3_900])
def test_deleverage__nobody_took_it_over_in_the_grace__closes_at_the_mark(desk, wreck, seconds):
    """The vault pays for everything, as it would have paid a liquidator."""
    desk.insure(1_000 * USD)
    wealth = [desk.equity(i) for i in wreck.others]
    ripen(desk, wreck, seconds)
    receipt = desk.deleverage_next(wreck.victim)
    (ended,) = desk.named(receipt, "DeleveragingEnded")
    assert (ended["insurance_paid"], ended["haircut"]) == (DEBT, 0)
    assert {v["price"] for v in desk.named(receipt, "Deleveraged")} == {wreck.mark}
    assert [desk.equity(i) for i in wreck.others] == wealth
    assert (desk.cash(wreck.victim), desk.vault.collateral_ledger()) == (0, 700 * USD)
    assert desk.flagged_at(wreck.victim) == 0
    assert_sound(desk)


@pytest.mark.parametrize("seconds", [1, 299, 3_901])
def test_deleverage__flag_too_young_or_too_old__reverts(desk, wreck, seconds):
    desk.insure(DEBT)
    ripen(desk, wreck, seconds)
    with refused(desk, "adl: insured"):
        desk.deleverage_next(wreck.victim)


def test_deleverage__flag_cleared_in_between__reverts(desk, wreck):
    desk.insure(DEBT)
    desk.flag(wreck.victim)
    desk.endow(wreck.victim, DEBT)
    desk.flag(wreck.victim)
    desk.mine(300)
    desk.crash(wreck.mark - WAD)
    with refused(desk, "adl: insured"):
        desk.deleverage_next(wreck.victim)


def test_deleverage__liquidatable_only_and_ripe__still_not(desk, wreck):
    desk.flag(wreck.victim)
    desk.endow(wreck.victim, DEBT)
    desk.mine(300)
    with refused(desk, "adl: not bankrupt"):
        desk.deleverage_next(wreck.victim)


# ---- a leg of a bankrupt that won


@pytest.fixture
def split(desk, wreck, debtor, winner):
    """Another long of 1 base has won 40 in market 2, and owes 60 for market 1."""
    desk.crash(4_000 * WAD)
    market = desk.list_market(1_000 * WAD, PLAIN)
    account, rich = desk.account(debtor, 400), desk.account(winner, 50_000)
    desk.trade(account, rich)
    desk.endow(account, 100 * USD)
    desk.trade(account, rich, WAD, 1_000 * WAD, 10, market)
    desk.crash(1_040 * WAD, market)
    desk.crash(3_400 * WAD)
    assert desk.equity(account) == -60 * USD
    return account, market


def test_deleverage__winning_leg__only_after_the_grace_and_at_the_mark(desk, wreck, split):
    """H = 0: neither the vault nor a counterparty owes anything for it, however short the vault is."""
    account, market = split
    with refused(desk, "adl: insured"):
        desk.deleverage_next(account, market_id=market)
    at = int(desk.flag(account).timestamp)
    next_block_at(at + 300)
    receipt = desk.deleverage_next(account, market_id=market)
    (ended,) = desk.named(receipt, "DeleveragingEnded")
    assert (ended["shortfall"], ended["insurance_paid"], ended["haircut"]) == (0, 0, 0)
    (visit,) = desk.named(receipt, "Deleveraged")
    assert visit["price"] == 1_040 * WAD
    assert desk.named(receipt, "Covered") == desk.named(receipt, "Refunded") == []
    assert desk.equity(account) == -60 * USD
    assert desk.flagged_at(account) == at
    assert_sound(desk)


def test_deleverage__losing_leg__carries_all_of_it(desk, wreck, split):
    account, market = split
    receipt = desk.deleverage_next(account)
    (ended,) = desk.named(receipt, "DeleveragingEnded")
    assert (ended["shortfall"], ended["haircut"]) == (60 * USD, 60 * USD)
    assert desk.equity(account) == 0
    assert list(desk.lens.open_markets(account)) == [market]
    assert_sound(desk)
