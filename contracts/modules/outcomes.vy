# pragma version 0.4.3
"""
@title What ClearingHouse.settle says of each match
@license MIT
@notice A byte a match, the first match in the lowest byte.
"""

EXECUTED: constant(uint256) = 1
# The maker's order is reduce-only and would not have reduced.
REDUCE_ONLY: constant(uint256) = 2
# The maker's account has raised its epoch.
OLD_EPOCH: constant(uint256) = 3
# The signer is not the account's owner or live delegate: nothing of the call was done.
UNSIGNED: constant(uint256) = 4
# Where the taker's UNSIGNED stands, in bits.
TAKER_LANE: constant(uint256) = 248
# Mask of one lane.
LANE: constant(uint256) = 255
