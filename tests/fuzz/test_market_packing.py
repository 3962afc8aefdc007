"""The parameter words and bounds against independent arithmetic, over all a field can hold (titanoboa)."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.governance import parameters
from tests.unit.governance.parameters import FIELDS, HOUR, LEVERAGES, PARAMS, PPM, WAD, Params, named

ROOT = Path(__file__).resolve().parents[2]
MAX_SIZE = 2**95 - 1
CAP_UNIT = 10**15

many = settings(max_examples=8 * settings.default.max_examples)

tokens = st.sampled_from([10**6, 10**18])
prices = st.integers(10**6, 2**88 - 1) | st.integers(10**18, 10**23)


def up_to(largest: int, smallest: int = 0) -> st.SearchStrategy[int]:
    """The edges of a field as often as its inside."""
    return st.integers(smallest, largest) | st.sampled_from([smallest, smallest + 1, largest - 1, largest])


@st.composite
def representable(draw: st.DrawFn, token: int) -> Params:
    """Any values that the fields hold exactly, whether or not they make sense together."""
    values = {"max_leverage": draw(st.sampled_from(LEVERAGES))}
    cap = draw(up_to(2**51 - 1, 1)) * CAP_UNIT
    for field in list(PARAMS)[1:]:
        units = cap // CAP_UNIT if field == "open_interest_cap" else draw(up_to((1 << FIELDS[field][1]) - 1))
        values[field] = units * unit_of(field, cap, token)
    return values


@st.composite
def plausible(draw: st.DrawFn, token: int) -> Params:
    """Values around the bounds, so that sets pass or fail by one unit."""

    def around(limit: int, unit: int = PPM) -> int:
        return max(0, limit // unit + draw(st.integers(-2, 1) | st.integers(-limit // unit, 0))) * unit

    leverage = draw(st.sampled_from(LEVERAGES))
    target = draw(st.integers(999_999, 2_000_000)) * PPM
    maintenance = around(WAD**2 // (leverage * target))
    cap = draw(st.integers(1, 10**7) | st.just(MAX_SIZE // CAP_UNIT)) * CAP_UNIT
    lower = draw(st.integers(0, 60_000))
    penalty = around(maintenance // 2)
    return {
        "max_leverage": leverage,
        "maintenance_rate": maintenance,
        "maker_fee": min(around(maintenance // 2), 65_535 * PPM),
        "taker_fee": min(around(maintenance // 2), 65_535 * PPM),
        "price_band": around(WAD),
        "open_interest_cap": cap,
        "open_interest_lower": lower * (cap // 10_000),
        "open_interest_upper": max(0, lower + draw(st.integers(-2, 5_000))) * (cap // 10_000),
        "min_notional": draw(st.integers(0, 10_000)) * (token // 100),
        "funding_cap": min(around(maintenance * 4), (2**20 - 1) * PPM),
        "funding_depth": draw(st.integers(0, 2**36 - 1)) * token,
        "funding_tau": draw(st.integers(0, 255)) * HOUR,
        "liquidation_target": target,
        "liquidation_penalty": penalty,
        "liquidator_reward": around(penalty),
    }


def unit_of(field: str, cap: int, token: int) -> int:
    in_tokens = {"min_notional": token // 100, "funding_depth": token}
    return in_tokens.get(field) or parameters.unit_of(field, cap)


@pytest.fixture(scope="module")
def harness() -> Any:
    boa.interpret.set_search_paths([str(ROOT)])
    return boa.load(str(ROOT / "contracts" / "mocks" / "WordsHarness.vy"))


def as_struct(values: Params) -> tuple[int, ...]:
    return tuple(values.values())


@many
@given(data=st.data(), token=tokens)
def test_pack__representable__is_the_documented_layout_and_comes_back(harness, data, token):
    values = data.draw(representable(token))
    packed = harness.pack(as_struct(values), token)
    assert tuple(packed) == parameters.words(values, token)
    assert named(harness.unpack(*packed, token)) == values


@many
@given(data=st.data(), token=tokens, reduce_only=st.booleans())
def test_market_words__representable__read_every_field(harness, data, token, reduce_only):
    values = data.draw(representable(token))
    word, liquidation = parameters.words(values, token, reduce_only=reduce_only)
    expected = [True, reduce_only, LEVERAGES.index(values["max_leverage"])]
    expected += [
        values[field] // PPM for field in ("maintenance_rate", "maker_fee", "taker_fee", "price_band")
    ]
    expected.append(values["min_notional"] * 100 // token)
    expected += [values[f"open_interest_{field}"] for field in ("cap", "lower", "upper")]
    expected += [values["funding_cap"] // PPM, values["funding_depth"] // token, values["funding_tau"]]
    expected += [values[f"{field}"] // PPM for field in list(PARAMS)[-3:]]
    assert list(harness.fields(word, liquidation)) == expected
    # The flag is no parameter.
    assert named(harness.unpack(word, liquidation, token)) == values


@pytest.mark.parametrize("token", [10**6, 10**18])
@pytest.mark.parametrize("field", FIELDS)
def test_pack__one_field_at_its_edges__fits_or_is_refused(harness, field, token):
    values = PARAMS | {"min_notional": 10 * token, "funding_depth": token}
    unit, bits, reason = unit_of(field, PARAMS["open_interest_cap"], token), *FIELDS[field][1:]
    largest = ((1 << bits) - 1) * unit
    if field == "open_interest_cap":
        # Its bounds are parts of it: none, so that only the cap itself moves.
        values |= {"open_interest_lower": 0, "open_interest_upper": 0}
    for amount in (unit, largest - unit, largest):
        packed = harness.pack(as_struct(values | {field: amount}), token)
        assert named(harness.unpack(*packed, token)) == values | {field: amount}
    for amount in (1, unit - 1, unit + 1, largest - 1, largest + 1, largest + unit, 2**256 - 1):
        with boa.reverts(reason):
            harness.pack(as_struct(values | {field: amount}), token)


@many
@given(data=st.data(), token=tokens, field=st.sampled_from(list(FIELDS)), off=st.sampled_from([-1, 1]))
def test_pack__one_off_a_whole_unit__is_refused(harness, data, token, field, off):
    values = data.draw(representable(token))
    values[field] = max(values[field] + off, 1)
    with boa.reverts(FIELDS[field][2]):
        harness.pack(as_struct(values), token)


def first_refusal(values: Params) -> str | None:
    """The bounds of DESIGN section 3 and 5, in rationals, in the contract's order."""
    v = values
    mmr = Fraction(v["maintenance_rate"], WAD)
    target = Fraction(v["liquidation_target"], WAD)
    for holds, reason in [
        (mmr > 0, "market: zero maintenance"),
        (target >= 1, "market: target below 1"),
        (target * mmr <= Fraction(1, v["max_leverage"]), "market: target above initial"),
        (Fraction(v["liquidation_penalty"], WAD) <= mmr / 2, "market: penalty too high"),
        (v["liquidator_reward"] <= v["liquidation_penalty"], "market: reward above penalty"),
        (Fraction(v["maker_fee"], WAD) <= mmr / 2, "market: maker fee too high"),
        (Fraction(v["taker_fee"], WAD) <= mmr / 2, "market: taker fee too high"),
        (v["price_band"] > 0, "market: zero band"),
        (v["price_band"] < WAD, "market: band too wide"),
        (v["open_interest_cap"] <= MAX_SIZE, "market: cap too high"),
        (v["open_interest_lower"] < v["open_interest_upper"], "market: bounds out of order"),
        (v["min_notional"] > 0, "market: zero min notional"),
        (v["funding_tau"] > 0, "market: zero funding tau"),
        (v["funding_depth"] > 0, "market: zero funding depth"),
        (Fraction(v["funding_cap"], WAD) / 8 <= mmr / 2, "market: funding cap too high"),
        (v["funding_cap"] == 0 or v["maker_fee"] + v["taker_fee"] > 0, "market: funding without fees"),
    ]:
        if not holds:
            return reason
    return None


@many
@given(data=st.data(), token=tokens)
def test_check__any__refuses_what_the_design_refuses(harness, data, token):
    values = data.draw(plausible(token) | representable(token))
    reason = first_refusal(values)
    if reason is None:
        harness.check(as_struct(values))
        # What the liquidation size divides by, and MAR-1's margin between the requirements.
        assert (
            values["liquidation_target"] * values["maintenance_rate"] // WAD > values["liquidation_penalty"]
        )
        assert values["maintenance_rate"] * values["max_leverage"] <= WAD
    else:
        with boa.reverts(reason):
            harness.check(as_struct(values))


@many
@given(
    leverage=st.sampled_from(LEVERAGES),
    threshold=st.integers(0, 2**256 - 1) | st.integers(0, WAD),
    near=st.booleans(),
)
def test_check_threshold__any__is_twice_within_the_margin(harness, leverage, threshold, near):
    if near:
        threshold = WAD // (2 * leverage) + threshold % 3 - 1
    if Fraction(1, leverage) >= 2 * Fraction(threshold, WAD):
        harness.check_threshold(leverage, threshold)
    else:
        with boa.reverts("market: source too coarse"):
            harness.check_threshold(leverage, threshold)


@many
@given(data=st.data(), token=tokens, mark=prices, near=st.integers(-2, 2))
def test_check_funding_depth__any__is_the_design_s_inequality(harness, data, token, mark, near):
    values = data.draw(plausible(token) | representable(token))
    scale = 10**36 // token
    cap_value = -(-values["open_interest_cap"] * mark // scale)
    fees = Fraction(values["maker_fee"] + values["taker_fee"], WAD)
    funding = cap_value * Fraction(values["funding_cap"], WAD) * Fraction(values["funding_tau"], 8 * HOUR)
    if fees > 0 and near:
        # Next to the least depth that is enough, where the field has room for it.
        depth = int(funding / fees) // token + near
        values["funding_depth"] = min(max(depth, 0), 2**36 - 1) * token
    if values["funding_depth"] * fees >= funding:
        harness.check_funding_depth(as_struct(values), mark, scale)
    else:
        with boa.reverts("market: funding depth too low"):
            harness.check_funding_depth(as_struct(values), mark, scale)


@many
@given(data=st.data(), field=st.sampled_from(list(PARAMS)))
def test_is_worse__one_field_differs__follows_its_direction(harness, data, field):
    new = data.draw(representable(10**6))
    old = new | {field: data.draw(representable(10**6))[field]}
    higher = {"maintenance_rate", "liquidation_target", "liquidation_penalty", "min_notional"}
    higher |= {"maker_fee", "taker_fee", "funding_cap"}
    worse = (field in higher and new[field] > old[field]) or (
        field == "max_leverage" and new[field] < old[field]
    )
    assert harness.is_worse(as_struct(old), as_struct(new)) == worse
