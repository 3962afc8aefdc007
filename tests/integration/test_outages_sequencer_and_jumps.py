"""A sequencer that is down, and jumps of Chainlink's price with Pyth as the second source: every cell of
contracts/OUTAGES.md."""

import pytest

from tests.helpers.outages.rows import DOUBTS
from tests.helpers.outages.table import cells, play
from tests.helpers.solidity import needs_solidity

pytestmark = needs_solidity


@pytest.mark.parametrize(("row", "column"), cells(DOUBTS))
def test_outage(chainlink_stage, row, column):
    play(chainlink_stage, DOUBTS[row], (row, column))
