"""contracts/OUTAGES.md and the tests of its cells have the same rows, columns and words."""

from tests.helpers.outages.table import COLUMNS, REASONS, page, reasons
from tests.integration import test_outages_feeds, test_outages_pyth, test_outages_sequencer_and_jumps

FILES = (test_outages_feeds, test_outages_sequencer_and_jumps, test_outages_pyth)


def tried():
    """The parameters that pytest runs `test_outage` with."""
    (marks,) = zip(*(module.test_outage.pytestmark for module in FILES), strict=True)
    return [cell for mark in marks for cell in mark.args[1]]


def test_table__its_cells__are_those_tried():
    cells = tried()
    assert sorted(cells) == sorted(page())
    assert len(set(cells)) == len(cells) == 15 * len(COLUMNS)


def test_table__its_words__are_all_used_and_all_known():
    for column, words in COLUMNS.items():
        assert {word for (_, c), word in page().items() if c == column} == set(words)


def test_table__its_reasons__are_those_expected():
    assert reasons() == REASONS
