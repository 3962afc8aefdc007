"""Market parameters as the tests use them: a good set, its words, which values are refused and why."""

from typing import Any

WAD = 10**18
PPM = 10**12
HOUR = 3600
TOKEN = 10**6
LEVERAGES = [1, 2, 3, 5, 10, 20, 50, 100]
MAX_SIZE = 2**95 - 1

Params = dict[str, int]

# A market at a mark of 50,000: half a dozen hard bounds are far enough away to move every field both ways.
MARK = 50_000 * WAD
PARAMS: Params = {
    "max_leverage": 10,
    "maintenance_rate": 20_000 * PPM,
    "maker_fee": 200 * PPM,
    "taker_fee": 500 * PPM,
    "price_band": 50_000 * PPM,
    "open_interest_cap": 1_000 * WAD,
    "open_interest_lower": 500 * WAD,
    "open_interest_upper": 2_000 * WAD,
    "min_notional": 10 * TOKEN,
    "funding_cap": 5_000 * PPM,
    "funding_depth": 600_000_000 * TOKEN,
    "funding_tau": 8 * HOUR,
    "liquidation_target": 1_250_000 * PPM,
    "liquidation_penalty": 8_000 * PPM,
    "liquidator_reward": 4_000 * PPM,
}

# Stored unit, width of the field in bits, reason for a value that does not fit. Parts of the cap: `unit_of`.
FIELDS: dict[str, tuple[int, int, str]] = {
    "maintenance_rate": (PPM, 20, "market: maintenance unit"),
    "maker_fee": (PPM, 16, "market: maker fee unit"),
    "taker_fee": (PPM, 16, "market: taker fee unit"),
    "price_band": (PPM, 20, "market: band unit"),
    "min_notional": (TOKEN // 100, 32, "market: min notional unit"),
    "open_interest_cap": (10**15, 51, "market: cap unit"),
    "open_interest_lower": (0, 16, "market: lower bound unit"),
    "open_interest_upper": (0, 16, "market: upper bound unit"),
    "funding_cap": (PPM, 20, "market: funding cap unit"),
    "funding_depth": (TOKEN, 36, "market: funding depth unit"),
    "funding_tau": (HOUR, 8, "market: funding tau unit"),
    "liquidation_target": (PPM, 24, "market: target unit"),
    "liquidation_penalty": (PPM, 20, "market: penalty unit"),
    "liquidator_reward": (PPM, 20, "market: reward unit"),
}

_CAP_UNIT = 10**15
_CAP_TOO_HIGH = (MAX_SIZE // _CAP_UNIT + 1) * _CAP_UNIT

# One step past each hard bound, and the reason.
REFUSED: list[tuple[Params, str]] = [
    ({"max_leverage": 0}, "market: no such tier"),
    ({"max_leverage": 7}, "market: no such tier"),
    ({"max_leverage": 101}, "market: no such tier"),
    ({"open_interest_cap": 0}, "market: zero cap"),
    ({"maintenance_rate": 0}, "market: zero maintenance"),
    ({"liquidation_target": 999_999 * PPM}, "market: target below 1"),
    ({"maintenance_rate": 80_001 * PPM}, "market: target above initial"),
    ({"liquidation_target": 5_000_001 * PPM}, "market: target above initial"),
    ({"max_leverage": 50}, "market: target above initial"),
    ({"liquidation_penalty": 10_001 * PPM}, "market: penalty too high"),
    ({"liquidator_reward": 8_001 * PPM}, "market: reward above penalty"),
    ({"maker_fee": 10_001 * PPM}, "market: maker fee too high"),
    ({"taker_fee": 10_001 * PPM}, "market: taker fee too high"),
    ({"price_band": 0}, "market: zero band"),
    ({"price_band": WAD}, "market: band too wide"),
    (
        {
            "open_interest_cap": _CAP_TOO_HIGH,
            "open_interest_lower": _CAP_TOO_HIGH // 2,
            "open_interest_upper": _CAP_TOO_HIGH,
        },
        "market: cap too high",
    ),
    ({"open_interest_lower": 2_000 * WAD}, "market: bounds out of order"),
    ({"open_interest_upper": 499 * WAD}, "market: bounds out of order"),
    ({"min_notional": 0}, "market: zero min notional"),
    ({"funding_tau": 0}, "market: zero funding tau"),
    ({"funding_depth": 0}, "market: zero funding depth"),
    ({"funding_cap": 80_001 * PPM}, "market: funding cap too high"),
    ({"maker_fee": 0, "taker_fee": 0}, "market: funding without fees"),
    # 1,000 * 50,000 * 0.5 % / 0.07 % = 357,142,857.14 tokens
    ({"funding_depth": 357_142_857 * TOKEN}, "market: funding depth too low"),
]

# Each hard bound itself.
ACCEPTED: list[Params] = [
    {"maintenance_rate": 80_000 * PPM},
    {"liquidation_target": 5_000_000 * PPM},
    {"liquidation_target": WAD},
    {"liquidation_penalty": 10_000 * PPM},
    {"liquidation_penalty": 0, "liquidator_reward": 0},
    {"liquidator_reward": 8_000 * PPM},
    {"maker_fee": 10_000 * PPM, "taker_fee": 10_000 * PPM},
    {"maker_fee": 0},
    {"price_band": PPM},
    {"price_band": 999_999 * PPM},
    {"open_interest_lower": 0, "open_interest_upper": WAD // 10},
    {"open_interest_upper": 65_535 * WAD // 10},
    {"min_notional": TOKEN // 100},
    {"funding_tau": 255 * HOUR, "funding_depth": 12_000_000_000 * TOKEN},
    {"funding_cap": 80_000 * PPM, "funding_depth": 6_000_000_000 * TOKEN},
    {"funding_cap": 0, "maker_fee": 0, "taker_fee": 0, "funding_depth": TOKEN},
    {"funding_depth": 357_142_858 * TOKEN},
]

# One step in the direction that is worse for a holder: the set waits.
WORSE: list[Params] = [
    {"maintenance_rate": 20_001 * PPM},
    {"max_leverage": 5},
    {"liquidation_target": 1_250_001 * PPM},
    {"liquidation_penalty": 8_001 * PPM},
    {"min_notional": 1_001 * TOKEN // 100},
    {"maker_fee": 201 * PPM},
    {"taker_fee": 501 * PPM},
    {"funding_cap": 5_001 * PPM},
]

# Better for a holder, or nothing to a position that is open: at once.
AT_ONCE: list[Params] = [
    {},
    {"maintenance_rate": 19_999 * PPM},
    {"max_leverage": 20},
    {"liquidation_target": 1_249_999 * PPM},
    {"liquidation_penalty": 7_999 * PPM},
    {"min_notional": 999 * TOKEN // 100},
    {"maker_fee": 199 * PPM},
    {"taker_fee": 499 * PPM},
    {"funding_cap": 4_999 * PPM},
    {"liquidator_reward": 8_000 * PPM},
    {"liquidator_reward": 0},
    {"price_band": PPM},
    {"price_band": 999_999 * PPM},
    {"open_interest_cap": 800 * WAD},
    {"open_interest_cap": 1_250 * WAD},
    {"open_interest_lower": 0, "open_interest_upper": WAD // 10},
    {"open_interest_upper": 6_000 * WAD},
    {"funding_depth": 500_000_000 * TOKEN},
    {"funding_depth": 700_000_000 * TOKEN},
    {"funding_tau": HOUR},
    {"funding_tau": 9 * HOUR},
]


def params(**changes: int) -> Params:
    return PARAMS | changes


def unit_of(field: str, cap: int = PARAMS["open_interest_cap"]) -> int:
    """The stored unit; of the open-interest bounds it is 1/10000 of the cap."""
    return FIELDS[field][0] or cap // 10_000


def words(values: Params, token: int = TOKEN, reduce_only: bool = False) -> tuple[int, int]:
    """The two words, from the table in the docstring of market_words.vy."""
    word, shift = 0, 0
    for units, bits in [
        (LEVERAGES.index(values["max_leverage"]), 3),
        (int(reduce_only), 1),
        (1, 1),
        (values["maintenance_rate"] // PPM, 20),
        (values["maker_fee"] // PPM, 16),
        (values["taker_fee"] // PPM, 16),
        (values["price_band"] // PPM, 20),
        (values["min_notional"] // (token // 100), 32),
        (values["open_interest_cap"] // 10**15, 51),
        (values["open_interest_lower"] * 10_000 // values["open_interest_cap"], 16),
        (values["open_interest_upper"] * 10_000 // values["open_interest_cap"], 16),
        (values["funding_cap"] // PPM, 20),
        (values["funding_depth"] // token, 36),
        (values["funding_tau"] // HOUR, 8),
    ]:
        assert 0 <= units < 1 << bits
        word |= units << shift
        shift += bits
    liquidation = values["liquidation_target"] // PPM
    liquidation |= values["liquidation_penalty"] // PPM << 24
    liquidation |= values["liquidator_reward"] // PPM << 44
    return word, liquidation


def named(values: Any) -> Params:
    """A MarketParams as the chain returned it (a struct or a tuple), by field name."""
    return dict(zip(PARAMS, (int(v) for v in values), strict=True))
