"""Actors by role, and one vault a file."""

import pytest
from ape import accounts

from tests.unit.insurance_vault.vault_desk import VaultDesk


@pytest.fixture(scope="session")
def depositor():
    return accounts.test_accounts[7]


@pytest.fixture(scope="session")
def newcomer():
    """Comes to the vault when others are in it."""
    return accounts.test_accounts[8]


@pytest.fixture(scope="session")
def spender():
    return accounts.test_accounts[9]


@pytest.fixture(scope="session")
def attacker():
    return accounts.test_accounts[10]


@pytest.fixture(scope="module", params=[6])
def desk(project, owner, depositor, newcomer, spender, attacker, stranger, request) -> VaultDesk:
    """The actors come first: a session fixture made later would make Ape start over."""
    return VaultDesk(project, owner, request.param)


@pytest.fixture(scope="module")
def vault(desk):
    return desk.vault


@pytest.fixture(scope="module")
def token(desk):
    return desk.token


@pytest.fixture
def shares(desk, depositor):
    """The depositor's, for 1,000 tokens: all of the vault."""
    return desk.deposit(depositor, 1_000 * desk.unit)
