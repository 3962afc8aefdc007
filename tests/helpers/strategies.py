"""Random numbers as traders and attackers choose them: skewed, and often exactly at an edge.

Everything is drawn from a `random.Random`; who runs a test says where its seed comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.helpers.model.arithmetic import LEVERAGES, MAX_PRICE, MAX_SIZE, MIN_PRICE, PPM, ceil_div, scale_of
from tests.helpers.parameters import HOUR, WAD, MarketParams, SourceConfig

WAD_PER_PPM = WAD // PPM
CAP_UNIT = 10**15
PERIOD = 8 * HOUR
# Whole tokens of open interest a market has room for.
ROOM = 3_000_000


@dataclass(frozen=True)
class Listing:
    """What a market is listed with."""

    price: int
    params: MarketParams
    config: SourceConfig


def log_uniform(rng: Random, low: int, high: int) -> int:
    """Every order of magnitude alike, both bounds included; `low` > 0."""
    bits = rng.randint(low.bit_length(), max(high.bit_length(), low.bit_length()))
    return min(max(rng.getrandbits(bits) | 1 << (bits - 1), low), max(high, low))


def near(rng: Random, value: int) -> int:
    """The value, one less or one more."""
    return value + rng.choice((-1, 0, 0, 0, 1))


def weighted(rng: Random, weights: dict[str, int]) -> str:
    """A name, as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def chance(rng: Random, percent: int) -> bool:
    return rng.randrange(100) < percent


def leverage(rng: Random, highest: int) -> int:
    """Mostly a tier that the market allows."""
    if chance(rng, 3):
        return rng.choice((0, 4, 7, 99, 101, 256, 2**64 + 10, 2**256 - 1, *LEVERAGES))
    return rng.choice([tier for tier in LEVERAGES if tier <= highest])


def listing(rng: Random, source: str, decimals: int, static: bool) -> Listing:
    """A market within all of Governance's bounds, often on them; static: no funding."""
    price = rng.choice(
        (4_000 * WAD, WAD, 61_234_567_890 * 10**12, 3 * 10**14, log_uniform(rng, 10**10, 10**26))
    )
    return Listing(price, market_params(rng, price, decimals, static), source_config(rng, source, static))


def huge_listing(rng: Random, source: str, decimals: int) -> Listing:
    """As much open interest, at as high or low a price, as the words have room for."""
    listed = listing(rng, source, decimals, static=True)
    price = rng.choice((MAX_PRICE, MIN_PRICE, MAX_PRICE // 2, 2**64))
    cap = rng.choice((MAX_SIZE // CAP_UNIT * CAP_UNIT, 2**90 // CAP_UNIT * CAP_UNIT))
    part = cap // 10_000
    changes = {"open_interest_lower": part, "open_interest_upper": part * 60_000}
    # More would fill the 116 bits of the treasury's credit in no time.
    changes |= {"maker_fee": WAD_PER_PPM, "taker_fee": rng.choice((0, WAD_PER_PPM))}
    return Listing(price, listed.params.but(open_interest_cap=cap, **changes), listed.config)


def market_params(rng: Random, price: int, decimals: int, static: bool) -> MarketParams:
    max_leverage = rng.choice((1, 5, 10, 20, 20, 50, 100, 100))
    target = rng.choice((1_000_000, 1_250_000, 2_000_000))
    most = PPM * PPM // (max_leverage * target)
    maintenance = rng.choice((most, ceil_div(most, 2), min(most, 5_000)))
    penalty = rng.choice((0, maintenance // 4, maintenance // 2))
    highest_fee = min(maintenance // 2, 2**16 - 1)
    maker_fee, taker_fee = (rng.choice((0, 200, 500, 500, highest_fee)) for _ in range(2))
    maker_fee, taker_fee = min(maker_fee, highest_fee), min(taker_fee, highest_fee)

    token = int(10**decimals)
    cap = max(ROOM * token * scale_of(decimals) // price // CAP_UNIT, 1) * CAP_UNIT
    cap = min(cap, MAX_SIZE // CAP_UNIT * CAP_UNIT)
    part = cap // 10_000
    lower = rng.choice((0, 100, 5_000))
    upper = lower + rng.choice((1, 1_000, 20_000))

    charged = static or maker_fee + taker_fee == 0
    funding_cap = 0 if charged else rng.choice((0, min(10_000, 4 * maintenance), min(1_000, 4 * maintenance)))
    tau = rng.choice((1, 8, 255)) * HOUR
    cap_value = ceil_div(cap * price, scale_of(decimals))
    depth = 1
    if funding_cap:
        depth = ceil_div(
            cap_value * funding_cap * tau, (maker_fee + taker_fee) * PERIOD * token
        ) + rng.choice((0, 7))
    return MarketParams(
        max_leverage=max_leverage,
        maintenance_rate=maintenance * WAD_PER_PPM,
        maker_fee=maker_fee * WAD_PER_PPM,
        taker_fee=taker_fee * WAD_PER_PPM,
        price_band=rng.choice((10_000, 50_000, 50_000, 300_000)) * WAD_PER_PPM,
        open_interest_cap=cap,
        open_interest_lower=lower * part,
        open_interest_upper=upper * part,
        min_notional=rng.choice((1, 1_000, 10_000)) * token // 100,
        funding_cap=funding_cap * WAD_PER_PPM,
        funding_depth=max(depth, 1) * token,
        funding_tau=tau,
        liquidation_target=target * WAD_PER_PPM,
        liquidation_penalty=penalty * WAD_PER_PPM,
        liquidator_reward=rng.choice((0, penalty // 2, penalty)) * WAD_PER_PPM,
    )


def source_config(rng: Random, source: str, static: bool) -> SourceConfig:
    return SourceConfig(
        source,
        max_age=2 * 86_400 if static else rng.choice((300, 2 * HOUR, 2 * HOUR, 2 * HOUR, 86_400)),
        max_move=rng.choice((5, 10, 10, 50)) * WAD // 100,
        confirm=rng.choice((1, 60, 300)),
        stale_move=rng.choice((WAD // 10, WAD // 2, WAD)),
        update_threshold=WAD // 1_000,
    )


def changed_params(
    rng: Random, params: MarketParams, price: int, decimals: int, open_interest: int
) -> MarketParams:
    """Another set for the same market: one or a few of another valid set's values."""
    other = market_params(rng, price, decimals, static=False)
    funding = {name: getattr(other, name) for name in ("funding_cap", "funding_depth", "funding_tau")}
    # A cap around what is open, on either side.
    cap = max(open_interest // CAP_UNIT + rng.choice((-1, 0, 1)), 1) * CAP_UNIT
    bounds = {"open_interest_lower": cap // 100, "open_interest_upper": cap // 2}
    groups: Sequence[dict[str, int]] = (
        {"price_band": other.price_band},
        {"min_notional": other.min_notional},
        {"open_interest_cap": cap, **bounds},
        {"open_interest_lower": other.open_interest_lower, "open_interest_upper": other.open_interest_upper},
        # Half the fees and no funding, which no bound refuses.
        {"maker_fee": params.maker_fee // 2 // WAD_PER_PPM * WAD_PER_PPM, **funding, "funding_cap": 0},
        {name: getattr(other, name) for name in other.__dataclass_fields__},
    )
    return params.but(**rng.choice(groups))


def moved_price(rng: Random, accepted: int, max_move: int) -> int:
    """The next price a source may report: mostly a small move, sometimes the largest, or a jump."""
    largest = accepted * max_move // WAD
    step = rng.choice(
        (
            *[log_uniform(rng, 1, max(accepted // 50, 1))] * 4,
            *[log_uniform(rng, 1, max(largest, 1))] * 2,
            near(rng, largest),
            rng.choice((largest + 1, 3 * largest // 2)),
        )
    )
    price = accepted + rng.choice((-1, 1)) * step
    if chance(rng, 1):
        price = rng.choice((0, MIN_PRICE - 1, MIN_PRICE, MAX_PRICE, MAX_PRICE + 1))
    return max(price, 0)
