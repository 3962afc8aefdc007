"""Two funded accounts on either side of an order."""

import pytest
from ape.api import AccountAPI

from tests.helpers.desk import Desk


@pytest.fixture(scope="session", autouse=True)
def _actors(owner, maker, taker, delegate, filler, guardian, stranger) -> None:
    """All from the start: Ape sets everything up anew when a wider fixture appears after a narrower one."""


@pytest.fixture(scope="module", autouse=True)
def maker_account(desk: Desk, maker: AccountAPI) -> int:
    return desk.account(maker, 100_000)


@pytest.fixture(scope="module", autouse=True)
def taker_account(desk: Desk, taker: AccountAPI) -> int:
    return desk.account(taker, 100_000)
