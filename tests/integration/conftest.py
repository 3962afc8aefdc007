"""One deployment a file; `PARAMS` and `DECIMALS` in the file choose its market and its collateral."""

import pytest

from tests.helpers.desk import Desk
from tests.helpers.parameters import PLAIN


@pytest.fixture(scope="module")
def desk(project, owner, maker, taker, delegate, filler, guardian, stranger, request) -> Desk:
    """Market 1 at 4,000. The actors come first: a session fixture made later would make Ape start over."""
    module = request.module
    return Desk(project, owner, getattr(module, "PARAMS", PLAIN), getattr(module, "DECIMALS", 6))


@pytest.fixture(scope="module")
def maker_account(desk, maker) -> int:
    return desk.account(maker, 100_000)


@pytest.fixture(scope="module")
def taker_account(desk, taker) -> int:
    return desk.account(taker, 100_000)
