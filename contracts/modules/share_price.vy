# pragma version 0.4.3
"""
@title The price of a share
@license MIT
@notice Pure. 1,000 virtual shares and one virtual unit of assets stand beside the real ones: an empty vault has a
        price, and one that lost everything still has one.
"""

from snekmate.utils import math

# Shares have three more decimals than assets.
OFFSET: constant(uint8) = 3
VIRTUAL_SHARES: constant(uint256) = 10**3
# Quote units that deposits may raise total assets to; credit on top of it is below 2**116.
MAX_ASSETS: constant(uint256) = 2**112
# At 2**256 - VIRTUAL_SHARES nobody could redeem any more.
MAX_SUPPLY: constant(uint256) = 2**255


@internal
@pure
def _shares_down(assets: uint256, supply: uint256, total: uint256) -> uint256:
    return math._mul_div(assets, supply + VIRTUAL_SHARES, total + 1, False)


@internal
@pure
def _shares_up(assets: uint256, supply: uint256, total: uint256) -> uint256:
    return math._mul_div(assets, supply + VIRTUAL_SHARES, total + 1, True)


@internal
@pure
def _assets_down(shares: uint256, supply: uint256, total: uint256) -> uint256:
    return math._mul_div(shares, total + 1, supply + VIRTUAL_SHARES, False)


@internal
@pure
def _assets_up(shares: uint256, supply: uint256, total: uint256) -> uint256:
    return math._mul_div(shares, total + 1, supply + VIRTUAL_SHARES, True)


@internal
@pure
def _deposit_limit(supply: uint256, total: uint256) -> uint256:
    """
    @notice The most assets that leave the total within MAX_ASSETS and the supply within MAX_SUPPLY.
    """
    room: uint256 = MAX_ASSETS - min(total, MAX_ASSETS)
    # At this price `room` mints less than 2**112 shares, on top of a supply below the total.
    if total >= supply + VIRTUAL_SHARES:
        return room
    # Below it the quotient is at most MAX_SUPPLY.
    return min(room, math._mul_div(MAX_SUPPLY - supply, total + 1, supply + VIRTUAL_SHARES, False))


@internal
@pure
def _mint_limit(supply: uint256, total: uint256) -> uint256:
    """
    @notice The most shares that cost no more than `_deposit_limit`.
    """
    return self._shares_down(self._deposit_limit(supply, total), supply, total)
