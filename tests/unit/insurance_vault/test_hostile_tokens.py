"""Tokens that lie, keep a fee, call back, return nothing or refuse."""

import ape
import pytest

from tests.unit.insurance_vault.vault_desk import CAP, MARKET, SHARES, VaultDesk


def opened(project, owner, *token):
    """A vault over that mock token."""
    name, *arguments = token
    return VaultDesk(project, owner, token=owner.deploy(getattr(project, name), 6, *arguments))


# -- returns nothing, as USDT


def test_no_return_token__whole_life__works(project, owner, depositor):
    desk = opened(project, owner, "NoReturnToken")
    desk.deposit(depositor, 1_000)
    desk.earn(500)
    desk.cover(300)
    desk.mature(depositor)
    assert desk.redeem(depositor) == 1_199
    assert desk.token.balanceOf(depositor) == 1_199


# -- keeps a fee


@pytest.fixture(scope="module")
def taxed(project, owner, depositor):
    """1,000 units went in before the token began to keep one in a hundred."""
    desk = opened(project, owner, "FeeToken", 0)
    desk.deposit(depositor, 1_000)
    desk.mature(depositor)
    desk.token.set_fee(100, sender=owner)
    return desk


@pytest.mark.parametrize("entry", ["deposit", "mint"])
def test_fee_token__deposit__reverts(taxed, newcomer, entry):
    before = taxed.books()
    taxed.fund(newcomer, 1_000)
    amount = 1_000 * SHARES if entry == "mint" else 1_000
    with ape.reverts("vault: fee on transfer"):
        getattr(taxed.vault, entry)(amount, newcomer, sender=newcomer)
    assert taxed.books() == before


def test_fee_token__cover__is_undone_as_a_whole(taxed):
    before = taxed.books(), taxed.vault.bucket(0), taxed.vault.bucket(MARKET)
    with ape.reverts("vault: transfer failed"):
        taxed.cover(500)
    assert taxed.house.try_cover(MARKET, 500, 0, sender=taxed.owner).return_value is False
    assert (taxed.books(), taxed.vault.bucket(0), taxed.vault.bucket(MARKET)) == before


def test_fee_token__collect__reverts_and_the_credit_stays(taxed):
    taxed.earn(500)
    with ape.reverts("vault: transfer failed"):
        taxed.vault.collect(sender=taxed.owner)
    assert (taxed.vault.collateral_ledger(), taxed.house.vault_credit()) == (1_000, 500)


def test_fee_token__redeem__receiver_bears_the_fee_and_the_ledger_is_right(taxed, depositor):
    assert taxed.redeem(depositor) == 1_000
    assert taxed.token.balanceOf(depositor) == 990
    assert taxed.books() == (0, 0, 0, 0)


# -- answers False


@pytest.fixture(scope="module")
def lying(project, owner, depositor):
    desk = opened(project, owner, "FalseToken", False)
    desk.deposit(depositor, 1_000)
    desk.mature(depositor)
    desk.earn(500)
    desk.token.set_failing(True, sender=owner)
    return desk


@pytest.mark.parametrize("entry", ["deposit", "mint"])
def test_false_token__deposit__reverts(lying, newcomer, entry):
    before = lying.books()
    lying.fund(newcomer, 1_000)
    with ape.reverts("vault: transfer failed"):
        getattr(lying.vault, entry)(1_000, newcomer, sender=newcomer)
    assert lying.books() == before
    assert lying.vault.balanceOf(newcomer) == 0


def test_false_token__redeem__reverts_and_the_shares_stay(lying, depositor):
    with ape.reverts("vault: transfer failed"):
        lying.redeem(depositor, 500_000)
    with ape.reverts("vault: transfer failed"):
        lying.vault.withdraw(500, depositor, depositor, sender=depositor)
    assert lying.vault.balanceOf(depositor) == lying.vault.maxRedeem(depositor) == 1_000 * SHARES


def test_false_token__collect__reverts(lying):
    with ape.reverts("withdraw: transfer failed"):
        lying.vault.collect(sender=lying.owner)
    assert lying.house.vault_credit() == 500


def test_false_token__cover__is_undone_as_a_whole(lying):
    before = lying.books(), lying.vault.bucket(0), lying.vault.bucket(MARKET)
    with ape.reverts("vault: transfer failed"):
        lying.cover(600, from_credit=500)
    assert lying.house.try_cover(MARKET, 600, 500, sender=lying.owner).return_value is False
    assert (lying.books(), lying.vault.bucket(0), lying.vault.bucket(MARKET)) == before
    assert lying.house.vault_credit() == 500


def test_false_token__cover_from_credit_alone__needs_no_token(lying):
    assert lying.house.try_cover(MARKET, 500, 500, sender=lying.owner).return_value is True
    assert lying.vault.totalAssets() == 1_000


# -- has blacklisted the vault


@pytest.fixture(scope="module")
def blocked(project, owner, depositor):
    desk = opened(project, owner, "BlacklistToken")
    desk.deposit(depositor, 1_000)
    desk.mature(depositor)
    desk.earn(500)
    desk.token.set_blacklisted(desk.vault, True, sender=owner)
    return desk


def test_blacklisted_vault__cover__is_undone_as_a_whole(blocked):
    before = blocked.books(), blocked.vault.bucket(0)
    with ape.reverts("token: blacklisted"):
        blocked.cover(600, from_credit=500)
    assert blocked.house.try_cover(MARKET, 600, 500, sender=blocked.owner).return_value is False
    assert (blocked.books(), blocked.vault.bucket(0)) == before


def test_blacklisted_vault__cover_from_credit_alone__still_pays(blocked):
    assert blocked.house.try_cover(MARKET, 500, 500, sender=blocked.owner).return_value is True
    assert blocked.vault.bucket(MARKET)[1] == CAP * blocked.unit - 500


def test_blacklisted_vault__deposit_redeem_collect__revert(blocked, depositor, newcomer):
    before = blocked.books()
    blocked.fund(newcomer, 10)
    with ape.reverts("token: blacklisted"):
        blocked.vault.deposit(10, newcomer, sender=newcomer)
    with ape.reverts("token: blacklisted"):
        blocked.redeem(depositor, 500_000)
    with ape.reverts("token: blacklisted"):
        blocked.vault.collect(sender=blocked.owner)
    assert blocked.books() == before


def test_blacklisted_vault__forgiven__pays_again(blocked, depositor):
    blocked.token.set_blacklisted(blocked.vault, False, sender=blocked.owner)
    assert blocked.redeem(depositor) == 1_499


def test_blacklisted_receiver__redeem__reverts_and_another_receiver_works(blocked, depositor, newcomer):
    blocked.token.set_blacklisted(blocked.vault, False, sender=blocked.owner)
    blocked.token.set_blacklisted(depositor, True, sender=blocked.owner)
    with ape.reverts("token: blacklisted"):
        blocked.redeem(depositor, 500_000)
    vault = blocked.vault
    assert vault.redeem(500_000, newcomer, depositor, sender=depositor).return_value == 749


# -- calls back


@pytest.fixture(scope="module")
def reentered(project, owner, depositor):
    """The token itself holds shares, an allowance and a claimable request: its calls would succeed."""
    desk = opened(project, owner, "ReentrantToken")
    desk.deposit(depositor, 1_000)
    desk.vault.approve(desk.token, 2**256 - 1, sender=depositor)
    desk.mature(depositor)
    desk.earn(500)
    return desk


def calls(desk, depositor):
    vault = desk.vault
    return {
        "deposit": vault.deposit.encode_input(0, depositor),
        "mint": vault.mint.encode_input(0, depositor),
        "redeem": vault.redeem.encode_input(1_000, depositor, depositor),
        "withdraw": vault.withdraw.encode_input(1, depositor, depositor),
        "transfer": vault.transfer.encode_input(depositor, 0),
        "transferFrom": vault.transferFrom.encode_input(depositor, depositor, 0),
        "collect": vault.collect.encode_input(),
        "request_redeem": vault.request_redeem.encode_input(1),
        "cancel_redeem": vault.cancel_redeem.encode_input(),
    }


ACTIONS = {
    "deposit": lambda desk, who: desk.deposit(who, 10),
    "redeem": lambda desk, who: desk.redeem(who, 500_000),
    "collect": lambda desk, who: desk.vault.collect(sender=who),
    "cover": lambda desk, who: desk.cover(100),
}
CALLS = ["deposit", "mint", "redeem", "withdraw", "transfer", "transferFrom", "collect"]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("call", CALLS)
def test_reentrant_token__any_call_in_any_action__is_refused(reentered, depositor, action, call):
    token = reentered.token
    token.arm(reentered.vault, calls(reentered, depositor)[call], sender=reentered.owner)
    ACTIONS[action](reentered, depositor)
    # An empty answer: the lock, not one of the vault's reasons.
    assert (token.calls(), token.succeeded(), token.answer()) == (1, False, b"")


@pytest.mark.parametrize("call", ["redeem", "withdraw", "deposit", "transferFrom", "collect"])
def test_reentrant_token__the_same_call_on_its_own__succeeds(project, reentered, depositor, call):
    """So the refusals above were the lock's."""
    token, vault = reentered.token, reentered.vault
    token.arm(vault, calls(reentered, depositor)[call], sender=reentered.owner)
    if call == "transferFrom":
        vault.cancel_redeem(sender=depositor)
    token.transfer(depositor, 0, sender=depositor)
    assert (token.calls(), token.succeeded()) == (1, True)


def test_reentrant_token__books_after_an_attempt__are_right(reentered, depositor):
    token, vault = reentered.token, reentered.vault
    token.arm(vault, calls(reentered, depositor)["redeem"], sender=reentered.owner)
    reentered.redeem(depositor, 500_000)
    assert reentered.books() == (751, 251, 251, 500_000)
