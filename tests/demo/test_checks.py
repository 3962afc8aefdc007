"""The checks at the end: all hold on a sound venue; what is stored wrongly, or who cannot leave, is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scripts.demo import checks
from scripts.demo.checks import check
from scripts.sandbox import bargains
from scripts.sandbox.invariants import STATEMENTS
from scripts.sandbox.layout import entry_of, slot_of
from scripts.sandbox.past import INVARIANTS
from scripts.sandbox.reader import Reader
from scripts.sandbox.slots import PositionSlot
from tests.demo.wrecked import Wrecked, broken
from tests.helpers.parameters import WAD

HOUSE = "ClearingHouse"
REVERTS = "0x60006000fd"
# Some of the crowd are bankrupt.
FALLEN_FURTHER = 3_600 * WAD


def test_check__sound__all_hold_and_every_round_agrees(wrecked: Wrecked) -> None:
    story = wrecked.checked()
    assert story.broken == {}
    assert story.invariants == dict.fromkeys(STATEMENTS, True)
    assert [each.agrees for each in story.rounds] == [True, True]
    assert story.is_flawless


def test_check__done__chain_is_as_it_was(wrecked: Wrecked) -> None:
    before = wrecked.venue.w3.eth.get_block("latest")
    wrecked.checked()
    assert wrecked.venue.w3.eth.get_block("latest") == before


def test_check__progress__goes_up_to_the_end(wrecked: Wrecked) -> None:
    steps: list[tuple[int, int]] = []
    check(wrecked.venue, wrecked.story(), wrecked.first, lambda done, total: steps.append((done, total)))
    total = wrecked.venue.head + len(checks.AT_THE_END)
    assert steps == [(done, total) for done in range(total + 1)]


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
    with wrecked.undone():
        slot, change = POKES[name](wrecked)
        wrecked.poke(slot, change)
        story = wrecked.checked()
    assert name in broken(story)
    assert story.broken[name]
    assert not story.is_flawless


def test_check__nobody_can_close__exit_1(wrecked: Wrecked) -> None:
    with wrecked.undone() as rpc:
        rpc("anvil_setCode", wrecked.venue.system.exchange.address, REVERTS)
        story = wrecked.checked()
    assert "close" in story.broken["EXIT-1"]
    assert broken(story) == {"EXIT-1"}


def test_check__flat_account_has_more_than_there_is__exit_1(wrecked: Wrecked) -> None:
    with wrecked.undone():
        wrecked.poke(entry_of(HOUSE, "ledger.words", wrecked.flat)[1], lambda word: 2**126)
        story = wrecked.checked()
    assert "withdraw" in story.broken["EXIT-1"]


def test_check__gate_is_up__withdrawals_wait_and_exit_1_holds(wrecked: Wrecked) -> None:
    with wrecked.undone() as rpc:
        rpc("evm_setAutomine", True)
        wrecked.venue.market.report(1, FALLEN_FURTHER)
        broke = min(wrecked.venue.census().bankrupt)
        wrecked.venue.market.send(wrecked.venue.system.clearing_house.functions.flag_bankrupt(broke))
        assert wrecked.venue.system.clearing_house.functions.gate_until().call() > 0
        story = wrecked.checked()
    assert story.broken == {}


def test_check__gate_that_does_not_fall__exit_1(wrecked: Wrecked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "gate_until", lambda reader: reader.time + 3_601)
    story = wrecked.checked()
    assert broken(story) == {"EXIT-1"}


def test_check__leaving_cannot_be_tried__does_not_count_as_held(wrecked: Wrecked) -> None:
    with wrecked.undone() as rpc:
        slot = slot_of("Governance", "ownable.owner")
        rpc("anvil_setStorageAt", wrecked.venue.system.governance.address, f"0x{slot:064x}", f"0x{1:064x}")
        story = wrecked.checked()
    assert broken(story) == {"EXIT-1", "MAR-2"}
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
    story = wrecked.checked()
    assert broken(story) == {"MAR-2"}


def test_check__stored_otherwise_than_logged__nothing_of_the_past_counts_as_held(wrecked: Wrecked) -> None:
    with wrecked.undone():
        wrecked.poke(entry_of(HOUSE, "ledger.words", 1)[1], lambda word: word + (5 << 216))
        story = wrecked.checked()
    assert broken(story) == set(INVARIANTS)
    assert "account 1 flagged" in story.broken["ADL-1"]
