# pragma version 0.4.3
"""
@title The two words that hold a market's parameters
@license MIT
@notice Pure; no field is wide enough for the `unsafe` products to overflow. Governance packs (and refuses what a field cannot hold exactly), the others unpack.
        `params` is read by every trade, `liquidation` only by the waterfall.
"""

# params, lowest bit first:
#   max tier 3 | reduce-only 1 | listed 1 | maintenance rate ppm 20 | maker fee ppm 16 | taker fee ppm 16
#   | price band ppm 20 | minimum notional in 10**(d-2) quote units 32 | open-interest cap in 1e15 base 51
#   | lower and upper bound of the scaled requirement in 1/10000 of the cap 16 + 16 | funding cap ppm 20
#   | funding depth in whole collateral tokens 36 | funding tau in hours 8
MAX_TIER: constant(uint256) = 7
REDUCE_ONLY_BIT: constant(uint256) = 1 << 3
LISTED_BIT: constant(uint256) = 1 << 4
MAINTENANCE_SHIFT: constant(uint256) = 5
MAKER_FEE_SHIFT: constant(uint256) = 25
TAKER_FEE_SHIFT: constant(uint256) = 41
BAND_SHIFT: constant(uint256) = 57
MIN_NOTIONAL_SHIFT: constant(uint256) = 77
CAP_SHIFT: constant(uint256) = 109
LOWER_SHIFT: constant(uint256) = 160
UPPER_SHIFT: constant(uint256) = 176
FUNDING_CAP_SHIFT: constant(uint256) = 192
DEPTH_SHIFT: constant(uint256) = 212
TAU_SHIFT: constant(uint256) = 248

# liquidation: target ppm 24 | penalty ppm 20 | liquidator reward ppm 20
PENALTY_SHIFT: constant(uint256) = 24
REWARD_SHIFT: constant(uint256) = 44

CAP_UNIT: constant(uint256) = 10**15
# Funding tau is stored in hours.
TAU_UNIT: constant(uint256) = 3_600
# The scaled requirement's bounds are stored as parts of the cap.
BOUND_PARTS: constant(uint256) = 10_000
BOUND_UNIT: constant(uint256) = CAP_UNIT // BOUND_PARTS

MASK_16: constant(uint256) = 2**16 - 1
MASK_20: constant(uint256) = 2**20 - 1
MASK_24: constant(uint256) = 2**24 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_36: constant(uint256) = 2**36 - 1
MASK_51: constant(uint256) = 2**51 - 1


@internal
@pure
def _is_listed(params: uint256) -> bool:
    return params & LISTED_BIT != 0


@internal
@pure
def _is_reduce_only(params: uint256) -> bool:
    return params & REDUCE_ONLY_BIT != 0


@internal
@pure
def _max_tier(params: uint256) -> uint256:
    return params & MAX_TIER


@internal
@pure
def _maintenance_ppm(params: uint256) -> uint256:
    return (params >> MAINTENANCE_SHIFT) & MASK_20


@internal
@pure
def _maker_fee_ppm(params: uint256) -> uint256:
    return (params >> MAKER_FEE_SHIFT) & MASK_16


@internal
@pure
def _taker_fee_ppm(params: uint256) -> uint256:
    return (params >> TAKER_FEE_SHIFT) & MASK_16


@internal
@pure
def _band_ppm(params: uint256) -> uint256:
    return (params >> BAND_SHIFT) & MASK_20


@internal
@pure
def _min_notional_cents(params: uint256) -> uint256:
    """
    @notice Minimum notional in units of 10**(d-2) quote units.
    """
    return (params >> MIN_NOTIONAL_SHIFT) & MASK_32


@internal
@pure
def _open_interest_cap(params: uint256) -> uint256:
    return unsafe_mul((params >> CAP_SHIFT) & MASK_51, CAP_UNIT)


@internal
@pure
def _open_interest_lower(params: uint256) -> uint256:
    return unsafe_mul(unsafe_mul((params >> CAP_SHIFT) & MASK_51, BOUND_UNIT), (params >> LOWER_SHIFT) & MASK_16)


@internal
@pure
def _open_interest_upper(params: uint256) -> uint256:
    return unsafe_mul(unsafe_mul((params >> CAP_SHIFT) & MASK_51, BOUND_UNIT), (params >> UPPER_SHIFT) & MASK_16)


@internal
@pure
def _funding_cap_ppm(params: uint256) -> uint256:
    return (params >> FUNDING_CAP_SHIFT) & MASK_20


@internal
@pure
def _funding_depth_tokens(params: uint256) -> uint256:
    return (params >> DEPTH_SHIFT) & MASK_36


@internal
@pure
def _funding_tau(params: uint256) -> uint256:
    """
    @notice Decay time of the premium in seconds.
    """
    return unsafe_mul(params >> TAU_SHIFT, TAU_UNIT)


@internal
@pure
def _target_ppm(liquidation: uint256) -> uint256:
    return liquidation & MASK_24


@internal
@pure
def _penalty_ppm(liquidation: uint256) -> uint256:
    return (liquidation >> PENALTY_SHIFT) & MASK_20


@internal
@pure
def _reward_ppm(liquidation: uint256) -> uint256:
    return (liquidation >> REWARD_SHIFT) & MASK_20
