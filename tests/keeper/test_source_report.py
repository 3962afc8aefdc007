"""Which price source is stale: said once in the log, held in metrics."""

from keeper.chain.source_reads import address_of
from keeper.source_report import SourceReport
from keeper.telemetry.metrics import Metrics
from keeper.types import Observation
from tests.keeper.strategy.town import MAX_AGE, SOURCE, WAD, Town
from tests.keeper.test_audit import Lines

FIRST, SECOND = 0xA, 0xB


class Desk:
    def __init__(self) -> None:
        self.town = Town(1_000, source=(FIRST, SECOND, *SOURCE[2:]))
        self.metrics, self.log = Metrics(), Lines()
        self.report = SourceReport(self.metrics, self.log)

    def tell(self, first: Observation, second: Observation | None = None) -> None:
        answers = {(1, FIRST): first} | ({(1, SECOND): second} if second else {})
        self.report.tell(self.town.book.markets, answers, self.town.now)

    def sample(self, name: str, source: int) -> float | None:
        labels = {"market": "1", "source": address_of(source)}
        return self.metrics.registry.get_sample_value(f"plimsoll_{name}", labels)

    def said(self) -> list[tuple[str, str]]:
        return [(event, fields.get("why", "")) for _, event, fields in self.log.lines]


def test_tell__source_falls_silent_and_speaks_again__each_said_once() -> None:
    desk = Desk()
    fine = Observation(1_000 * WAD, desk.town.now)
    for first in (fine, Observation(0, 0), Observation(0, 0), Observation(0, desk.town.now), fine, fine):
        desk.tell(first, fine)
    assert desk.said() == [
        ("price source is stale", "has no usable price"),
        ("price source is stale", "is in doubt"),
        ("price source gives a price again", ""),
    ]
    assert all(fields["source"] == address_of(FIRST) for _, _, fields in desk.log.lines)


def test_tell__old_price__aging_is_no_news() -> None:
    desk = Desk()
    for age in (1, 2, 3):
        desk.tell(Observation(1_000 * WAD, desk.town.now - MAX_AGE - age))
    assert len(desk.log.lines) == 1
    assert desk.sample("source_up", FIRST) == 0
    assert desk.sample("source_timestamp_seconds", FIRST) == desk.town.now - MAX_AGE - 3


def test_tell__source_replaced__its_series_end() -> None:
    desk = Desk()
    fine = Observation(1_000 * WAD, desk.town.now)
    desk.tell(fine, fine)
    assert (desk.sample("source_up", FIRST), desk.sample("source_up", SECOND)) == (1, 1)
    desk.tell(fine)
    assert (desk.sample("source_up", FIRST), desk.sample("source_up", SECOND)) == (1, None)
