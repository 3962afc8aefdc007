"""One deployment a file, and two funded accounts on either side of an order."""

import pytest
from ape import Project
from ape.api import AccountAPI

from tests.helpers.desk import Desk


@pytest.fixture(scope="session", autouse=True)
def _actors(owner, maker, taker, delegate, filler, guardian, stranger) -> None:
    """All from the start: Ape sets everything up anew when a wider fixture appears after a narrower one."""


@pytest.fixture(scope="module")
def desk(project: Project, owner: AccountAPI, request: pytest.FixtureRequest) -> Desk:
    """Market 1 at 4,000, with the file's `PARAMS` if it has any."""
    return Desk(project, owner, getattr(request.module, "PARAMS", None))


@pytest.fixture(scope="module", autouse=True)
def maker_account(desk: Desk, maker: AccountAPI) -> int:
    return desk.account(maker, 100_000)


@pytest.fixture(scope="module", autouse=True)
def taker_account(desk: Desk, taker: AccountAPI) -> int:
    return desk.account(taker, 100_000)
