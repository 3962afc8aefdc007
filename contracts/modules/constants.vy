# pragma version 0.4.3
"""
@title Units and limits shared by every contract
@license MIT
@notice DESIGN: prices, sizes and rates are WAD; collateral amounts are quote units. Stored rates are ppm.
"""

WAD: constant(uint256) = 10**18
# Stored rates: parts per million. A setter refuses a WAD rate that ppm cannot hold exactly.
PPM: constant(uint256) = 10**6
WAD_PER_PPM: constant(uint256) = 10**12

# Accepted prices, WAD quote per base. The upper bound is what an entry price has room for in a position slot.
MIN_PRICE: constant(uint256) = 10**6
MAX_PRICE: constant(uint256) = 2**88 - 1
# Largest abs(size) that int96 holds.
MAX_SIZE: constant(uint256) = 2**95 - 1
MAX_ACCOUNT_ID: constant(uint256) = 2**32 - 1
MAX_MARKETS: constant(uint256) = 64

# Leverage tiers, one byte each, tier 0 in the lowest byte: 1, 2, 3, 5, 10, 20, 50, 100.
LEVERAGES: constant(uint256) = 1 | 2 << 8 | 3 << 16 | 5 << 24 | 10 << 32 | 20 << 40 | 50 << 48 | 100 << 56
TIERS: constant(uint256) = 8
# Returned by `tier_of` for a leverage that is no tier.
NO_TIER: constant(uint256) = 8
# Tiers by their leverage's remainder by 13, which is another for each: four bits each.
TIER_BY_REMAINDER: constant(uint256) = (
    0 << 4 | 1 << 8 | 2 << 12 | 3 << 20 | 5 << 28 | 7 << 36 | 4 << 40 | 6 << 44
)


@internal
@pure
def _leverage_of(tier: uint256) -> uint256:
    return (LEVERAGES >> (tier << 3)) & 255


@internal
@pure
def _tier_of(leverage: uint256) -> uint256:
    tier: uint256 = (TIER_BY_REMAINDER >> ((leverage % 13) << 2)) & 15
    if (LEVERAGES >> (tier << 3)) & 255 != leverage:
        return NO_TIER
    return tier
