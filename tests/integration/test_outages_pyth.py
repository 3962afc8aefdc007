"""Pyth as the source: a wide confidence, and two updates in one block: every cell of contracts/OUTAGES.md."""

import pytest

from tests.helpers.outages.rows import PYTH
from tests.helpers.outages.table import cells, play
from tests.helpers.solidity import needs_solidity

pytestmark = needs_solidity


@pytest.mark.parametrize(("row", "column"), cells(PYTH))
def test_outage(pyth_stage, row, column):
    play(pyth_stage, PYTH[row], (row, column))
