# pragma version 0.4.3
"""
@title The arithmetic of the waterfall, callable
@license MIT
@notice For tests: shares of a bankruptcy, sizes of a liquidation and takeovers, as Waterfall and Lens compile them.
"""

from contracts.modules import bankruptcy
from contracts.modules import liquidation
from contracts.modules import positions


@external
@pure
def share_down(equity: int256, freed: uint256, maintenance: uint256) -> uint256:
    return bankruptcy._share_down(equity, freed, maintenance)


@external
@pure
def shortfall(equity: int256, loss: uint256, losses: uint256, own: uint256, maintenance: uint256) -> uint256:
    return bankruptcy._shortfall(equity, loss, losses, own, maintenance)


@external
@pure
def part_up(whole: uint256, part: uint256, size: uint256) -> uint256:
    return bankruptcy._part_up(whole, part, size)


@external
@pure
def is_below_minimum(size: uint256, price: uint256, params: uint256, scale: uint256) -> bool:
    return liquidation._is_below_minimum(size, price, params, scale)


@external
@pure
def needed(
    equity: int256,
    maintenance: uint256,
    held: uint256,
    price: uint256,
    params: uint256,
    terms: uint256,
    scale: uint256,
) -> uint256:
    return liquidation._needed(equity, maintenance, held, price, params, terms, scale)


@external
@pure
def penalty(size: uint256, price: uint256, terms: uint256, scale: uint256, share: uint256) -> (uint256, uint256):
    return liquidation._penalty(size, price, terms, scale, share)


@external
@pure
def traded(
    size: int256, entry_price: uint256, tier: uint256, change: int256, price: uint256, leverage: uint256, params: uint256
) -> (int256, uint256, uint256):
    return positions._traded(size, entry_price, tier, change, price, leverage, params)
