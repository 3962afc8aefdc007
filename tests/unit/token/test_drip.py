"""`drip`: anyone takes test collateral."""

import ape
import pytest


@pytest.fixture(scope="module", params=[6, 18])
def decimals(request):
    return request.param


@pytest.fixture(scope="module")
def owner(accounts):
    return accounts[0]


@pytest.fixture(scope="module")
def trader(accounts):
    return accounts[1]


@pytest.fixture(scope="module")
def token(project, owner, decimals):
    return owner.deploy(project.FaucetToken, "Test dollar", "tUSD", decimals)


def test_drip__up_to_the_cap__minted(token, decimals, trader):
    cap = token.DRIP_CAP() * 10**decimals

    token.drip(trader, cap, sender=trader)

    assert token.balanceOf(trader) == cap
    assert token.totalSupply() == cap
    assert token.decimals() == decimals


def test_drip__one_unit_above_the_cap__reverts(token, decimals, trader):
    with ape.reverts("token: above the drip cap"):
        token.drip(trader, token.DRIP_CAP() * 10**decimals + 1, sender=trader)


def test_mint__owner__has_no_cap(token, owner, trader):
    token.mint(trader, 10**40, sender=owner)

    assert token.balanceOf(trader) == 10**40


def test_mint__stranger__reverts(token, trader):
    with ape.reverts("erc20: access is denied"):
        token.mint(trader, 1, sender=trader)


def test_transfer__dripped__moves(token, owner, trader):
    token.drip(trader, 100, sender=trader)
    token.approve(owner, 40, sender=trader)

    token.transferFrom(trader, owner, 40, sender=owner)
    token.transfer(trader, 10, sender=owner)

    assert (token.balanceOf(trader), token.balanceOf(owner)) == (70, 30)


@pytest.mark.parametrize("bad", [0, 8, 255])
def test_deploy__other_decimals__reverts(project, owner, bad):
    with ape.reverts("token: bad decimals"):
        owner.deploy(project.FaucetToken, "Test dollar", "tUSD", bad)
