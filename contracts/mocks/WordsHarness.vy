# pragma version 0.4.3
"""
@title The pure modules, callable
@license MIT
@notice For tests: every function of fixed_point, constants, market_words, market_packing and market_bounds as it is.
"""

from contracts.interfaces import IGovernance
from contracts.modules import constants
from contracts.modules import fixed_point
from contracts.modules import market_bounds
from contracts.modules import market_packing
from contracts.modules import market_words


# Everything that market_words reads out of the two words, in its own units.
struct Fields:
    is_listed: bool
    is_reduce_only: bool
    max_tier: uint256
    maintenance_ppm: uint256
    maker_fee_ppm: uint256
    taker_fee_ppm: uint256
    band_ppm: uint256
    min_notional_cents: uint256
    open_interest_cap: uint256
    open_interest_lower: uint256
    open_interest_upper: uint256
    funding_cap_ppm: uint256
    funding_depth_tokens: uint256
    funding_tau: uint256
    target_ppm: uint256
    penalty_ppm: uint256
    reward_ppm: uint256


@external
@pure
def div_up(numerator: uint256, denominator: uint256) -> uint256:
    return fixed_point._div_up(numerator, denominator)


@external
@pure
def floor_div(numerator: int256, denominator: int256) -> int256:
    return fixed_point._floor_div(numerator, denominator)


@external
@pure
def trunc_div(numerator: int256, denominator: int256) -> int256:
    return fixed_point._trunc_div(numerator, denominator)


@external
@pure
def notional_up(size: uint256, price: uint256, scale: uint256) -> uint256:
    return fixed_point._notional_up(size, price, scale)


@external
@pure
def notional_down(size: uint256, price: uint256, scale: uint256) -> uint256:
    return fixed_point._notional_down(size, price, scale)


@external
@pure
def leverage_of(tier: uint256) -> uint256:
    return constants._leverage_of(tier)


@external
@pure
def tier_of(leverage: uint256) -> uint256:
    return constants._tier_of(leverage)


@external
@pure
def pack(params: IGovernance.MarketParams, token: uint256) -> (uint256, uint256):
    return market_packing._pack(params, token)


@external
@pure
def unpack(word: uint256, liquidation: uint256, token: uint256) -> IGovernance.MarketParams:
    return market_packing._unpack(word, liquidation, token)


@external
@pure
def check(params: IGovernance.MarketParams):
    market_bounds._check(params)


@external
@pure
def check_threshold(max_leverage: uint256, update_threshold: uint256):
    market_bounds._check_threshold(max_leverage, update_threshold)


@external
@pure
def check_funding_depth(params: IGovernance.MarketParams, mark: uint256, scale: uint256):
    market_bounds._check_funding_depth(params, mark, scale)


@external
@pure
def is_worse(old: IGovernance.MarketParams, new: IGovernance.MarketParams) -> bool:
    return market_bounds._is_worse(old, new)


@external
@pure
def fields(word: uint256, liquidation: uint256) -> Fields:
    return Fields(
        is_listed=market_words._is_listed(word),
        is_reduce_only=market_words._is_reduce_only(word),
        max_tier=market_words._max_tier(word),
        maintenance_ppm=market_words._maintenance_ppm(word),
        maker_fee_ppm=market_words._maker_fee_ppm(word),
        taker_fee_ppm=market_words._taker_fee_ppm(word),
        band_ppm=market_words._band_ppm(word),
        min_notional_cents=market_words._min_notional_cents(word),
        open_interest_cap=market_words._open_interest_cap(word),
        open_interest_lower=market_words._open_interest_lower(word),
        open_interest_upper=market_words._open_interest_upper(word),
        funding_cap_ppm=market_words._funding_cap_ppm(word),
        funding_depth_tokens=market_words._funding_depth_tokens(word),
        funding_tau=market_words._funding_tau(word),
        target_ppm=market_words._target_ppm(liquidation),
        penalty_ppm=market_words._penalty_ppm(liquidation),
        reward_ppm=market_words._reward_ppm(liquidation),
    )
