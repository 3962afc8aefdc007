"""Circle's FiatToken as collateral: paused, upgraded, with people and contracts on its blacklist."""

import pytest

from tests.helpers.crash import assert_sound, closed, deleverage_next, liquidate, refused, told
from tests.helpers.reading import NO_REASON
from tests.helpers.real_tokens import (
    FOREVER,
    TokenDesk,
    crashed,
    fiat_proxy,
    fiat_token,
    live,
    needs_fiat_token,
    only_money_stands_still,
)

pytestmark = needs_fiat_token
LISTED = "Blacklistable: account is blacklisted"


@pytest.fixture
def fiat_desk(project, owner, maker, taker, delegate, filler, guardian, stranger):
    """A deployment over Circle's FiatToken; `owner` pauses and blacklists."""
    return TokenDesk(project, owner, fiat_token(owner, guardian), decimals=6)


def test_fiat_token__life__serves_from_deposit_to_exit(fiat_desk, maker, taker, stranger, filler):
    assert (fiat_desk.token.version(), fiat_desk.token.decimals()) == ("2", 6)
    live(fiat_desk, maker, taker, stranger, filler)


def test_fiat_token__paused__only_money_stands_still(fiat_desk, owner, maker, taker, stranger):
    crash, rich = crashed(fiat_desk, maker, taker, stranger)
    fiat_desk.token.pause(sender=owner)
    only_money_stands_still(fiat_desk, crash, rich, "Pausable: paused")


def test_fiat_token__upgraded_to_a_ruin__only_money_stands_still(
    fiat_desk, owner, guardian, maker, taker, stranger
):
    """Its proxy's admin points it at code that reverts whatever it is asked."""
    crash, rich = crashed(fiat_desk, maker, taker, stranger)
    ruin, proxy = owner.deploy(fiat_desk.project.PolledSource), fiat_proxy(fiat_desk.token)
    proxy.upgradeTo(ruin, sender=guardian)
    only_money_stands_still(fiat_desk, crash, rich, NO_REASON)


@pytest.mark.parametrize("who", ["house", "vault"])
def test_fiat_token__contract_blacklisted__only_money_stands_still(
    fiat_desk, owner, maker, taker, stranger, who
):
    """Without the vault's tokens winners pay as if it were empty. Traders of the vault's deployment still
    leave; if ClearingHouse itself is listed nobody does, until it is taken off."""
    desk = fiat_desk
    crash, rich = crashed(desk, maker, taker, stranger)
    contract = desk.clearing_house if who == "house" else desk.vault
    desk.token.blacklist(contract, sender=owner)
    if who == "house":
        only_money_stands_still(desk, crash, rich, LISTED)
        desk.token.unBlacklist(contract, sender=owner)
    else:
        with refused(desk, "liq: deleverage"):
            liquidate(desk, crash.victim, rich)
        receipt = deleverage_next(desk, crash.victim, 1)
        assert told(desk, receipt, "DeleveragingStarted")[0]["insurance"] == 0
        assert closed(desk, receipt) == 10**18
        with refused(desk, LISTED):
            desk.vault.deposit(1, owner, sender=owner)
    paid = desk.leave(crash.winners[0], taker)
    assert desk.token.balanceOf(taker) == paid == 1_050 * desk.unit


def test_fiat_token__trader_blacklisted__trades_on_and_leaves_by_another_address(
    fiat_desk, owner, maker, taker, stranger, filler
):
    """The list stops its wallet, not its account: nobody else notices, nor does the waterfall."""
    desk = fiat_desk
    crash, rich = crashed(desk, maker, taker, stranger)
    winner, unit = crash.winners[0], desk.unit
    desk.token.transfer(taker, unit, sender=owner)
    desk.token.approve(desk.clearing_house, FOREVER, sender=taker)
    for person in (maker, taker):
        desk.token.blacklist(person, sender=owner)
    with refused(desk, LISTED):
        desk.clearing_house.deposit(winner, unit, sender=taker)
    liquidate(desk, crash.victim, rich)
    desk.close(winner, rich, 3_900 * 10**18)
    with refused(desk, LISTED):
        desk.leave(winner, taker)
    assert desk.leave(winner, filler) == desk.token.balanceOf(filler) == 1_100 * unit
    assert_sound(desk)
