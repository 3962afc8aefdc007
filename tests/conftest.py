"""Actors by role and a deployed system for the tests that run on Ape's Anvil."""

import pytest
from ape import Project, accounts
from ape import chain as local_chain
from ape import project as local_project
from ape.api import AccountAPI

from tests.helpers.desk import Desk


@pytest.fixture(scope="session", autouse=True)
def steady_time(pytestconfig: pytest.Config) -> None:
    """A block is a second after the one before it, however long a test takes between two."""
    if pytestconfig.pluginmanager.hasplugin("ape_test") and local_chain.network_manager.active_provider:
        local_chain.provider.make_request("anvil_setBlockTimestampInterval", [1])


@pytest.fixture(scope="session")
def project() -> Project:
    return local_project


@pytest.fixture(scope="session")
def owner() -> AccountAPI:
    """Owns Governance, OracleRouter and SignedSource."""
    return accounts.test_accounts[0]


@pytest.fixture(scope="session")
def maker() -> AccountAPI:
    return accounts.test_accounts[1]


@pytest.fixture(scope="session")
def taker() -> AccountAPI:
    return accounts.test_accounts[2]


@pytest.fixture(scope="session")
def delegate() -> AccountAPI:
    return accounts.test_accounts[3]


@pytest.fixture(scope="session")
def filler() -> AccountAPI:
    return accounts.test_accounts[4]


@pytest.fixture(scope="session")
def guardian() -> AccountAPI:
    return accounts.test_accounts[5]


@pytest.fixture(scope="session")
def stranger() -> AccountAPI:
    return accounts.test_accounts[6]


@pytest.fixture(scope="module")
def desk(project: Project, owner: AccountAPI) -> Desk:
    """A fresh deployment with market 1 at 4,000. Ape takes back every test's changes."""
    return Desk(project, owner)
