"""The waterfall over a collateral token that is hostile, and over one of 18 decimals."""

import pytest

from tests.helpers import anvil
from tests.helpers.crash import (
    ALL,
    CRASHED,
    assert_sound,
    assets,
    closed,
    deleverage_next,
    fall,
    flag,
    insure,
    liquidate,
    refused,
    told,
    wreck,
)
from tests.helpers.desk import USD, WAD, Desk
from tests.helpers.parameters import PLAIN
from tests.helpers.wallets import BURNING, set_code

FOREVER = 2**64


@pytest.fixture
def on(project, owner, maker, taker, delegate, filler, guardian, stranger):
    """A crash on a deployment over this token."""

    def on(name, *arguments, leverages=(20, 10, 5)):
        desk = Desk(project, owner, PLAIN, token=owner.deploy(project.get_contract(name), 6, *arguments))
        crash = wreck(desk, maker, taker, leverages)
        fall(desk)
        return desk, crash

    return on


def everything(desk, crash, account, third):
    """Every entry point and the views that price something, as the token would call them."""
    house, vault = desk.clearing_house, desk.vault
    calls = [
        (house.open_account,),
        (house.deposit, account, 1),
        (house.withdraw, account, 1, third),
        (house.set_delegate, account, third, FOREVER),
        (house.set_leverage, account, 1, 5, 0),
        (house.liquidate, crash.victim, 1, WAD, account, 10, 0),
        (house.flag_bankrupt, crash.victim),
        (house.deleverage, crash.victim, 1, crash.winners),
        (house.deleverage_next, crash.victim, 1, 1),
        (house.relink, crash.victim, 1, 0),
        (house.accrue_funding, 1),
        (house.collect_vault_credit,),
        (house.account_values, account),
        (house.vault_credit,),
        (house.gate_until,),
        (vault.deposit, 0, third),
        (vault.mint, 0, third),
        (vault.redeem, 0, third, third),
        (vault.withdraw, 0, third, third),
        (vault.request_redeem, 1),
        (vault.cancel_redeem,),
        (vault.transfer, third, 0),
        (vault.collect,),
        (vault.totalAssets,),
        (vault.convertToAssets, 1),
        (vault.capacity, 1, 0),
    ]
    return [(call[0].contract, call[0].encode_input(*call[1:])) for call in calls]


def test_reentry_while_the_vault_pays(on, delegate, maker, stranger):
    """The token calls back from `cover`, in the middle of a takeover: all of it is locked, views too."""
    desk, crash = on("ReentrantToken")
    insure(desk, delegate, 10**6 * USD)
    rich = desk.account(stranger)
    desk.endow(rich, 10**5 * USD)
    desk.clearing_house.set_delegate(rich, desk.token, FOREVER, sender=stranger)
    for count, (target, data) in enumerate(everything(desk, crash, rich, stranger), 1):
        desk.token.arm(target, data, sender=stranger)
        liquidate(desk, crash.victim, rich, WAD // 10)
        seen = (desk.token.calls(), desk.token.succeeded(), desk.token.revert_reason())
        assert seen == (count, False, ""), data.hex()
    assert desk.slot(rich).size == 26 * WAD // 10
    assert desk.values(crash.victim)[0] == -20 * USD
    assert assets(desk) == 10**6 * USD - 130 * USD
    assert_sound(desk)


def test_reentry_while_a_shareholder_leaves(on, delegate, stranger):
    """The token calls back from a redemption, when shares are burnt and the money has gone: nothing that
    would ask the vault what it can pay goes through, be it in favour of the winners or of the victim."""
    desk, crash = on("ReentrantToken")
    insure(desk, delegate, 300 * USD)
    shares = desk.vault.balanceOf(delegate)
    desk.vault.request_redeem(shares, sender=delegate)
    desk.mine(int(desk.vault.cooldown()))
    fall(desk, 3_910 * WAD)
    fall(desk)
    rich = desk.account(stranger)
    desk.endow(rich, 10**5 * USD)
    desk.clearing_house.set_delegate(rich, desk.token, FOREVER, sender=stranger)
    house = desk.clearing_house
    for call, arguments in (
        (house.liquidate, (crash.victim, 1, ALL, rich, 10, 0)),
        (house.deleverage, (crash.victim, 1, crash.winners)),
        (house.deleverage_next, (crash.victim, 1, 3)),
        (house.flag_bankrupt, (crash.victim,)),
        (desk.vault.deposit, (0, stranger)),
        (desk.vault.totalAssets, ()),
    ):
        desk.token.arm(call.contract, call.encode_input(*arguments), sender=stranger)
        desk.vault.redeem(1_000, delegate, delegate, sender=delegate)
        assert (desk.token.succeeded(), desk.token.revert_reason()) == (False, "")
    assert desk.values(crash.victim)[0] == -150 * USD
    assert desk.token.calls() == 6


def test_reentry_while_a_depositor_pays_in(on, delegate, keeper):
    """A takeover from within a deposit into the vault would be priced half-way."""
    desk, crash = on("ReentrantToken")
    insure(desk, delegate, 75 * USD)
    desk.token.mint(keeper, 100 * USD, sender=keeper)
    desk.token.approve(desk.vault, 100 * USD, sender=keeper)
    data = desk.clearing_house.deleverage_next.encode_input(crash.victim, 1, 3)
    desk.token.arm(desk.clearing_house, data, sender=keeper)
    desk.vault.deposit(100 * USD, keeper, sender=keeper)
    assert (desk.token.calls(), desk.token.succeeded()) == (1, False)
    assert assets(desk) == 175 * USD


@pytest.mark.parametrize("who", ["victim", "winner", "keeper", "liquidator"])
def test_blacklisted_person_blocks_nothing(on, delegate, maker, taker, keeper, stranger, who):
    """No token of anybody's moves but the vault's."""
    desk, crash = on("BlacklistToken")
    insure(desk, delegate, 100 * USD)
    rich = desk.account(stranger)
    desk.endow(rich, 10**5 * USD)
    person = {"victim": maker, "winner": taker, "keeper": keeper, "liquidator": stranger}[who]
    desk.token.set_blacklisted(person, True, sender=keeper)
    deleverage_next(desk, crash.victim, 1, sender=keeper)
    insure(desk, delegate, 10 * USD)
    fall(desk, 3_940 * WAD)
    liquidate(desk, crash.victim, rich)
    assert desk.slot(crash.victim).size == 0
    assert_sound(desk)


@pytest.mark.parametrize("blocked", ["vault", "house"])
def test_blacklisted_vault_blocks_nothing(on, delegate, keeper, stranger, blocked):
    """What the vault cannot send it does not have: the winners pay, as if it were empty. Its credit is
    paid still."""
    desk, crash = on("BlacklistToken")
    insure(desk, delegate, 75 * USD)
    rich = desk.account(stranger)
    desk.endow(rich, 10**5 * USD)
    # One base: 25 of it are paid, 50 become credit.
    deleverage_next(desk, crash.victim, 1)
    insure(desk, delegate, 500 * USD)
    contract = desk.vault if blocked == "vault" else desk.clearing_house
    desk.token.set_blacklisted(contract, True, sender=keeper)
    with refused(desk, "liq: deleverage"):
        liquidate(desk, crash.victim, rich)
    receipt = deleverage_next(desk, crash.victim, 1)
    assert told(desk, receipt, "DeleveragingStarted")[0]["insurance"] == 0
    assert [e["haircut"] for e in told(desk, receipt, "Deleveraged")] == [50 * USD]
    # The last 50 are the credit: no token moves.
    liquidate(desk, crash.victim, rich)
    assert (desk.cash(crash.victim), desk.clearing_house.vault_credit()) == (0, 0)
    assert assets(desk) == 500 * USD
    assert_sound(desk)


def test_token_that_answers_false(on, delegate, stranger, keeper):
    """Nothing was sent, nothing is credited."""
    desk, crash = on("FalseToken", False)
    insure(desk, delegate, 500 * USD)
    rich = desk.account(stranger)
    desk.endow(rich, 10**5 * USD)
    desk.token.set_failing(True, sender=keeper)
    with refused(desk, "liq: deleverage"):
        liquidate(desk, crash.victim, rich)
    deleverage_next(desk, crash.victim, 256)
    assert [desk.cash(winner) for winner in crash.winners] == [1_050 * USD] * 3
    assert assets(desk) == 500 * USD
    assert_sound(desk)


def test_token_that_burns_all_gas(on, delegate):
    """All but a 64th of a transaction's gas is gone in `cover`, twice: the rest is enough for a few."""
    desk, crash = on("BlacklistToken")
    insure(desk, delegate, 500 * USD)
    set_code(desk.token.address, BURNING)
    receipt = deleverage_next(desk, crash.victim, 2, gas=16_777_216)
    assert closed(desk, receipt) == 2 * WAD
    assert [desk.cash(winner) for winner in crash.winners[:2]] == [1_050 * USD] * 2


def test_eighteen_decimals(project, owner, maker, taker, delegate, stranger):
    """The same story in units of 1e-18: half insured, 25 from each; then a takeover of the rest."""
    unit = 10**18
    params = PLAIN.but(min_notional=10 * unit, funding_depth=12 * 10**9 * unit)
    desk = Desk(project, owner, params, decimals=18)
    crash = wreck(desk, maker, taker)
    fall(desk)
    insure(desk, delegate, 75 * unit + 1, cap=10**25)
    receipt = deleverage_next(desk, crash.victim, 2)
    haircuts = [e["haircut"] for e in told(desk, receipt, "Deleveraged")]
    assert sum(haircuts) == told(desk, receipt, "DeleveragingEnded")[0]["haircut"] == 50 * unit
    assert haircuts == [25 * unit, 25 * unit]
    insure(desk, delegate, 25 * unit, cap=10**25)
    rich = desk.account(stranger)
    desk.endow(rich, 10**5 * unit)
    liquidate(desk, crash.victim, rich)
    assert desk.cash(crash.victim) == 0
    assert_sound(desk)


def test_funding_index_at_its_ends(project, owner, maker, taker, stranger, delegate):
    """An index at either end of its 88 bits makes debts of 154 million per base: they are split like any
    other."""
    desk = Desk(project, owner, PLAIN)
    crash = wreck(desk, maker, taker)
    fall(desk)
    house = desk.clearing_house
    state = next(
        slot
        for slot in (anvil.entry_slot(s, 1) for s in range(16))
        if anvil.read(house, slot) >> 88 & (2**96 - 1) == 3 * WAD
    )
    for index in (2**87 - 1, 1 - 2**87):
        anvil.write(house, state, anvil.read(house, state) >> 88 << 88 | index % 2**88)
        assert house.funding_index(1) == index
        debtors = [crash.victim] if index > 0 else crash.winners
        owed = -sum(desk.values(account)[0] for account in debtors)
        assert owed > 10**14
        if index > 0:
            flag(desk, crash.victim)
            assert desk.lens.shortfall(crash.victim, 1) == owed
            snapshot = [desk.values(w)[0] for w in crash.winners]
            receipt = deleverage_next(desk, crash.victim, 1)
            haircut = told(desk, receipt, "Deleveraged")[0]["haircut"]
            assert desk.cash(crash.winners[0]) == snapshot[0] - haircut
        else:
            receipt = deleverage_next(desk, crash.winners[1], 1)
            assert told(desk, receipt, "Deleveraged")[0]["counterparty"] == crash.victim
            assert desk.values(crash.winners[1])[0] == 0
    assert house.mark_price(1) == CRASHED
    assert_sound(desk)
