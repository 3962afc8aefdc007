"""Every round on the chain is recomputed; one that differs is an alarm, in the metrics and in the records."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keeper import audit
from keeper.audit import Audit, said
from keeper.records import CheckedRound, Records
from keeper.strategy.rounds import RoundDifference
from keeper.telemetry.health import Health
from keeper.telemetry.metrics import Metrics
from keeper.types import Deleveraged, RoundReceipt
from tests.keeper.strategy.test_rounds import true_round, with_visit
from tests.keeper.strategy.test_worked_example import crashed
from tests.keeper.strategy.town import Town


class Lines:
    """A log that remembers: (level, event, facts)."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def __getattr__(self, level: str) -> Any:
        return lambda event, **facts: self.lines.append((level, event, facts))


class Watcher:
    """An audit of one town's book, and all that it tells."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town = town
        self.file = folder / "rounds.sqlite"
        self.records = Records(self.file)
        self.metrics, self.health, self.log = Metrics(), Health(60, 60, 0), Lines()
        self.audit = Audit(lambda: town.book, self.records, self.metrics, self.health, self.log)

    def see(self, receipt: RoundReceipt) -> None:
        self.audit.round(receipt, self.town.marks)
        self.audit.write()

    def count(self, result: str) -> float | None:
        return self.metrics.registry.get_sample_value(
            "plimsoll_deleveraging_rounds_total", {"result": result}
        )


def receipt_in(town: Town, **changes: Any) -> RoundReceipt:
    assert town.book.head is not None
    head = town.book.head
    return replace(RoundReceipt(true_round(town), head.number, head.timestamp, "0x0a", 7), **changes)


def test_round__as_the_rules_make_it__recorded_as_verified(tmp_path: Path) -> None:
    watcher = Watcher(crashed(), tmp_path)
    receipt = receipt_in(watcher.town)
    watcher.see(receipt)
    assert watcher.records.last(10) == [CheckedRound(receipt, ())]
    assert (watcher.count("verified"), watcher.count("mismatched")) == (1, 0)
    assert watcher.health.alarms == {}
    assert [line[:2] for line in watcher.log.lines] == [("info", "round verified")]


def test_round__a_friend_was_spared_a_unit__alarms_and_is_recorded(tmp_path: Path) -> None:
    watcher = Watcher(crashed(), tmp_path)
    true = receipt_in(watcher.town)
    friend = true.round.visits[1]
    assert isinstance(friend, Deleveraged)
    spared = friend.haircut - 1
    lie = replace(true, round=with_visit(true.round, 1, haircut=spared))
    watcher.see(lie)
    [recorded] = watcher.records.last(10)
    assert recorded.receipt == lie
    assert recorded.differences == (f"visits[1].haircut is {spared}, expected {spared + 1}",)
    assert (watcher.count("verified"), watcher.count("mismatched")) == (0, 1)
    assert recorded.differences[0] in watcher.health.alarms["round"]
    assert [line[:2] for line in watcher.log.lines] == [("error", "round does not verify")]


def test_round__cannot_be_recomputed__is_an_alarm_and_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any) -> Any:
        raise ZeroDivisionError("nothing")

    monkeypatch.setattr(audit, "check_round", stumble)
    watcher = Watcher(crashed(), tmp_path)
    watcher.see(receipt_in(watcher.town))
    [recorded] = watcher.records.last(10)
    assert recorded.differences == ("cannot be recomputed: ZeroDivisionError nothing",)
    assert "round" in watcher.health.alarms


def test_write__block_that_the_book_did_not_take_in__is_not_recorded(tmp_path: Path) -> None:
    watcher = Watcher(crashed(), tmp_path)
    receipt = receipt_in(watcher.town)
    watcher.see(replace(receipt, block_number=receipt.block_number + 1))
    assert watcher.records.last(10) == []


def test_forget_after__reorganised_away__only_those_above(tmp_path: Path) -> None:
    watcher = Watcher(crashed(), tmp_path)
    stays = receipt_in(watcher.town, block_number=3)
    watcher.see(stays)
    watcher.see(receipt_in(watcher.town, block_number=4))
    watcher.audit.forget_after(3)
    assert [each.receipt for each in watcher.records.last(10)] == [stays]


def test_write__file_cannot_be_written__says_so_and_goes_on(tmp_path: Path) -> None:
    watcher = Watcher(crashed(), tmp_path)
    watcher.records.close()
    watcher.see(receipt_in(watcher.town))
    assert [line[:2] for line in watcher.log.lines] == [
        ("info", "round verified"),
        ("error", "rounds not recorded"),
    ]


def test_said__no_number_expected__says_why() -> None:
    assert said(RoundDifference("visits[0].counterparty", None, 9, "not top ranked")) == (
        "visits[0].counterparty is 9: not top ranked"
    )


def test_records__read_beside_the_writer__same(tmp_path: Path) -> None:
    watcher = Watcher(crashed(), tmp_path)
    watcher.see(receipt_in(watcher.town))
    reader = Records(watcher.file, read_only=True)
    assert json.dumps(reader.last(1)[0].receipt.round.closed)
    assert reader.last(1) == watcher.records.last(1)
    reader.close()
