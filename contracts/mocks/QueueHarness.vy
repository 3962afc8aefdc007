# pragma version 0.4.3
"""
@title The queue module, callable
@license MIT
@notice For tests: writes positions as a settlement would and shows the raw words.
"""

from contracts.modules import queue

initializes: queue


@external
def replace(market_id: uint256, account_id: uint256, size: int256, entry_price: uint256, tier: uint256, hint: uint256):
    queue._replace(market_id, account_id, size, entry_price, tier, hint)


@external
def park(market_id: uint256, account_id: uint256):
    """
    @notice What deleveraging does with a position it passes over: unlinked, not closed.
    """
    key: uint256 = queue._key(market_id, account_id)
    word: uint256 = queue.slots[key]
    queue._unlink(market_id, word, queue._size(word) > 0)
    queue.slots[key] = (word & queue.SIZE_AND_ENTRY) | ((word >> 248 | queue.PARKED) << 248)


@external
@view
def slot(market_id: uint256, account_id: uint256) -> uint256:
    return queue.slots[queue._key(market_id, account_id)]


@external
@view
def heads(market_id: uint256, is_long: bool) -> uint256:
    return queue.heads[queue._heads_key(market_id, is_long)]


@external
@view
def position_count(market_id: uint256, is_long: bool) -> uint256:
    return queue._position_count(market_id, is_long)


@external
@pure
def roe(entry_price: uint256, tier: uint256, is_long: bool, price: uint256) -> int256:
    return queue._roe(entry_price, tier, is_long, price)


@external
@pure
def unpack(word: uint256) -> (int256, uint256, uint256, bool):
    """
    @return Size, entry price, tier, parked.
    """
    return queue._size(word), queue._entry(word), queue._tier(word), queue._is_parked(word)
