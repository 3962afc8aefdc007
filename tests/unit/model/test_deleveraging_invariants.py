"""ADL-1 to ADL-6 and SYB-1 notice what they are there for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from scripts.sandbox import invariants_waterfall as waterfall
from scripts.sandbox.invariants import STATEMENTS
from scripts.sandbox.waterfall_snapshot import Snapshot, take
from tests.helpers.model.deleveraging import Deleveraging, Visit
from tests.helpers.model.reader import ModelReader
from tests.helpers.receipts import as_round
from tests.unit.model.crashes import FIRST, LONG, SECOND, crash, insure
from tests.unit.model.scenario import START, USD


class Round(NamedTuple):
    """A deleveraging as the invariants see it."""

    before: Snapshot
    after: Snapshot
    receipt: Deleveraging

    def but(self, part: str, **changes: Any) -> "Round":
        return self._replace(**{part: replace(getattr(self, part), **changes)})

    def visit(self, place: int, /, **changes: Any) -> "Round":
        visits: list[Visit] = list(self.receipt.visits)
        visits[place] = replace(visits[place], **changes)
        return self.but("receipt", visits=tuple(visits))

    def check(self) -> None:
        waterfall.check_deleveraging(self.before, self.after, as_round(self.receipt))


def deleveraged(count: int = 9) -> Round:
    """Half insured; the first is too thin and passed over."""
    world = crash()
    world.account(FIRST).cash -= 1_299 * USD
    insure(world, 150)
    reader = ModelReader(world.protocol)
    before = take(reader, LONG, 1, True)
    receipt = world.protocol.deleverage_next(LONG, 1, count)
    return Round(before, take(reader, LONG, 1, True), receipt)


def fails(check: Callable[[], None], name: str) -> None:
    with pytest.raises(AssertionError) as failure:
        check()
    assert str(failure.value).startswith(f"{name}: {STATEMENTS[name]} (")


@pytest.mark.parametrize("count", [1, 2, 9])
def test_check_deleveraging__untampered__holds(count: int) -> None:
    deleveraged(count).check()


def moved(values: Any, account_id: int, amount: int) -> Any:
    return {**values, account_id: values[account_id] + amount}


@pytest.mark.parametrize(
    ("name", "tamper"),
    [
        ("ADL-1", lambda r: r.but("before", worth=0).but("receipt", equity=0)),
        ("ADL-1", lambda r: r.but("receipt", equity=-1)),
        ("ADL-1", lambda r: r.but("before", shortfall=150 * USD)),
        ("ADL-2", lambda r: r.but("receipt", visits=r.receipt.visits[1:])),
        ("ADL-2", lambda r: r.but("receipt", visits=(*r.receipt.visits, r.receipt.visits[-1]))),
        ("ADL-2", lambda r: r.but("before", queue=r.before.queue[::-1])),
        ("ADL-2", lambda r: r.visit(1, rank=0)),
        ("ADL-2", lambda r: r.visit(1, roe=0)),
        ("ADL-2", lambda r: r.visit(1, left=-1)),
        ("ADL-2", lambda r: r.but("after", parked=frozenset())),
        ("ADL-2", lambda r: r.but("receipt", closed=r.receipt.closed - 1)),
        ("ADL-3", lambda r: r.but("after", worth=r.after.worth + 1)),
        ("ADL-3", lambda r: r.but("after", open_markets=())),
        ("ADL-4", lambda r: r.but("after", equity=moved(r.after.equity, SECOND, -(10**12)))),
        ("ADL-5", lambda r: r.but("receipt", shortfall=1).but("before", shortfall=2, flagged_at=START - 300)),
        ("ADL-5", lambda r: r.visit(1, haircut=1)),
        ("ADL-5", lambda r: r.but("after", cash=moved(r.after.cash, SECOND, 1))),
        ("ADL-5", lambda r: r.but("after", cash=moved(r.after.cash, LONG, 1))),
        ("INS-1", lambda r: r.but("before", capacity=151 * USD)),
        ("INS-2", lambda r: r.but("after", vault_assets=r.after.vault_assets + 1)),
    ],
)
def test_invariant__broken__fails_with_its_sentence(name: str, tamper: Callable[[Round], Round]) -> None:
    fails(tamper(deleveraged()).check, name)


def test_adl_1__insured__only_while_the_flag_is_ripe() -> None:
    insured = deleveraged().but("before", shortfall=150 * USD)
    for age, ripe in ((299, False), (300, True), (3_900, True), (3_901, False)):
        flagged = insured.but("before", flagged_at=START - age)
        if ripe:
            waterfall.adl_1(flagged.before, as_round(flagged.receipt))
        else:
            fails(lambda r=flagged: waterfall.adl_1(r.before, as_round(r.receipt)), "ADL-1")


def test_adl_5__insurance_not_pro_rata__fails() -> None:
    tampered = deleveraged().but("receipt", insurance_paid=1)
    fails(lambda: waterfall.adl_5(tampered.before, tampered.after, as_round(tampered.receipt)), "ADL-5")


def test_adl_5__vault_first_for_the_first__fails() -> None:
    """Half closed: the vault pays half of what it may, the winners half of the rest."""
    world = crash()
    insure(world, 150)
    reader = ModelReader(world.protocol)
    before = take(reader, LONG, 1, True)
    receipt = world.protocol.deleverage_next(LONG, 1, 1)
    after = take(reader, LONG, 1, True)
    waterfall.adl_5(before, after, as_round(receipt))
    friend = replace(receipt, insurance_paid=receipt.insurance_paid + receipt.haircut, haircut=0)
    fails(lambda: waterfall.adl_5(before, after, as_round(friend)), "ADL-5")


def test_adl_6__anything_changed__fails() -> None:
    state = deleveraged().before
    waterfall.adl_6(state, replace(state))
    fails(lambda: waterfall.adl_6(state, replace(state, vault_credit=1)), "ADL-6")


def test_syb_1__at_unchanged_marks__nothing() -> None:
    waterfall.syb_1_unmoved(0)
    fails(lambda: waterfall.syb_1_unmoved(1), "SYB-1")
