"""The checks at the end, of the past: each id fails if what happened, or what is told of it, is wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from eth_utils import keccak

from keeper.types import Round
from scripts.demo import checks
from scripts.sandbox import past, refused_lists
from scripts.sandbox.history import Block, Transaction, read_history
from scripts.sandbox.past import INVARIANTS
from scripts.sandbox.rescues import Rescue, rescues
from tests.demo.wrecked import Wrecked, broken


def test_check__a_past_with_all_in_it__is_judged(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Rescue] = []

    def remembered(*arguments: Any) -> Iterator[Rescue]:
        for each in rescues(*arguments):
            seen.append(each)
            yield each

    monkeypatch.setattr(past, "rescues", remembered)
    wrecked.checked()
    solvent, insured, robbed, broke = seen
    assert solvent.receipt.insurance_paid == 0 < insured.receipt.insurance_paid
    assert isinstance(robbed.receipt, Round)
    assert isinstance(broke.receipt, Round)
    assert 0 < robbed.receipt.insurance_paid < robbed.receipt.shortfall
    assert (robbed.receipt.verified, broke.receipt.verified) == (True, False)
    history = read_history(wrecked.venue.w3, wrecked.first, wrecked.venue.head)
    transactions = [each for block in history for each in block.transactions]
    assert refused_lists.adl_6(wrecked.venue.w3, wrecked.venue.system, transactions) == 1


def of_rounds(**changes: Callable[[Rescue], Any]) -> Callable[[Rescue], Rescue]:
    return lambda each: tampered(each, changes) if isinstance(each.receipt, Round) else each


def of_liquidations(**changes: Callable[[Rescue], Any]) -> Callable[[Rescue], Rescue]:
    return lambda each: each if isinstance(each.receipt, Round) else tampered(each, changes)


def tampered(each: Rescue, changes: Mapping[str, Callable[[Rescue], Any]]) -> Rescue:
    """`before_x`, `after_x`: field x of the state before it and after it."""
    for name, change in changes.items():
        part, _, field = name.partition("_")
        each = replace(each, **{part: replace(getattr(each, part), **{field: change(each)})})
    return each


def richer(each: Rescue) -> dict[int, int]:
    return {account_id: cash + 1 for account_id, cash in each.after.cash.items()}


TAMPERED = {
    "LIQ-1": of_liquidations(before_worth=lambda r: r.before.maintenance),
    "LIQ-2": of_liquidations(after_maintenance=lambda r: 2 * r.after.maintenance),
    "LIQ-3": of_liquidations(after_worth=lambda r: -1),
    "LIQ-4": of_liquidations(before_liquidatable=lambda r: 1),
    "INS-1": of_liquidations(before_capacity=lambda r: 0),
    "INS-2": of_liquidations(after_vault_assets=lambda r: r.after.vault_assets + 1),
    "ADL-1": of_rounds(before_worth=lambda r: 0),
    "ADL-2": of_rounds(before_queue=lambda r: r.before.queue[::-1]),
    "ADL-3": of_rounds(after_worth=lambda r: r.after.worth + 1),
    "ADL-4": of_rounds(after_equity=lambda r: dict.fromkeys(r.after.equity, -1)),
    "ADL-5": of_rounds(after_cash=richer),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_check__liquidation_or_round_is_wrong__says_where(
    wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def wrong(*arguments: Any) -> Iterator[Rescue]:
        return map(TAMPERED[name], rescues(*arguments))

    monkeypatch.setattr(past, "rescues", wrong)
    story = wrecked.checked()
    assert name in broken(story)
    assert story.broken[name].startswith("block ")
    assert "ACC-1" not in broken(story)


def doctor(
    monkeypatch: pytest.MonkeyPatch, event: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> None:
    """Every log of the event is another one, or none."""
    topic = "0x" + keccak(text=event).hex()

    def doctored(log: Any) -> Any:
        return change(log) if log["topics"][0] == topic else log

    def logs_of(each: Transaction) -> Transaction:
        return replace(each, logs=tuple(log for raw in each.logs if (log := doctored(raw)) is not None))

    def history(*arguments: Any) -> list[Block]:
        return [
            replace(block, transactions=tuple(map(logs_of, block.transactions)))
            for block in read_history(*arguments)
        ]

    monkeypatch.setattr(checks, "read_history", history)


def with_word(log: dict[str, Any], place: int, value: int) -> dict[str, Any]:
    data = log["data"][2:]
    return log | {"data": f"0x{data[: 64 * place]}{value:064x}{data[64 * place + 64 :]}"}


ENDED = "DeleveragingEnded(uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
LIQUIDATED = "Liquidated(uint256,uint256,uint256,int256,uint256,uint256,uint256,uint256)"


def test_check__more_was_paid_than_the_bucket_allows__syb_1(
    wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor(monkeypatch, "BucketSet(uint256,uint256,uint256)", lambda log: with_word(log, 1, 10**6))
    story = wrecked.checked()
    assert broken(story) == {"SYB-1"}


def test_check__vault_paid_for_no_shortfall__ins_1(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    doctor(monkeypatch, LIQUIDATED, lambda log: None)
    story = wrecked.checked()
    assert "paid for nothing" in story.broken["INS-1"]


def test_check__log_is_another_than_the_chain_makes__nothing_of_the_past_counts_as_held(
    wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor(monkeypatch, ENDED, lambda log: with_word(log, 4, 1))
    story = wrecked.checked()
    assert broken(story) == set(INVARIANTS)
    assert "logs something else when run again" in story.broken["ADL-5"]
    assert not story.rounds[0].agrees


def test_check__round_computes_otherwise__does_not_agree(
    wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor(monkeypatch, ENDED, lambda log: with_word(log, 4, 1))
    # Nothing is run again before the head.
    story = wrecked.checked(wrecked.venue.head + 1)
    assert [each.agrees for each in story.rounds] == [False, False]


def test_check__log_is_missing__nothing_of_the_past_counts_as_held(
    wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor(monkeypatch, "Deposited(uint256,address,uint256,int256)", lambda log: None)
    story = wrecked.checked()
    assert broken(story) == set(INVARIANTS)


def test_check__refused_list_left_a_trace__adl_6(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    def all_failed(w3: Any, transactions: Sequence[Transaction]) -> list[bool]:
        return [True for _ in transactions]

    monkeypatch.setattr(refused_lists, "have_failed", all_failed)
    story = wrecked.checked()
    assert broken(story) == {"ADL-6"}
    assert "logged" in story.broken["ADL-6"]


def test_changes__of_a_round__are_not_none(wrecked: Wrecked) -> None:
    w3, house = wrecked.venue.w3, wrecked.venue.system.clearing_house.address
    assert refused_lists.changes(w3, wrecked.lie) == {}
    assert house.lower() in refused_lists.changes(w3, wrecked.rounds[0])
