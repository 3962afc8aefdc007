"""withdraw."""

import ape
import pytest

from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.events import emitted
from tests.helpers.parameters import SourceConfig

GAP = 3 * 3_600
ZERO_ADDRESS = "0x" + "00" * 20
# 1 base at 4,000 and 10x.
INITIAL = 400 * USD


@pytest.fixture
def pair(desk, maker, taker):
    """Accounts 1 and 2 with 1,000 each: one long, one short 1 base at 10x."""
    long, short = desk.account(maker, 1_000), desk.account(taker, 1_000)
    desk.trade(long, short)
    return long, short


def test_withdraw__flat_account__pays_everything(desk, maker, stranger):
    account = desk.account(maker, 100)
    desk.clearing_house.withdraw(account, 100 * USD, stranger, sender=maker)
    assert desk.cash(account) == 0
    assert desk.token.balanceOf(stranger) == 100 * USD
    assert desk.clearing_house.collateral_ledger() == 0


def test_withdraw__any__emits_exactly_this(desk, maker, stranger):
    account = desk.account(maker, 100)
    receipt = desk.clearing_house.withdraw(account, 30 * USD, stranger, sender=maker)
    assert emitted(receipt, desk.clearing_house) == [
        (
            "Withdrawn",
            {"account_id": account, "receiver": stranger.address, "amount": 30 * USD, "cash": 70 * USD},
        )
    ]


def test_withdraw__flat_account_without_any_price__pays(desk, maker):
    account = desk.account(maker, 100)
    desk.mine(GAP)
    desk.clearing_house.withdraw(account, 100 * USD, maker, sender=maker)
    assert desk.token.balanceOf(maker) == 100 * USD


def test_withdraw__nothing__changes_nothing(desk, maker):
    account = desk.account(maker, 100)
    desk.clearing_house.withdraw(account, 0, maker, sender=maker)
    assert desk.cash(account) == 100 * USD


def test_withdraw__open_position__leaves_the_initial_requirement(desk, pair, maker):
    long, _ = pair
    free = 1_000 * USD - INITIAL
    with ape.reverts("withdraw: too much"):
        desk.clearing_house.withdraw(long, free + 1, maker, sender=maker)
    desk.clearing_house.withdraw(long, free, maker, sender=maker)
    assert desk.values(long) == (INITIAL, INITIAL, 20 * USD, 0)


def test_withdraw__profit__stays_until_realised(desk, pair, maker, taker):
    """At 4,100 the long is worth 1,100 and must keep 410 of margin and its profit of 100: 590."""
    long, short = pair
    desk.report(4_100 * WAD)
    with ape.reverts("withdraw: too much"):
        desk.clearing_house.withdraw(long, 590 * USD + 1, maker, sender=maker)
    desk.clearing_house.withdraw(long, 590 * USD, maker, sender=maker)

    # Realised against the short it is cash: 510 left, and none of it is needed.
    desk.close(long, short, 4_100 * WAD)
    desk.clearing_house.withdraw(long, 510 * USD, maker, sender=maker)
    assert desk.cash(long) == 0


def test_withdraw__loss__comes_off(desk, pair, taker):
    """The short at 4,100: 1,000 - 100 - 410."""
    _, short = pair
    desk.report(4_100 * WAD)
    with ape.reverts("withdraw: too much"):
        desk.clearing_house.withdraw(short, 490 * USD + 1, taker, sender=taker)
    desk.clearing_house.withdraw(short, 490 * USD, taker, sender=taker)


def test_withdraw__account_below_its_requirement__pays_only_nothing(desk, pair, taker):
    _, short = pair
    desk.report(4_390 * WAD)
    desk.report(4_800 * WAD)
    # 1,000 - 800 is less than 480.
    desk.clearing_house.withdraw(short, 0, taker, sender=taker)
    with ape.reverts("withdraw: too much"):
        desk.clearing_house.withdraw(short, 1, taker, sender=taker)


@pytest.mark.parametrize("amount", [100 * USD + 1, 2**127, 2**255, 2**256 - 1])
def test_withdraw__more_than_there_is__reverts(desk, maker, taker, amount):
    account = desk.account(maker, 100)
    desk.account(taker, 1_000)
    with ape.reverts("withdraw: too much"):
        desk.clearing_house.withdraw(account, amount, maker, sender=maker)
    assert desk.cash(account) == 100 * USD


def test_withdraw__stale_price__reverts(desk, pair, maker):
    desk.mine(GAP)
    with ape.reverts("margin: unpriced leg"):
        desk.clearing_house.withdraw(pair[0], 1, maker, sender=maker)


def test_withdraw__one_of_two_legs_unpriced__reverts(desk, pair, maker):
    market = desk.list_market(config=SourceConfig(desk.source.address, max_age=60))
    desk.trade(*pair, WAD // 10, market_id=market)
    desk.mine(120)
    assert (desk.router.peek(1).valid, desk.router.peek(market).valid) == (True, False)
    with ape.reverts("margin: unpriced leg"):
        desk.clearing_house.withdraw(pair[0], 1, maker, sender=maker)

    desk.report(PRICE, market)
    desk.clearing_house.withdraw(pair[0], 1, maker, sender=maker)


def test_withdraw__stranger__reverts(desk, maker, stranger):
    account = desk.account(maker, 100)
    with ape.reverts("account: not the owner"):
        desk.clearing_house.withdraw(account, 1, stranger, sender=stranger)
    assert desk.cash(account) == 100 * USD


def test_withdraw__live_delegate__reverts(desk, maker, delegate):
    account = desk.account(maker, 100)
    desk.clearing_house.set_delegate(account, delegate, 2**64, sender=maker)
    for receiver in (delegate, maker):
        with ape.reverts("account: not the owner"):
            desk.clearing_house.withdraw(account, 1, receiver, sender=delegate)


def test_withdraw__bankrupt__nothing_keeps_the_flag(desk, pair, maker):
    """Else it would never be ripe: nothing may always be withdrawn."""
    long, _ = pair
    desk.insure(1_000 * USD)
    desk.clearing_house.withdraw(long, 600 * USD, maker, sender=maker)
    desk.crash(3_500 * WAD)
    desk.flag(long)
    flagged_at = desk.flagged_at(long)
    desk.clearing_house.withdraw(long, 0, maker, sender=maker)
    assert desk.flagged_at(long) == flagged_at > 0
    desk.endow(long, 100 * USD)
    desk.clearing_house.withdraw(long, 0, maker, sender=maker)
    assert desk.flagged_at(long) == 0


@pytest.fixture
def gated(desk, pair, maker):
    """The long of the pair is bankrupt by 100, the vault is empty, and somebody said so."""
    long, _ = pair
    desk.clearing_house.withdraw(long, 600 * USD, maker, sender=maker)
    desk.crash(3_500 * WAD)
    return long, desk.flag(long)


def test_withdraw__gate_up__nobody_withdraws(desk, gated, pair, taker, stranger):
    """Neither the winner nor a flat bystander, not even nothing."""
    bystander = desk.account(stranger, 100)
    for account, trader in ((pair[1], taker), (bystander, stranger)):
        for amount in (0, 1):
            with ape.reverts("withdraw: gated"):
                desk.clearing_house.withdraw(account, amount, trader, sender=trader)


def test_withdraw__gate_up__comes_after_the_owner_and_before_the_amount(desk, gated, pair, taker, stranger):
    with ape.reverts("account: not the owner"):
        desk.clearing_house.withdraw(pair[1], 1, stranger, sender=stranger)
    with ape.reverts("account: unknown"):
        desk.clearing_house.withdraw(99, 1, taker, sender=taker)
    desk.mine(2 * 600)
    with ape.reverts("withdraw: gated"):
        desk.clearing_house.withdraw(pair[1], 2**255, ZERO_ADDRESS, sender=taker)


def test_withdraw__gate_up__everything_else_goes_on(desk, gated, pair, taker, stranger):
    account = desk.account(stranger, 10_000)
    desk.trade(account, pair[1], WAD // 10, 3_500 * WAD)
    desk.clearing_house.set_leverage(account, 1, 20, 0, sender=stranger)
    desk.deleverage_next(gated[0])
    desk.clearing_house.withdraw(account, 1, stranger, sender=stranger)


def test_withdraw__gate_up__depositors_of_the_vault_wait_too(desk, pair, maker, owner):
    desk.insure(50 * USD)
    shares = desk.vault.balanceOf(owner)
    desk.vault.request_redeem(shares, sender=owner)
    desk.mine(desk.vault.cooldown() - 100)
    long, _ = pair
    desk.report(PRICE)
    desk.clearing_house.withdraw(long, 600 * USD, maker, sender=maker)
    desk.crash(3_500 * WAD)
    desk.mine(100)
    assert desk.vault.maxRedeem(owner) == shares
    desk.flag(long)
    assert (desk.vault.maxRedeem(owner), desk.vault.maxWithdraw(owner)) == (0, 0)
    with ape.reverts("vault: not redeemable"):
        desk.vault.redeem(1, owner, owner, sender=owner)
    # The vault gives all it has, and who is left may go.
    desk.deleverage_next(long)
    assert desk.vault.maxRedeem(owner) == shares
    desk.vault.redeem(shares, owner, owner, sender=owner)
    assert desk.token.balanceOf(owner) == 0


def test_withdraw__unknown_account__reverts(desk, maker):
    with ape.reverts("account: unknown"):
        desk.clearing_house.withdraw(1, 0, maker, sender=maker)


def test_withdraw__to_nobody_or_to_the_house__reverts(desk, maker):
    account = desk.account(maker, 100)
    for receiver in (ZERO_ADDRESS, desk.clearing_house.address):
        with ape.reverts("withdraw: bad receiver"):
            desk.clearing_house.withdraw(account, 1, receiver, sender=maker)
    assert desk.clearing_house.collateral_ledger() == 100 * USD
