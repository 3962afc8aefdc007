# pragma version 0.4.3
"""
@title What a trade makes of a position
@license MIT
@notice Pure.
"""

from contracts.modules import constants
from contracts.modules import errors
from contracts.modules import fixed_point
from contracts.modules import market_words


@internal
@pure
def _traded(
    size: int256, entry_price: uint256, tier: uint256, change: int256, price: uint256, leverage: uint256, params: uint256
) -> (int256, uint256, uint256):
    """
    @notice Size, entry price and tier after a trade of `change` at `price`. A reduction changes neither entry nor
            tier; anything else puts the whole position on `leverage`. Averaging is floored.
    @dev Sizes < 2**95, prices < 2**88.
    """
    after: int256 = unsafe_add(size, change)
    if after == 0:
        return 0, 0, 0
    same_side: bool = (size > 0) == (change > 0)
    if size != 0 and not same_side and (after > 0) == (size > 0):
        return after, entry_price, tier
    total: uint256 = fixed_point._abs(after)
    errors._require(total <= constants.MAX_SIZE, "fill: size overflow")
    new_tier: uint256 = constants._tier_of(leverage)
    errors._require(new_tier <= market_words._max_tier(params), "market: bad leverage")
    if size == 0 or not same_side:
        return after, price, new_tier
    held: uint256 = unsafe_mul(fixed_point._abs(size), entry_price)
    added: uint256 = unsafe_mul(fixed_point._abs(change), price)
    return after, unsafe_div(unsafe_add(held, added), total), new_tier
