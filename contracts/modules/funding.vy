# pragma version 0.4.3
"""
@title Funding arithmetic
@license MIT
@notice Pure. The premium of trades over the mark decays as exp(-dt / tau); longs pay its exact integral per 8 h.
@dev Bounds for the `unsafe` products: abs(premium) < 2**39, price < 2**88, tau < 2**20, WAD < 2**60.
"""

from snekmate.utils import math
from contracts.modules import constants
from contracts.modules import fixed_point

# The stored premium's unit: fine enough that touching every second bends its decay by 0.15 % at 1 bp.
PREMIUM_ONE: constant(int256) = 10**11
PREMIUM_PER_PPM: constant(int256) = 10**5
WAD: constant(int256) = 10**18
# A premium is quoted per this many seconds, as on every venue with 8-hour funding.
PERIOD: constant(int256) = 28_800
# Seconds charged per touch at most: a market nobody touched cannot present a day's bill at one price.
MAX_GAP: constant(uint256) = 3_600
# The index is int88 and stops there: at 1 % per 8 h after 90 years at a price of 157,000.
MAX_INDEX: constant(int256) = 2**87 - 1


@internal
@pure
def _decay(elapsed: uint256, tau: uint256) -> int256:
    """
    @notice exp(-elapsed / tau), WAD.
    """
    return math._wad_exp(unsafe_sub(0, convert(unsafe_div(unsafe_mul(elapsed, constants.WAD), tau), int256)))


@internal
@pure
def _accrue(index: int256, premium: int256, elapsed: uint256, tau: uint256, price: uint256) -> (int256, int256):
    """
    @notice The index and premium after `elapsed` seconds at the mark `price`.
    @dev index += floor(premium * price * integral of exp(-t / tau) over the charged time / 8 h).
    """
    if premium == 0:
        return index, 0
    decay: int256 = self._decay(min(elapsed, MAX_GAP), tau)
    integral: int256 = unsafe_mul(
        unsafe_mul(unsafe_mul(premium, convert(price, int256)), convert(tau, int256)), unsafe_sub(WAD, decay)
    )
    accrued: int256 = unsafe_add(index, fixed_point._floor_div(integral, PERIOD * PREMIUM_ONE * WAD))
    if elapsed > MAX_GAP:
        decay = self._decay(elapsed, tau)
    return max(min(accrued, MAX_INDEX), -MAX_INDEX), fixed_point._trunc_div(unsafe_mul(premium, decay), WAD)


@internal
@pure
def _sample(
    premium: int256, price: uint256, fill_price: uint256, notional: uint256, depth: uint256, cap_ppm: uint256
) -> int256:
    """
    @notice The premium after a fill: moved toward the fill's clamped premium by weight min(1, notional / depth).
    """
    cap: int256 = unsafe_mul(convert(cap_ppm, int256), PREMIUM_PER_PPM)
    mark: int256 = convert(price, int256)
    sample: int256 = fixed_point._trunc_div(
        unsafe_mul(unsafe_sub(convert(fill_price, int256), mark), PREMIUM_ONE), mark
    )
    sample = max(min(sample, cap), unsafe_sub(0, cap))
    # depth < 2**96
    moved: int256 = unsafe_mul(unsafe_sub(sample, premium), convert(min(notional, depth), int256))
    return unsafe_add(premium, fixed_point._trunc_div(moved, convert(depth, int256)))
