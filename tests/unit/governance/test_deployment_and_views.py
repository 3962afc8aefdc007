"""What is fixed at deployment, and views of what is not listed."""

import ape
import pytest

from tests.unit.governance.conftest import ZERO_ADDRESS
from tests.unit.governance.parameters import PARAMS, named


def test_deployment__immutables__are_as_given(governance, clearing_house, router, owner):
    assert governance.clearing_house() == clearing_house
    assert governance.router() == router
    assert governance.owner() == owner
    assert governance.market_count() == 0


def test_deployment__no_guardian_yet(project, clearing_house, router, owner):
    assert owner.deploy(project.Governance, clearing_house, router, 6).guardian() == ZERO_ADDRESS


@pytest.mark.parametrize("missing", [0, 1])
def test_deployment__zero_address__reverts(project, clearing_house, router, owner, missing):
    addresses = [clearing_house.address, router.address]
    addresses[missing] = ZERO_ADDRESS
    with ape.reverts("governance: zero address"):
        owner.deploy(project.Governance, *addresses, 6)


@pytest.mark.parametrize("decimals", [0, 5, 7, 8, 17, 19, 36])
def test_deployment__other_decimals__reverts(project, clearing_house, router, owner, decimals):
    with ape.reverts("governance: decimals"):
        owner.deploy(project.Governance, clearing_house, router, decimals)


@pytest.mark.parametrize("market_id", [0, 2, 2**256 - 1])
@pytest.mark.parametrize("view", ["market_params", "is_reduce_only"])
def test_views__not_listed__revert(listed, view, market_id):
    with ape.reverts("market: not listed"):
        getattr(listed, view)(market_id)


@pytest.mark.parametrize("market_id", [0, 1, 2])
def test_scheduled__nothing_scheduled__is_zeros(listed, market_id):
    values, effective_at = listed.scheduled(market_id)
    assert (named(values), effective_at) == (dict.fromkeys(PARAMS, 0), 0)
