"""One deployment a file, whose market charges nothing unless the file says `PARAMS = ...`."""

import pytest

from tests.helpers.desk import Desk
from tests.helpers.parameters import PLAIN


@pytest.fixture(scope="module")
def desk(project, owner, maker, taker, delegate, filler, guardian, stranger, request) -> Desk:
    """Market 1 at 4,000. The actors come first: a session fixture made later would make Ape start over."""
    return Desk(project, owner, getattr(request.module, "PARAMS", PLAIN))
