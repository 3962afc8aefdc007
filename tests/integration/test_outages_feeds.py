"""A feed of Chainlink's that stops, errs or breaks: every cell of contracts/OUTAGES.md."""

import pytest

from tests.helpers.outages.rows import FEEDS
from tests.helpers.outages.table import cells, play
from tests.helpers.solidity import needs_solidity

pytestmark = needs_solidity


@pytest.mark.parametrize(("row", "column"), cells(FEEDS))
def test_outage(chainlink_stage, row, column):
    play(chainlink_stage, FEEDS[row], (row, column))
