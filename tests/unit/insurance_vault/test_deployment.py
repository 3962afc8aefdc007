"""Deployment: what is fixed there, within which bounds."""

import ape
import pytest

from tests.unit.insurance_vault.vault_desk import (
    COOLDOWN,
    DAY,
    HOUR,
    NAME,
    SYMBOL,
    WINDOW,
    ZERO_ADDRESS,
    VaultDesk,
)


@pytest.fixture(scope="module")
def deploy(project, owner, token, desk):
    def deploy(cooldown=COOLDOWN, window=WINDOW, house=desk.house, governance=desk.governance):
        return owner.deploy(project.InsuranceVault, token, house, governance, NAME, SYMBOL, cooldown, window)

    return deploy


@pytest.mark.parametrize("decimals", [6, 18])
def test_deploy__any_token__three_more_decimals(project, owner, decimals):
    desk = VaultDesk(project, owner, decimals)
    assert desk.vault.decimals() == decimals + 3


def test_deploy__any__says_what_it_was_given(desk, vault, token):
    assert (vault.name(), vault.symbol()) == (NAME, SYMBOL)
    assert (vault.asset(), vault.clearing_house(), vault.governance()) == (
        token.address,
        desk.house.address,
        desk.governance.address,
    )
    assert (vault.cooldown(), vault.redeem_window()) == (COOLDOWN, WINDOW)
    assert vault.gate_floor() == 0


def test_deploy__any__is_empty(desk):
    assert desk.books() == (0, 0, 0, 0)


@pytest.mark.parametrize("cooldown", [HOUR, 30 * DAY])
def test_deploy__cooldown_at_a_bound__is_taken(deploy, cooldown):
    assert deploy(cooldown=cooldown).cooldown() == cooldown


@pytest.mark.parametrize("cooldown", [0, HOUR - 1, 30 * DAY + 1, 2**256 - 1])
def test_deploy__cooldown_out_of_bounds__reverts(deploy, cooldown):
    with ape.reverts("vault: bad cooldown"):
        deploy(cooldown=cooldown)


@pytest.mark.parametrize("window", [2 * HOUR, 30 * DAY])
def test_deploy__window_at_a_bound__is_taken(deploy, window):
    assert deploy(window=window).redeem_window() == window


@pytest.mark.parametrize("window", [0, 2 * HOUR - 1, 30 * DAY + 1, 2**256 - 1])
def test_deploy__window_out_of_bounds__reverts(deploy, window):
    with ape.reverts("vault: bad window"):
        deploy(window=window)


@pytest.mark.parametrize("missing", ["house", "governance"])
def test_deploy__zero_address__reverts(deploy, missing):
    with ape.reverts("vault: zero address"):
        deploy(**{missing: ZERO_ADDRESS})


@pytest.mark.parametrize(
    "name", ["owner", "set_minter", "is_minter", "burn", "burn_from", "transfer_ownership", "pause"]
)
def test_abi__powers_of_the_modules__are_not_exported(vault, name):
    assert not hasattr(vault, name)
