"""LIQ-1 to LIQ-4, INS-1 and INS-2 notice what they are there for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from scripts.sandbox import invariants_waterfall as waterfall
from scripts.sandbox.invariants import STATEMENTS
from scripts.sandbox.waterfall_snapshot import Snapshot, take
from tests.helpers.model.liquidation import Liquidated
from tests.helpers.model.market import MarketParams
from tests.helpers.model.reader import ModelReader
from tests.unit.model.crashes import ALL, desk
from tests.unit.model.scenario import USD, WAD


class Call(NamedTuple):
    """A liquidation as the invariants see it."""

    before: Snapshot
    after: Snapshot
    receipt: Liquidated
    params: MarketParams

    def but(self, part: str, **changes: Any) -> "Call":
        return self._replace(**{part: replace(getattr(self, part), **changes)})

    def check(self) -> None:
        waterfall.check_liquidation(self.before, self.after, self.receipt, self.params)


def liquidation(price: int, size: int = ALL) -> Call:
    fallen = desk(price)
    fallen.insure(1_000)
    reader = ModelReader(fallen.world.protocol)
    before = take(reader, fallen.long, 1, True)
    receipt = fallen.liquidate(size)
    params = fallen.world.protocol.state.markets[1].params
    return Call(before, take(reader, fallen.long, 1, True), receipt, params)


def fails(check: Callable[[], None], name: str) -> None:
    with pytest.raises(AssertionError) as failure:
        check()
    assert str(failure.value).startswith(f"{name}: {STATEMENTS[name]} (")


@pytest.mark.parametrize("price", [1_830, 1_801, 1_800, 1_700])
@pytest.mark.parametrize("size", [ALL, WAD // 3])
def test_check_liquidation__untampered__holds(price: int, size: int) -> None:
    liquidation(price, size).check()


def raise_cash(snapshot: Snapshot, account_id: int, amount: int) -> dict[int, int]:
    return {**snapshot.cash, account_id: snapshot.cash[account_id] + amount}


@pytest.mark.parametrize(
    ("name", "price", "tamper"),
    [
        ("LIQ-1", 1_830, lambda c: c.but("before", worth=c.before.maintenance)),
        ("LIQ-2", 1_801, lambda c: c.but("before", worth=0).but("after", worth=-1, maintenance=1)),
        ("LIQ-2", 1_830, lambda c: c.but("after", maintenance=c.after.maintenance * 2)),
        ("LIQ-4", 1_830, lambda c: c.but("before", liquidatable=c.receipt.closed - 1)),
        # One unit of base more than the design's x*, although the view says so.
        (
            "LIQ-4",
            1_830,
            lambda c: c.but("receipt", size=c.receipt.size - 1).but("before", liquidatable=WAD),
        ),
        # The target passed by more than the roundings: 1.25 * 1.02 units and 0.000003.
        ("LIQ-4", 1_830, lambda c: c.but("after", worth=c.after.worth + 3)),
        ("INS-1", 1_700, lambda c: c.but("before", capacity=100 * USD - 1)),
        ("INS-1", 1_700, lambda c: c.but("before", shortfall=100 * USD - 1)),
        ("INS-1", 1_830, lambda c: c.but("receipt", insurance_paid=1)),
        ("INS-2", 1_700, lambda c: c.but("after", vault_assets=c.after.vault_assets - 1)),
        ("INS-2", 1_830, lambda c: c.but("after", treasury_credit=1)),
        ("INS-2", 1_830, lambda c: c.but("after", cash=raise_cash(c.after, 1, 1))),
        ("INS-2", 1_700, lambda c: c.but("after", worth=1)),
    ],
)
def test_invariant__broken__fails_with_its_sentence(
    name: str, price: int, tamper: Callable[[Call], Call]
) -> None:
    fails(tamper(liquidation(price)).check, name)


def test_liq_3__negative_afterwards__fails() -> None:
    """A negative E / M is a lower one: LIQ-2 says so first."""
    call = liquidation(1_801).but("after", worth=-1)
    fails(lambda: waterfall.liq_3(call.before, call.after), "LIQ-3")


def test_liq_4__whole_leg_though_less_would_do__only_if_dust_were_left() -> None:
    call = liquidation(1_830)
    whole = call.but("receipt", size=-WAD).but("before", liquidatable=WAD)

    def check(min_notional: int) -> None:
        params = replace(call.params, min_notional=min_notional)
        waterfall.liq_4(whole.before, whole.after, whole.receipt, params)

    # The rest of 0.4262 is worth 779.999999.
    check(780 * USD)
    fails(lambda: check(779_999_999), "LIQ-4")
