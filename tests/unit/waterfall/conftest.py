"""Actors by role, and one deployment a file whose market charges nothing unless the file says `PARAMS =
...`.
"""

import pytest
from ape import Project, accounts
from ape.api import AccountAPI

from tests.helpers.desk import Desk
from tests.helpers.parameters import PLAIN


@pytest.fixture(scope="session")
def debtor() -> AccountAPI:
    """Whose account gets into trouble."""
    return accounts.test_accounts[7]


@pytest.fixture(scope="session")
def winner() -> AccountAPI:
    """Stands on the other side."""
    return accounts.test_accounts[8]


@pytest.fixture(scope="session")
def liquidator() -> AccountAPI:
    return accounts.test_accounts[9]


@pytest.fixture(scope="session")
def bystander() -> AccountAPI:
    return accounts.test_accounts[10]


@pytest.fixture(scope="module")
def desk(
    project: Project,
    owner: AccountAPI,
    debtor: AccountAPI,
    winner: AccountAPI,
    liquidator: AccountAPI,
    bystander: AccountAPI,
    delegate: AccountAPI,
    stranger: AccountAPI,
    request: pytest.FixtureRequest,
) -> Desk:
    """Market 1 at 4,000. The actors come first: a session fixture made later would make Ape start over."""
    module = request.module
    return Desk(project, owner, getattr(module, "PARAMS", PLAIN), getattr(module, "DECIMALS", 6))
