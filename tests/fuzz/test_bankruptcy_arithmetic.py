"""Who bears what of a bankruptcy, against exact rationals (titanoboa), over all that the chain can hold."""

from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import boa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.ranges import many, skewed
from tests.helpers.model.arithmetic import MAX_SIZE

ROOT = Path(__file__).resolve().parents[2]
# Eight legs, each worth less than 2**95 * (2**88 + 2**87) / 10**18 in a collateral of 18 decimals, and
# int128 of cash.
MAX_LEG = 2**95 * 2**88 // 10**18 + 1
MAX_EQUITY = 2**127 + 8 * (MAX_LEG + MAX_LEG // 2)
# A rate is at most 100 %.
legs = skewed(0, MAX_LEG)
parts = skewed(1, MAX_SIZE)


@pytest.fixture(scope="module")
def waterfall() -> Any:
    boa.interpret.set_search_paths([str(ROOT)])
    return boa.load_partial(str(ROOT / "contracts" / "mocks" / "WaterfallHarness.vy")).deploy()


@many
@given(equity=skewed(0, MAX_EQUITY), own=skewed(1, MAX_LEG), others=skewed(0, 7 * MAX_LEG), data=st.data())
def test_share_down__any__is_the_rational_floored(waterfall, equity, own, others, data):
    freed = data.draw(skewed(0, own))
    share = floor(Fraction(equity * freed, own + others))
    assert waterfall.share_down(equity, freed, own + others) == share
    # LIQ-2: what is left covers the rest no worse.
    left = own + others - freed
    assert (equity - share) * (own + others) >= equity * left


@many
@given(
    equity=skewed(-MAX_EQUITY, -1) | skewed(-MAX_EQUITY, MAX_EQUITY),
    losses=st.lists(legs, min_size=1, max_size=8),
    data=st.data(),
)
def test_shortfall__any__is_the_rational_rounded_up_and_adds_up(waterfall, equity, losses, data):
    """Each leg bears its loss of the losses; what no loss explains falls on maintenance. ADL-3."""
    weights = [data.draw(skewed(1, MAX_LEG)) for _ in losses]
    total, weight = sum(losses), sum(weights)
    found = [
        waterfall.shortfall(equity, loss, total, own, weight)
        for loss, own in zip(losses, weights, strict=True)
    ]
    if equity >= 0:
        assert found == [0] * len(losses)
        return
    debt = -equity
    if total >= debt:
        exact = [Fraction(debt * loss, total) for loss in losses]
    else:
        exact = [
            loss + Fraction((debt - total) * own, weight) for loss, own in zip(losses, weights, strict=True)
        ]
    assert sum(exact) == debt
    assert found == [ceil(share) for share in exact]
    assert debt <= sum(found) < debt + len(losses)
    assert all(share <= debt for share in found)


@many
@given(equity=skewed(-MAX_EQUITY, -1), loss=legs, own=skewed(1, MAX_LEG))
def test_shortfall__single_leg__carries_all(waterfall, equity, loss, own):
    assert waterfall.shortfall(equity, loss, loss, own, own) == -equity


@many
@given(whole=skewed(0, MAX_EQUITY), size=parts, data=st.data())
def test_part_up__any_cut__parts_add_up_to_the_whole(waterfall, whole, size, data):
    """G(k) of DESIGN 7: differences of rounded sums lose nothing, whatever the cut."""
    cuts = sorted({*data.draw(st.lists(st.integers(1, size), max_size=5)), size})
    totals = [waterfall.part_up(whole, cut, size) for cut in cuts]
    assert totals == [ceil(Fraction(whole * cut, size)) for cut in cuts]
    assert totals[-1] == whole
    differences = [b - a for a, b in zip([0, *totals], totals, strict=False)]
    assert min(differences) >= 0


@pytest.mark.parametrize("equity", [-MAX_EQUITY, -1])
@pytest.mark.parametrize("loss", [0, MAX_LEG])
@pytest.mark.parametrize("count", [1, 8])
def test_shortfall__extremes__do_not_overflow(waterfall, equity, loss, count):
    exact = -equity if count == 1 else ceil(Fraction(-equity, 8))
    assert waterfall.shortfall(equity, loss, loss * count, MAX_LEG, MAX_LEG * count) == exact


def test_part_up__extremes__do_not_overflow(waterfall):
    assert waterfall.part_up(MAX_EQUITY, MAX_SIZE, MAX_SIZE) == MAX_EQUITY
    assert waterfall.share_down(MAX_EQUITY, MAX_LEG, MAX_LEG) == MAX_EQUITY
