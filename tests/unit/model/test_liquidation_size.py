"""How much may be taken over: against the design's fraction, and by hand."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.model.arithmetic import PPM
from tests.helpers.model.liquidation import healing_size
from tests.helpers.model.market import MarketParams
from tests.unit.model.crashes import desk
from tests.unit.model.scenario import PARAMS, USD, WAD

SCALE = 10**30


@given(
    st.integers(0, 10**15),
    st.integers(1, 10**12),
    st.integers(10**6, 10**30),
    st.integers(PPM, 2**24 - 1),
    st.integers(1, PPM),
    st.data(),
)
def test_healing_size__any__is_the_design_fraction_rounded_up(
    worth: int, missing: int, price: int, target: int, maintenance: int, data: st.DataObject
) -> None:
    params = parameters(target, maintenance, data.draw(st.integers(0, maintenance // 2)))
    required = worth + missing
    exact_target = Fraction(target, PPM)
    healed = exact_target * Fraction(maintenance, PPM) - Fraction(params.penalty_ppm, PPM)
    exact = (exact_target * required - worth) * SCALE / (price * healed)
    size = healing_size(worth, required, price, params, SCALE)
    assert size == math.ceil(exact) > 0

    def reaches_target(closed: int) -> bool:
        """In unrounded money, for a leg that is large enough."""
        notional = Fraction(closed * price, SCALE)
        left = required - notional * Fraction(maintenance, PPM)
        return worth - notional * Fraction(params.penalty_ppm, PPM) >= exact_target * left

    assert reaches_target(size)
    assert not reaches_target(size - 1)


def parameters(target: int, maintenance: int, penalty: int) -> MarketParams:
    return replace(
        PARAMS,
        liquidation_target=target * 10**12,
        maintenance_rate=maintenance * 10**12,
        liquidation_penalty=penalty * 10**12,
        liquidator_reward=0,
    )


@given(st.integers(1, 36), st.sampled_from([10**6, 1_250_000, 2_000_000]), st.integers(0, 10_000))
def test_liquidatable_size__closed__brings_equity_to_the_target(
    dollars: int, target: int, penalty: int
) -> None:
    fallen = desk(1_800 + dollars)
    protocol = fallen.world.protocol
    protocol.write_market(1, replace(parameters(target, 20_000, penalty), min_notional=1))
    size = protocol.liquidatable_size(fallen.long, 1)
    assert fallen.liquidate().closed == size
    worth, required = protocol.waterfall_values(fallen.long)
    missing = Fraction(target, PPM) * required - worth
    # The penalty is rounded up twice, so is maintenance: less than 1 + penalty and 1 + mmr units.
    assert missing < 1 + Fraction(penalty, PPM) + Fraction(target, PPM) * (1 + Fraction(20_000, PPM))


@pytest.mark.parametrize(
    ("price", "size"),
    [
        # Equity 37 above a maintenance of 36.74.
        (1_837, 0),
        # Equity 30, maintenance 36.6: (1.25 * 36.6 - 30) / (1,830 * (1.25 * 2 % - 1 %)).
        (1_830, 573_770_491_803_278_689),
        # More than the whole would be needed.
        (1_801, WAD),
        # Nothing left, and less than nothing.
        (1_800, WAD),
        (1_700, WAD),
    ],
)
def test_liquidatable_size__long_of_one__by_hand(price: int, size: int) -> None:
    fallen = desk(price)
    assert fallen.world.protocol.liquidatable_size(fallen.long, 1) == size


def test_liquidatable_size__rest_below_the_minimum__is_the_whole() -> None:
    # 0.4262 would be left, worth a little less than 780.
    fallen = desk(1_830, min_notional=779_999_999)
    protocol = fallen.world.protocol
    assert protocol.liquidatable_size(fallen.long, 1) == 573_770_491_803_278_689
    protocol.write_market(1, replace(PARAMS, min_notional=780 * USD))
    assert protocol.liquidatable_size(fallen.long, 1) == WAD


def test_liquidatable_size__no_position__is_zero_even_without_a_price() -> None:
    fallen = desk(1_830)
    fallen.world.unprice(2)
    assert fallen.world.protocol.liquidatable_size(fallen.long, 2) == 0
    assert fallen.world.protocol.liquidatable_size(99, 1) == 0
