# pragma version 0.4.3
"""
@title The words that hold a market's price and the rules of its acceptance
@license MIT
@notice Pure packing and the questions asked of a record. OracleRouter alone writes them.
"""

from contracts.interfaces import IOracleRouter
from contracts.modules import constants

# A record, read by every trade, lowest bit first:
#   price 88 | updated at 40 | accepted in block 40 | max age in seconds 24 | stale move in 1/10000 14 | polled 1 | pending 1
#   | disowned 1
# A waiting price: price 88 | updated at 40 | waiting since 40
TIME_SHIFT: constant(uint256) = 88
BLOCK_SHIFT: constant(uint256) = 128
SINCE_SHIFT: constant(uint256) = 128
MAX_AGE_SHIFT: constant(uint256) = 168
STALE_MOVE_SHIFT: constant(uint256) = 192
POLLED_BIT: constant(uint256) = 1 << 206
# The accepted price is in doubt: it is not valid until the next one is accepted.
PENDING_BIT: constant(uint256) = 1 << 207
# Beside the pending bit: the source itself says so, and no price waits. The accepted observation is good again when the
# source repeats it.
DISOWNED_BIT: constant(uint256) = 1 << 208
# Price, time and block: what a change of configuration leaves alone, but for the time if the source is another. The fields above, without the last two bits: what a new
# price leaves alone.
MASK_ACCEPTED: constant(uint256) = 2**168 - 1
MASK_CONFIG: constant(uint256) = PENDING_BIT - 2**168

# A rule, read by pushes and polls: source 160 | max move (WAD) 59 | confirm seconds 9
# A second rule, read when a price jumped: second source 160 | update threshold (WAD) 59
MOVE_SHIFT: constant(uint256) = 160
CONFIRM_SHIFT: constant(uint256) = 219

MASK_14: constant(uint256) = 2**14 - 1
MASK_24: constant(uint256) = 2**24 - 1
MASK_40: constant(uint256) = 2**40 - 1
MASK_59: constant(uint256) = 2**59 - 1
MASK_88: constant(uint256) = 2**88 - 1
MASK_160: constant(uint256) = 2**160 - 1

# WAD per 1/10000, and ppm per 1/10000.
STALE_MOVE_UNIT: constant(uint256) = 10**14
STALE_MOVE_PPM: constant(uint256) = 100


@internal
@pure
def _price(word: uint256) -> uint256:
    return word & MASK_88


@internal
@pure
def _time(word: uint256) -> uint256:
    return (word >> TIME_SHIFT) & MASK_40


@internal
@pure
def _block(record: uint256) -> uint256:
    return (record >> BLOCK_SHIFT) & MASK_40


@internal
@view
def _is_valid(record: uint256) -> bool:
    """
    @notice Not in doubt and not too old. Before the first price the time is 0, which is too old.
    """
    if record & PENDING_BIT != 0:
        return False
    # 40 bits plus 24 bits.
    return block.timestamp <= unsafe_add((record >> TIME_SHIFT) & MASK_40, (record >> MAX_AGE_SHIFT) & MASK_24)


@internal
@view
def _is_usable(record: uint256, price: uint256, updated_at: uint256) -> bool:
    """
    @notice Whether an observation is in range, not from the future and not too old for the market.
    """
    if price < constants.MIN_PRICE or price > constants.MAX_PRICE or updated_at > block.timestamp:
        return False
    return unsafe_sub(block.timestamp, updated_at) <= (record >> MAX_AGE_SHIFT) & MASK_24


@internal
@pure
def _is_near(price: uint256, reference: uint256, max_move: uint256) -> bool:
    # Prices below 2**88, moves below 2**59, WAD below 2**60: no product reaches 2**148.
    distance: uint256 = unsafe_sub(max(price, reference), min(price, reference))
    return unsafe_mul(distance, constants.WAD) <= unsafe_mul(max_move, reference)


@internal
@pure
def _max_move(rule: uint256) -> uint256:
    return (rule >> MOVE_SHIFT) & MASK_59


@internal
@pure
def _source(rule: uint256) -> address:
    return convert(rule & MASK_160, address)


@internal
@pure
def _pack(config: IOracleRouter.SourceConfig) -> (uint256, uint256, uint256):
    """
    @notice A configuration within its bounds (source_bounds.vy) as the upper part of a record, a rule and a second rule.
    """
    record: uint256 = (config.max_age << MAX_AGE_SHIFT) | (config.stale_move // STALE_MOVE_UNIT << STALE_MOVE_SHIFT)
    if config.polled:
        record |= POLLED_BIT
    rule: uint256 = convert(config.source, uint256) | (config.max_move << MOVE_SHIFT)
    rule |= config.confirm << CONFIRM_SHIFT
    second_rule: uint256 = convert(config.second_source, uint256) | (config.update_threshold << MOVE_SHIFT)
    return record, rule, second_rule


@internal
@pure
def _unpack(record: uint256, rule: uint256, second_rule: uint256) -> IOracleRouter.SourceConfig:
    return IOracleRouter.SourceConfig(
        source=self._source(rule),
        second_source=self._source(second_rule),
        polled=record & POLLED_BIT != 0,
        max_age=(record >> MAX_AGE_SHIFT) & MASK_24,
        max_move=self._max_move(rule),
        confirm=rule >> CONFIRM_SHIFT,
        stale_move=((record >> STALE_MOVE_SHIFT) & MASK_14) * STALE_MOVE_UNIT,
        update_threshold=second_rule >> MOVE_SHIFT,
    )
