"""Other people's tokens as collateral: what contracts/TOKENS.md says of each is tried here."""

import re
from pathlib import Path

import ape
import pytest

from tests.helpers.crash import (
    assert_sound,
    assets,
    liquidate,
    refused,
)
from tests.helpers.real_tokens import (
    SUPPLY,
    TokenDesk,
    crashed,
    live,
    odd_token,
    only_money_stands_still,
)
from tests.helpers.solidity import PACKAGES, compiled, deploy_solidity, needs_solidity

pytestmark = needs_solidity

TABLE = Path(__file__).parents[2] / "contracts" / "TOKENS.md"
# | `File` | what is odd about it | outcome |
ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
DECIMALS = "collateral: 6 or 18 decimals"
# By file: the contract in it, and what its constructor wants beside the supply.
WORKS = {
    "Approval": ("ApprovalRaceToken",),
    "ApprovalToZero": ("ApprovalToZeroToken",),
    "BlockList": ("BlockableToken",),
    "Bytes32Metadata": ("ERC20",),
    "ERC20": ("ERC20",),
    "MissingReturns": ("MissingReturnToken",),
    "Pausable": ("PausableToken",),
    "Reentrant": ("ReentrantToken",),
    "RevertToZero": ("ReentrantToken",),
    "RevertZero": ("RevertZeroToken",),
    "TransferFromSelf": ("TransferFromSelfToken",),
    "Uint96": ("ERC20",),
}
# Deposits of both kinds are refused: for these reasons, by ClearingHouse and by the vault.
NO_DEPOSIT = {
    "NoRevert": (("NoRevertToken",), "deposit: transfer failed", "vault: transfer failed"),
    "ReturnsFalse": (("ReturnsFalseToken",), "deposit: transfer failed", "vault: transfer failed"),
    "TransferFee": (("TransferFeeToken", 1), "deposit: fee on transfer", "vault: fee on transfer"),
}
NO_DEPLOYMENT = {"HighDecimals": "HighDecimalToken", "LowDecimals": "LowDecimalToken"}
# Each with a test of its own; so has FiatTokenV2_2, in test_fiat_token.py.
ALONE = {"Proxied", "Upgradable"}


@pytest.fixture
def on(project, owner, maker, taker, delegate, filler, guardian, stranger):
    """A deployment over this token of weird-erc20. The actors come first, as in conftest.py."""

    def on(source, name, *arguments):
        return TokenDesk(project, owner, odd_token(owner, source, name, *arguments))

    return on


def test_tokens__of_the_package_and_of_the_table__are_those_tried():
    files = {path.stem for path in (PACKAGES / "weird-erc20" / "contracts").glob("*.sol")} - {"test.t"}
    tried = {*WORKS, *NO_DEPOSIT, *NO_DEPLOYMENT, *ALONE}
    assert tried == files
    assert sorted(ROW.findall(TABLE.read_text())) == sorted({"FiatTokenV2_2", *tried})


@pytest.mark.parametrize("source", WORKS)
def test_odd_token__harmless__serves_from_deposit_to_exit(on, maker, taker, stranger, filler, source):
    live(on(source, *WORKS[source]), maker, taker, stranger, filler)


@pytest.mark.parametrize("source", NO_DEPOSIT)
def test_odd_token__not_delivered_whole__no_deposit(on, owner, maker, source):
    contract, house_reason, vault_reason = NO_DEPOSIT[source]
    desk = on(source, *contract)
    account = desk.account(maker)
    with refused(desk, house_reason):
        desk.endow(account, 100 * desk.unit)
    with refused(desk, vault_reason):
        desk.vault.deposit(100 * desk.unit, owner, sender=owner)
    assert (desk.clearing_house.collateral_ledger(), assets(desk)) == (0, 0)


@pytest.mark.parametrize("source", NO_DEPLOYMENT)
def test_odd_token__other_decimals__no_deployment(project, owner, source):
    token = odd_token(owner, source, NO_DEPLOYMENT[source])
    with ape.reverts(DECIMALS):
        TokenDesk(project, owner, token)


def test_upgradable_token__the_example__cannot_be_deployed(owner):
    """Its constructor calls what only its owner may, and it has none yet. FiatToken's proxy is upgraded
    instead (test_fiat_token.py)."""
    with ape.reverts("unauthorised"):
        odd_token(owner, "Upgradable", "Proxy")


def test_proxied_token__two_addresses__the_other_one_moves_nothing_of_ours(
    project, owner, maker, taker, stranger, filler
):
    """Whoever sends by the second address makes a donation: the ledger does not see it."""
    backend = odd_token(owner, "Proxied", "ProxiedToken")
    front = compiled("weird-erc20/contracts/Proxied.sol", "TokenProxy", "0.6")
    first, second = (
        type(backend)(deploy_solidity(owner, front, backend).address, backend.contract_type) for _ in range(2)
    )
    for proxy in (first, second):
        backend.setDelegator(proxy, True, sender=owner)
    desk = TokenDesk(project, owner, first)
    live(desk, maker, taker, stranger, filler)
    second.transfer(desk.clearing_house, 1, sender=owner)
    assert first.balanceOf(desk.clearing_house) == desk.clearing_house.collateral_ledger() + 1


def test_reentrant_token__target_set_by_the_payer__only_its_own_call_fails(on, owner, maker, taker):
    """The example calls back whoever pays. Nothing that is locked can be entered, so its own deposit fails;
    ClearingHouse and vault have set no target."""
    desk = on("Reentrant", "ReentrantToken")
    house, account = desk.clearing_house, desk.account(maker)
    desk.endow(account, 10 * desk.unit)
    for call, arguments in ((house.deposit, (account, 1)), (house.withdraw, (account, 1, taker))):
        desk.token.setTarget(house, call.encode_input(*arguments), sender=owner)
        with refused(desk, "call failed"):
            desk.endow(account, desk.unit)
    desk.leave(account, maker)
    assert desk.token.balanceOf(maker) == 10 * desk.unit


def test_zero_value_token__nothing_to_move__nobody_but_who_asks_is_refused(on, maker):
    desk = on("RevertZero", "RevertZeroToken")
    account = desk.account(maker)
    for call, arguments in (
        (desk.clearing_house.deposit, (account, 0)),
        (desk.clearing_house.withdraw, (account, 0, maker)),
        (desk.vault.collect, ()),
    ):
        with refused(desk, "zero-value-transfer"):
            call(*arguments, sender=maker)


def test_96_bit_token__more_than_it_counts__refused_by_the_token(on, maker):
    desk = on("Uint96", "ERC20")
    account = desk.account(maker)
    with ape.reverts():
        desk.endow(account, 2**96)
    desk.endow(account, SUPPLY)
    assert desk.cash(account) == SUPPLY


def test_pausable_token__paused__only_money_stands_still(on, owner, maker, taker, stranger):
    desk = on("Pausable", "PausableToken")
    crash, rich = crashed(desk, maker, taker, stranger)
    desk.token.stop(sender=owner)
    only_money_stands_still(desk, crash, rich, "paused")
    desk.token.start(sender=owner)
    liquidate(desk, crash.victim, rich)
    assert desk.cash(crash.victim) == 0
    assert_sound(desk)


def test_blockable_token__house_on_the_list__only_money_stands_still(on, owner, maker, taker, stranger):
    """`transfer` goes through the example's `transferFrom`: the list stops both directions."""
    desk = on("BlockList", "BlockableToken")
    crash, rich = crashed(desk, maker, taker, stranger)
    desk.token.block(desk.clearing_house, sender=owner)
    only_money_stands_still(desk, crash, rich, "blocked")
    assert_sound(desk)
