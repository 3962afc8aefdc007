# pragma version 0.4.3
"""
@title How much is liquidated, and at what price to the account
@license MIT
@notice Pure. `liquidatable_size` and `liquidate` share `_needed`.
"""

from contracts.modules import constants
from contracts.modules import fixed_point
from contracts.modules import market_words

# The market words' fields: rates < 2**24 ppm, minimum notional < 2**32.


@internal
@pure
def _is_below_minimum(size: uint256, price: uint256, params: uint256, scale: uint256) -> bool:
    """
    @notice Whether a position is open and worth less at the mark than the market's minimum notional.
    """
    minimum: uint256 = unsafe_mul(market_words._min_notional_cents(params), unsafe_div(10**34, scale))
    return size != 0 and fixed_point._notional_down(size, price, scale) < minimum


@internal
@pure
def _needed(
    equity: int256,
    maintenance: uint256,
    held: uint256,
    price: uint256,
    params: uint256,
    liquidation: uint256,
    scale: uint256,
) -> uint256:
    """
    @notice Base that must be closed to bring an account with `equity` < `maintenance` back to its target, the whole
            position if that is more, if the rest would be dust or if the account is bankrupt:
            x = ceil((t * M - E) * scale / (P * (t * mmr - penalty))).
    @dev Closing x at the mark costs penalty * x * P / scale and frees mmr * x * P / scale of maintenance; the rest is
         solving E' = t * M'. (Where an unpriced leg leaves less to pay the penalty from, the account ends above its
         target.) Governance keeps t >= 1 and penalty <= mmr / 2, so the divisor is positive.
    @param held Size of the position, unsigned.
    """
    if equity < 0:
        return held
    target: uint256 = market_words._target_ppm(liquidation)
    # maintenance * scale is the sum of sizes * prices * rates < 8 * 2**95 * 2**88 * 1: with the target and PPM < 2**231.
    missing: uint256 = unsafe_sub(target * maintenance, convert(equity, uint256) * constants.PPM)
    regained: uint256 = unsafe_sub(
        unsafe_mul(target, market_words._maintenance_ppm(params)),
        unsafe_mul(constants.PPM, market_words._penalty_ppm(liquidation)),
    )
    size: uint256 = fixed_point._div_up(missing * scale * constants.PPM, unsafe_mul(price, regained))
    if size >= held or self._is_below_minimum(unsafe_sub(held, size), price, params, scale):
        return held
    return size


@internal
@pure
def _penalty(size: uint256, price: uint256, liquidation: uint256, scale: uint256, share: uint256) -> (uint256, uint256):
    """
    @notice What a solvent account pays for having `size` closed, at most its `share` of equity, and how much of that
            is the liquidator's reward; the vault gets the rest.
    """
    penalty: uint256 = fixed_point._div_up(
        unsafe_mul(fixed_point._notional_up(size, price, scale), market_words._penalty_ppm(liquidation)), constants.PPM
    )
    penalty = min(penalty, share)
    reward: uint256 = unsafe_div(
        unsafe_mul(fixed_point._notional_down(size, price, scale), market_words._reward_ppm(liquidation)),
        constants.PPM,
    )
    return penalty, min(penalty, reward)
