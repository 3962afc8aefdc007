"""request_redeem."""

import ape
import pytest

from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import COOLDOWN, WINDOW

NONE = (0, 0, 0)


def test_request_redeem__part__locks_it(desk, vault, shares, depositor):
    now = desk.wait(10)
    desk.request(depositor, 400)
    assert desk.request_of(depositor) == (400, now + COOLDOWN, now + COOLDOWN + WINDOW)
    assert vault.balanceOf(depositor) == shares
    assert vault.maxRedeem(depositor) == 0


def test_request_redeem__any__emits_exactly_this(desk, vault, shares, depositor):
    now = desk.wait(10)
    receipt = desk.request(depositor, 400)
    assert emitted(receipt, vault) == [
        (
            "RedeemRequested",
            {
                "owner": depositor,
                "shares": 400,
                "claimable_at": now + COOLDOWN,
                "lapses_at": now + COOLDOWN + WINDOW,
            },
        )
    ]


def test_request_redeem__everything__is_taken(desk, shares, depositor):
    desk.request(depositor)
    assert desk.request_of(depositor)[0] == shares


def test_request_redeem__in_the_cooldown__adds_and_starts_over(desk, vault, shares, depositor):
    desk.request(depositor, 400)
    now = desk.wait(COOLDOWN - 1)
    receipt = desk.request(depositor, 100)
    assert desk.request_of(depositor) == (500, now + COOLDOWN, now + COOLDOWN + WINDOW)
    assert emitted(receipt, vault)[0][1]["shares"] == 500
    desk.mine(COOLDOWN - 1)
    assert vault.maxRedeem(depositor) == 0
    desk.mine(1)
    assert vault.maxRedeem(depositor) == 500


def test_request_redeem__in_the_window__locks_what_was_claimable_again(desk, vault, shares, depositor):
    desk.mature(depositor, 400)
    assert vault.maxRedeem(depositor) == 400
    desk.request(depositor, 1)
    assert vault.maxRedeem(depositor) == 0
    assert desk.request_of(depositor)[0] == 401


def test_request_redeem__after_part_was_redeemed__adds_to_the_rest(desk, shares, depositor):
    desk.mature(depositor, 400_000)
    desk.redeem(depositor, 300_000)
    desk.request(depositor, 50_000)
    assert desk.request_of(depositor)[0] == 150_000


def test_request_redeem__after_it_lapsed__counts_from_nothing(desk, vault, shares, depositor):
    desk.request(depositor)
    desk.mine(COOLDOWN + WINDOW + 1)
    assert desk.request_of(depositor) == NONE
    desk.request(depositor, 100)
    assert desk.request_of(depositor)[0] == 100


def test_request_redeem__last_second_of_the_window__still_counts(desk, shares, depositor):
    desk.request(depositor, 400)
    desk.wait(COOLDOWN + WINDOW)
    desk.request(depositor, 1)
    assert desk.request_of(depositor)[0] == 401


def test_request_redeem__nothing__reverts(desk, shares, depositor):
    with ape.reverts("vault: zero shares"):
        desk.request(depositor, 0)
    assert desk.request_of(depositor) == NONE


@pytest.mark.parametrize("excess", [1, 2**255])
def test_request_redeem__more_than_held__reverts(desk, shares, depositor, excess):
    with ape.reverts("vault: not enough shares"):
        desk.request(depositor, shares + excess)
    assert desk.request_of(depositor) == NONE


@pytest.mark.parametrize("more", [1, 2**256 - 1])
def test_request_redeem__more_than_the_rest__reverts(desk, shares, depositor, more):
    desk.request(depositor, shares)
    before = desk.request_of(depositor)
    with ape.reverts("vault: not enough shares"):
        desk.request(depositor, more)
    assert desk.request_of(depositor) == before


def test_request_redeem__spender_with_allowance__requests_only_its_own(
    desk, vault, shares, depositor, spender
):
    vault.approve(spender, 2**256 - 1, sender=depositor)
    with ape.reverts("vault: not enough shares"):
        desk.request(spender, 1)
    assert desk.request_of(depositor) == NONE


def test_request_redeem__locked_shares__bear_losses_and_earn_fees(desk, vault, shares, depositor):
    desk.mature(depositor)
    desk.cover(500 * desk.unit)
    assert vault.maxWithdraw(depositor) == 500 * desk.unit
    desk.earn(100 * desk.unit)
    assert vault.maxWithdraw(depositor) == 600 * desk.unit
    assert desk.redeem(depositor) == 600 * desk.unit
