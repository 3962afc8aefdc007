"""One deployment a file; `PARAMS` and `DECIMALS` in the file choose its market and its collateral."""

from collections.abc import Iterator

import pytest

from tests.helpers.crash import short
from tests.helpers.desk import Desk
from tests.helpers.outages import stage as stages
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


@pytest.fixture(scope="module")
def keeper(filler):
    """Calls the waterfall and has no position."""
    return filler


@pytest.fixture(scope="module")
def bystanders(desk, stranger) -> tuple[int, int, int]:
    """A long, a flat account that once was short, and the long's other side at 1x."""
    other_long, flat, deep = (desk.account(stranger, 10_000) for _ in range(3))
    short(desk, deep, other_long, leverage=1)
    short(desk, flat, other_long)
    desk.close(flat, other_long)
    return other_long, flat, deep


@pytest.fixture(scope="module")
def chainlink_stage(
    project, owner, maker, taker, delegate, guardian, stranger, filler
) -> Iterator[stages.Stage]:
    """Market 2 asks Chainlink, with Pyth as its second source."""
    with stages.steady_clock():
        yield stages.chainlink_stage(project, owner, (maker, taker, delegate, guardian, stranger, filler))


@pytest.fixture(scope="module")
def pyth_stage(project, owner, maker, taker, delegate, guardian, stranger, filler) -> Iterator[stages.Stage]:
    """Market 2 is told by Pyth."""
    with stages.steady_clock():
        yield stages.pyth_stage(project, owner, (maker, taker, delegate, guardian, stranger, filler))
