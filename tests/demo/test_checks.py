"""The checks at the end: all hold on a sound venue, and each of them can fail."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from eth_utils import keccak

from keeper.types import Round
from scripts.demo import checks
from scripts.demo.checks import check
from scripts.demo.story import Story
from scripts.sandbox import bargains, past, refused_lists
from scripts.sandbox.history import Block, Transaction, read_history
from scripts.sandbox.invariants import STATEMENTS
from scripts.sandbox.layout import entry_of, slot_of
from scripts.sandbox.past import INVARIANTS
from scripts.sandbox.reader import Reader
from scripts.sandbox.rescues import Rescue, rescues
from scripts.sandbox.slots import PositionSlot
from tests.demo.wrecked import Wrecked, wrecked_venue
from tests.helpers.parameters import WAD

HOUSE = "ClearingHouse"
REVERTS = "0x60006000fd"
# Some of the crowd are bankrupt.
FALLEN_FURTHER = 3_600 * WAD


@pytest.fixture(scope="module")
def wrecked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wrecked]:
    with wrecked_venue(tmp_path_factory.mktemp("wrecked")) as venue:
        yield venue


def checked(wrecked: Wrecked, first: int | None = None) -> Story:
    story = wrecked.story()
    check(wrecked.venue, story, wrecked.first if first is None else first)
    return story


def held(story: Story) -> set[str]:
    return {name for name, holds in story.invariants.items() if holds}


# -- nothing wrong


def test_check__sound__all_hold_and_every_round_agrees(wrecked: Wrecked) -> None:
    story = checked(wrecked)
    assert story.broken == {}
    assert story.invariants == dict.fromkeys(STATEMENTS, True)
    assert [each.agrees for each in story.rounds] == [True, True]
    assert story.is_flawless


def test_check__a_past_with_all_in_it__is_judged(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Rescue] = []

    def remembered(*arguments: Any) -> Iterator[Rescue]:
        for each in rescues(*arguments):
            seen.append(each)
            yield each

    monkeypatch.setattr(past, "rescues", remembered)
    checked(wrecked)
    solvent, insured, robbed, broke = seen
    assert solvent.receipt.insurance_paid == 0 < insured.receipt.insurance_paid
    assert isinstance(robbed.receipt, Round)
    assert isinstance(broke.receipt, Round)
    assert 0 < robbed.receipt.insurance_paid < robbed.receipt.shortfall
    assert (robbed.receipt.verified, broke.receipt.verified) == (True, False)
    history = read_history(wrecked.venue.w3, wrecked.first, wrecked.venue.head)
    transactions = [each for block in history for each in block.transactions]
    assert refused_lists.adl_6(wrecked.venue.w3, wrecked.venue.system, transactions) == 1


def test_check__done__chain_is_as_it_was(wrecked: Wrecked) -> None:
    before = wrecked.venue.w3.eth.get_block("latest")
    checked(wrecked)
    assert wrecked.venue.w3.eth.get_block("latest") == before


def test_check__progress__goes_up_to_the_end(wrecked: Wrecked) -> None:
    steps: list[tuple[int, int]] = []
    check(wrecked.venue, wrecked.story(), wrecked.first, lambda done, total: steps.append((done, total)))
    total = wrecked.venue.head + len(checks.AT_THE_END)
    assert steps == [(done, total) for done in range(total + 1)]


# -- what is stored is wrong


@contextmanager
def undone(wrecked: Wrecked) -> Iterator[Callable[..., Any]]:
    rpc = wrecked.venue.rpc
    snapshot = rpc("evm_snapshot")
    try:
        yield rpc
    finally:
        rpc("evm_revert", snapshot)


def poke(wrecked: Wrecked, slot: int, change: Callable[[int], int]) -> None:
    """Another word in ClearingHouse's storage."""
    house = wrecked.venue.system.clearing_house.address
    word = int.from_bytes(wrecked.venue.w3.eth.get_storage_at(house, slot), "big")
    wrecked.venue.rpc("anvil_setStorageAt", house, f"0x{slot:064x}", f"0x{change(word):064x}")


def position(account_id: int) -> int:
    return entry_of(HOUSE, "queue.slots", 1 << 32 | account_id)[1]


def leader(wrecked: Wrecked) -> int:
    """The best of the shorts that has somebody behind it in its list."""
    house, lens = wrecked.venue.system.clearing_house.functions, wrecked.venue.system.lens.functions
    shorts = lens.adl_queue(1, False, 0, 100).call()
    return next(i for i in shorts if PositionSlot.decode(house.position_slot(1, i).call()).next)


POKES: dict[str, Callable[[Wrecked], tuple[int, Callable[[int], int]]]] = {
    "ACC-1": lambda w: (entry_of(HOUSE, "ledger.words", 1)[1], lambda word: word + 1),
    "POS-1": lambda w: (entry_of(HOUSE, "markets.states", 1)[1], lambda word: word + (1 << 88)),
    "QUE-1": lambda w: (entry_of(HOUSE, "queue.counts", 1)[1], lambda word: word + 1),
    # At a tenth of its entry price no short stands behind it.
    "QUE-2": lambda w: (position(leader(w)), lambda word: word - ((word >> 96) % 2**88 * 9 // 10 << 96)),
    # Half of everything is required for keeping it, a hundredth for opening it.
    "MAR-1": lambda w: (entry_of(HOUSE, "markets.params", 1)[1], lambda word: word | 500_000 << 5),
}


@pytest.mark.parametrize("name", POKES)
def test_check__word_of_storage_is_wrong__says_so(wrecked: Wrecked, name: str) -> None:
    with undone(wrecked):
        slot, change = POKES[name](wrecked)
        poke(wrecked, slot, change)
        story = checked(wrecked)
    assert name not in held(story)
    assert story.broken[name]
    assert not story.is_flawless


def test_check__nobody_can_close__exit_1(wrecked: Wrecked) -> None:
    with undone(wrecked) as rpc:
        rpc("anvil_setCode", wrecked.venue.system.exchange.address, REVERTS)
        story = checked(wrecked)
    assert "close" in story.broken["EXIT-1"]
    assert set(STATEMENTS) - held(story) == {"EXIT-1"}


def test_check__flat_account_has_more_than_there_is__exit_1(wrecked: Wrecked) -> None:
    with undone(wrecked):
        poke(wrecked, entry_of(HOUSE, "ledger.words", wrecked.flat)[1], lambda word: 2**126)
        story = checked(wrecked)
    assert "withdraw" in story.broken["EXIT-1"]


def test_check__gate_is_up__withdrawals_wait_and_exit_1_holds(wrecked: Wrecked) -> None:
    with undone(wrecked) as rpc:
        rpc("evm_setAutomine", True)
        wrecked.venue.market.report(1, FALLEN_FURTHER)
        broke = min(wrecked.venue.census().bankrupt)
        wrecked.venue.market.send(wrecked.venue.system.clearing_house.functions.flag_bankrupt(broke))
        assert wrecked.venue.system.clearing_house.functions.gate_until().call() > 0
        story = checked(wrecked)
    assert story.broken == {}


def test_check__gate_that_does_not_fall__exit_1(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "gate_until", lambda reader: reader.time + 3_601)
    story = checked(wrecked)
    assert set(STATEMENTS) - held(story) == {"EXIT-1"}


def test_check__leaving_cannot_be_tried__does_not_count_as_held(wrecked: Wrecked) -> None:
    with undone(wrecked) as rpc:
        slot = slot_of("Governance", "ownable.owner")
        rpc("anvil_setStorageAt", wrecked.venue.system.governance.address, f"0x{slot:064x}", f"0x{1:064x}")
        story = checked(wrecked)
    assert set(STATEMENTS) - held(story) == {"EXIT-1", "MAR-2"}
    assert "cannot be judged: leaving" in story.broken["EXIT-1"]
    assert "cannot be judged: trades" in story.broken["MAR-2"]


def test_check__a_pair_gains_by_trading__mar_2(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = bargains._pairs

    def poorer(*arguments: Any) -> list[bargains.Pair]:
        return [
            replace(each, equities=(each.equities[0] - each.positions - 1, each.equities[1]))
            for each in pairs(*arguments)
        ]

    monkeypatch.setattr(bargains, "_pairs", poorer)
    story = checked(wrecked)
    assert set(STATEMENTS) - held(story) == {"MAR-2"}


# -- what happened is wrong


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
    story = checked(wrecked)
    assert name not in held(story)
    assert story.broken[name].startswith("block ")
    assert "ACC-1" in held(story)


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
    story = checked(wrecked)
    assert set(STATEMENTS) - held(story) == {"SYB-1"}


def test_check__vault_paid_for_no_shortfall__ins_1(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    doctor(monkeypatch, LIQUIDATED, lambda log: None)
    story = checked(wrecked)
    assert "paid for nothing" in story.broken["INS-1"]


def test_check__log_is_another_than_the_chain_makes__nothing_of_the_past_counts_as_held(
    wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor(monkeypatch, ENDED, lambda log: with_word(log, 4, 1))
    story = checked(wrecked)
    assert set(STATEMENTS) - held(story) == set(INVARIANTS)
    assert "logs something else when run again" in story.broken["ADL-5"]
    assert not story.rounds[0].agrees


def test_check__round_computes_otherwise__does_not_agree(
    wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor(monkeypatch, ENDED, lambda log: with_word(log, 4, 1))
    # Nothing is run again before the head.
    story = checked(wrecked, wrecked.venue.head + 1)
    assert [each.agrees for each in story.rounds] == [False, False]


def test_check__log_is_missing__nothing_of_the_past_counts_as_held(
    wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor(monkeypatch, "Deposited(uint256,address,uint256,int256)", lambda log: None)
    story = checked(wrecked)
    assert set(STATEMENTS) - held(story) == set(INVARIANTS)


def test_check__stored_otherwise_than_logged__nothing_of_the_past_counts_as_held(wrecked: Wrecked) -> None:
    with undone(wrecked):
        poke(wrecked, entry_of(HOUSE, "ledger.words", 1)[1], lambda word: word + (5 << 216))
        story = checked(wrecked)
    assert set(STATEMENTS) - held(story) == set(INVARIANTS)
    assert "account 1 flagged" in story.broken["ADL-1"]


def test_check__refused_list_left_a_trace__adl_6(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    def all_failed(w3: Any, transactions: Sequence[Transaction]) -> list[bool]:
        return [True for _ in transactions]

    monkeypatch.setattr(refused_lists, "have_failed", all_failed)
    story = checked(wrecked)
    assert set(STATEMENTS) - held(story) == {"ADL-6"}
    assert "logged" in story.broken["ADL-6"]


def test_changes__of_a_round__are_not_none(wrecked: Wrecked) -> None:
    w3, house = wrecked.venue.w3, wrecked.venue.system.clearing_house.address
    assert refused_lists.changes(w3, wrecked.lie) == {}
    assert house.lower() in refused_lists.changes(w3, wrecked.rounds[0])
