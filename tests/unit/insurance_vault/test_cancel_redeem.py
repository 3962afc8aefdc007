"""cancel_redeem."""

import ape

from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import COOLDOWN, WINDOW


def test_cancel_redeem__in_the_cooldown__frees_the_shares(desk, vault, shares, depositor, newcomer):
    desk.request(depositor)
    vault.cancel_redeem(sender=depositor)
    assert desk.request_of(depositor) == (0, 0, 0)
    vault.transfer(newcomer, shares, sender=depositor)
    assert vault.balanceOf(newcomer) == shares


def test_cancel_redeem__any__emits_exactly_this(desk, vault, shares, depositor):
    desk.request(depositor, 400)
    receipt = vault.cancel_redeem(sender=depositor)
    assert emitted(receipt, vault) == [("RedeemCancelled", {"owner": depositor, "shares": 400})]


def test_cancel_redeem__in_the_window__ends_it(desk, vault, shares, depositor):
    desk.mature(depositor)
    vault.cancel_redeem(sender=depositor)
    assert vault.maxRedeem(depositor) == 0
    desk.request(depositor, 5)
    assert desk.request_of(depositor)[0] == 5


def test_cancel_redeem__without_a_request__reverts(desk, vault, shares, depositor):
    with ape.reverts("vault: no request"):
        vault.cancel_redeem(sender=depositor)


def test_cancel_redeem__twice__reverts(desk, vault, shares, depositor):
    desk.request(depositor)
    vault.cancel_redeem(sender=depositor)
    with ape.reverts("vault: no request"):
        vault.cancel_redeem(sender=depositor)


def test_cancel_redeem__lapsed__reverts(desk, vault, shares, depositor):
    desk.request(depositor)
    desk.mine(COOLDOWN + WINDOW + 1)
    with ape.reverts("vault: no request"):
        vault.cancel_redeem(sender=depositor)


def test_cancel_redeem__everything_redeemed__reverts(desk, vault, shares, depositor):
    desk.mature(depositor)
    desk.redeem(depositor)
    with ape.reverts("vault: no request"):
        vault.cancel_redeem(sender=depositor)


def test_cancel_redeem__stranger__touches_nobody_elses(desk, vault, shares, depositor, stranger):
    desk.request(depositor, 400)
    before = desk.request_of(depositor)
    with ape.reverts("vault: no request"):
        vault.cancel_redeem(sender=stranger)
    assert desk.request_of(depositor) == before
