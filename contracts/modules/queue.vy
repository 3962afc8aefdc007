# pragma version 0.4.3
"""
@title Positions and the deleveraging queue they stand in
@license MIT
@notice One slot a position. Inside the slots every (market, side, leverage tier) is a doubly linked list sorted by
        entry price: longs ascending, shorts descending, ties first come first. Within a tier that is the order by
        ROE at every price, so the top of the whole queue is always the best of at most eight heads.
@custom:security A hint only chooses where the walk starts: it can cost gas, never order. QUE-1, QUE-2.
"""

from contracts.modules import constants
from contracts.modules import errors
from contracts.modules import fixed_point

# Position word, lowest bit first: size int96 | entry price 88 | previous 32 | next 32 | tier 7 | parked 1.
# `previous` and `next` are account ids of the same list, 0 at its ends.
ENTRY_SHIFT: constant(uint256) = 96
PREVIOUS_SHIFT: constant(uint256) = 184
NEXT_SHIFT: constant(uint256) = 216
TIER_SHIFT: constant(uint256) = 248
MASK_96: constant(uint256) = 2**96 - 1
MASK_88: constant(uint256) = 2**88 - 1
MASK_32: constant(uint256) = 2**32 - 1
SIZE_AND_ENTRY: constant(uint256) = 2**184 - 1
PREVIOUS_FIELD: constant(uint256) = MASK_32 << 184
NEXT_FIELD: constant(uint256) = MASK_32 << 216
# In the top byte: the position is open but unlinked.
PARKED: constant(uint256) = 128

# A hint that is stale by more than this many nodes is refused; a fresh one costs no step.
MAX_STEPS: constant(uint256) = 128

# market id << 32 | account id => position word.
slots: HashMap[uint256, uint256]
# market id << 1 | is long => first account id of each tier's list, 32 bits each, tier 0 lowest.
heads: HashMap[uint256, uint256]
# market id => number of open positions, linked or parked: long 128 | short 128.
counts: HashMap[uint256, uint256]


@internal
@pure
def _key(market_id: uint256, account_id: uint256) -> uint256:
    return (market_id << 32) | account_id


@internal
@pure
def _heads_key(market_id: uint256, is_long: bool) -> uint256:
    return (market_id << 1) | convert(is_long, uint256)


@internal
@pure
def _size(word: uint256) -> int256:
    # Sign-extends the low 96 bits.
    return convert(convert(word << 160, bytes32), int256) >> 160


@internal
@pure
def _entry(word: uint256) -> uint256:
    return (word >> ENTRY_SHIFT) & MASK_88


@internal
@pure
def _unpack(word: uint256) -> (int256, uint256, uint256):
    """
    @notice Size, entry price and tier.
    """
    return (
        convert(convert(word << 160, bytes32), int256) >> 160,
        (word >> ENTRY_SHIFT) & MASK_88,
        (word >> TIER_SHIFT) & 127,
    )


@internal
@pure
def _tier(word: uint256) -> uint256:
    return (word >> TIER_SHIFT) & 127


@internal
@pure
def _is_parked(word: uint256) -> bool:
    return word >> 255 != 0


@internal
@pure
def _roe(entry_price: uint256, tier: uint256, is_long: bool, price: uint256) -> int256:
    """
    @notice Leverage x price return, WAD, floored: the rank of a position.
    """
    entry: int256 = convert(entry_price, int256)
    gain: int256 = unsafe_sub(convert(price, int256), entry)
    if not is_long:
        gain = unsafe_sub(0, gain)
    # abs(gain) < 2**88, leverage <= 100, WAD < 2**60
    weight: int256 = convert(unsafe_mul(constants._leverage_of(tier), constants.WAD), int256)
    return fixed_point._floor_div(unsafe_mul(gain, weight), entry)


@internal
@pure
def _roe_of(word: uint256, is_long: bool, price: uint256) -> int256:
    """
    @notice ROE of an open position, linked.
    """
    return self._roe((word >> ENTRY_SHIFT) & MASK_88, (word >> TIER_SHIFT) & 127, is_long, price)


@internal
@pure
def _stands_before(node_entry: uint256, entry_price: uint256, is_long: bool) -> bool:
    """
    @notice Whether a node belongs in front of a newcomer at `entry_price`. Equal: the one that was there first does.
    @dev The complements of the shorts' entry prices ascend down a list, as the longs' entry prices do.
    """
    complement: uint256 = 0 if is_long else MASK_88
    return node_entry ^ complement <= entry_price ^ complement


@internal
def _replace(market_id: uint256, account_id: uint256, size: int256, entry_price: uint256, tier: uint256, hint: uint256):
    """
    @notice Give a position its new size, entry price and tier, and its place in the queue. The only writer of size.
    @param size May be 0: the position closes.
    @param hint Accounts to stand behind, see `_link`.
    """
    key: uint256 = (market_id << 32) | account_id
    # Read here and not by the caller before: another position's move may have rewritten its links since.
    word: uint256 = self.slots[key]
    old_size: int256 = convert(convert(word << 160, bytes32), int256) >> 160
    was_long: bool = old_size > 0
    is_long: bool = size > 0
    packed: uint256 = (convert(convert(size, bytes32), uint256) & MASK_96) | (entry_price << ENTRY_SHIFT)

    if old_size != 0:
        # A parked position's top byte differs from every tier: it never stays, so a trade of its own relinks it.
        if size != 0 and was_long == is_long and word >> TIER_SHIFT == tier:
            # It keeps its place unless it passes the neighbour in the direction of its movement, the only one read.
            # Compared as in `_stands_before`.
            stays: bool = True
            old_entry: uint256 = (word >> ENTRY_SHIFT) & MASK_88
            if entry_price != old_entry:
                backwards: bool = (entry_price > old_entry) == is_long
                neighbour: uint256 = (word >> (NEXT_SHIFT if backwards else PREVIOUS_SHIFT)) & MASK_32
                if neighbour != 0:
                    neighbour_entry: uint256 = (self.slots[(market_id << 32) | neighbour] >> ENTRY_SHIFT) & MASK_88
                    complement: uint256 = 0 if is_long else MASK_88
                    stays = (neighbour_entry ^ complement <= entry_price ^ complement) != backwards
            if stays:
                self.slots[key] = (word & ~SIZE_AND_ENTRY) | packed
                return
        if not self._is_parked(word):
            self._unlink(market_id, word, was_long)
    elif size == 0:
        return

    if size == 0:
        self.slots[key] = 0
    else:
        self.slots[key] = packed | self._link(market_id, account_id, entry_price, tier, is_long, hint)

    if old_size == 0:
        self._count(market_id, is_long, 1)
    elif size == 0:
        self._count(market_id, was_long, -1)
    elif was_long != is_long:
        self._count(market_id, was_long, -1)
        self._count(market_id, is_long, 1)


@internal
def _count(market_id: uint256, is_long: bool, change: int256):
    # In two's complement. Neither half can wrap: each counts accounts, of which there are fewer than 2**32.
    unit: uint256 = 1 if is_long else 1 << 128
    self.counts[market_id] = unsafe_add(
        self.counts[market_id], unsafe_mul(unit, convert(convert(change, bytes32), uint256))
    )


@internal
def _unlink(market_id: uint256, word: uint256, is_long: bool):
    """
    @notice Take a linked node's word out of its list. The caller writes the node itself.
    """
    previous: uint256 = (word >> PREVIOUS_SHIFT) & MASK_32
    next: uint256 = (word >> NEXT_SHIFT) & MASK_32
    if previous == 0:
        self._set_head(market_id, is_long, self._tier(word), next)
    else:
        self._set_next(self._key(market_id, previous), next)
    if next != 0:
        self._set_previous(self._key(market_id, next), previous)


@internal
def _link(
    market_id: uint256, account_id: uint256, entry_price: uint256, tier: uint256, is_long: bool, hint: uint256
) -> uint256:
    """
    @notice Insert a node, which must be in no list, and return the link and tier fields for its word.
    @param hint Up to eight account ids, 32 bits each, lowest bits first: the walk starts at the first of them that
           is in this list, else at the head. One can be moved away in front of the transaction, eight cannot.
    """
    previous: uint256 = 0
    previous_word: uint256 = 0
    rest: uint256 = hint
    for _: uint256 in range(8):
        if rest == 0:
            break
        candidate: uint256 = rest & MASK_32
        rest >>= 32
        # Its own stale word may still look linked.
        if candidate == account_id:
            continue
        word: uint256 = self.slots[(market_id << 32) | candidate]
        if word >> TIER_SHIFT == tier and word & MASK_96 != 0 and (self._size(word) > 0) == is_long:
            previous = candidate
            previous_word = word
            break

    next: uint256 = 0
    next_word: uint256 = 0
    if previous == 0:
        next = (self.heads[self._heads_key(market_id, is_long)] >> (tier << 5)) & MASK_32
    else:
        next = (previous_word >> NEXT_SHIFT) & MASK_32

    # Compared as in `_stands_before`.
    complement: uint256 = 0 if is_long else MASK_88
    rank: uint256 = entry_price ^ complement
    placed: bool = False
    for _: uint256 in range(MAX_STEPS + 1):
        if previous != 0 and ((previous_word >> ENTRY_SHIFT) & MASK_88) ^ complement > rank:
            next = previous
            previous = (previous_word >> PREVIOUS_SHIFT) & MASK_32
            previous_word = self.slots[(market_id << 32) | previous] if previous != 0 else 0
            continue
        if next != 0:
            next_word = self.slots[(market_id << 32) | next]
            if ((next_word >> ENTRY_SHIFT) & MASK_88) ^ complement <= rank:
                previous = next
                previous_word = next_word
                next = (next_word >> NEXT_SHIFT) & MASK_32
                continue
        placed = True
        break
    if not placed:
        errors._fail("queue: bad hint")

    # Both neighbours' words are at hand.
    if previous == 0:
        self._set_head(market_id, is_long, tier, account_id)
    else:
        self.slots[(market_id << 32) | previous] = (previous_word & ~NEXT_FIELD) | (account_id << NEXT_SHIFT)
    if next != 0:
        self.slots[(market_id << 32) | next] = (next_word & ~PREVIOUS_FIELD) | (account_id << PREVIOUS_SHIFT)
    return (previous << PREVIOUS_SHIFT) | (next << NEXT_SHIFT) | (tier << TIER_SHIFT)


@internal
def _set_next(key: uint256, account_id: uint256):
    self.slots[key] = (self.slots[key] & ~NEXT_FIELD) | (account_id << NEXT_SHIFT)


@internal
def _set_previous(key: uint256, account_id: uint256):
    self.slots[key] = (self.slots[key] & ~PREVIOUS_FIELD) | (account_id << PREVIOUS_SHIFT)


@internal
def _set_head(market_id: uint256, is_long: bool, tier: uint256, account_id: uint256):
    key: uint256 = self._heads_key(market_id, is_long)
    offset: uint256 = tier << 5
    self.heads[key] = (self.heads[key] & ~(MASK_32 << offset)) | (account_id << offset)


@internal
def _set_front(market_id: uint256, is_long: bool, tier: uint256, account_id: uint256):
    """
    @notice Let a list begin at one of its nodes, 0 for an empty list, after those in front of it were written as gone.
    """
    self._set_head(market_id, is_long, tier, account_id)
    if account_id != 0:
        self._set_previous(self._key(market_id, account_id), 0)


@internal
@pure
def _resized(word: uint256, size: int256) -> uint256:
    """
    @notice A position's word with another size of the same sign: entry price, tier and place stay, linked or parked.
    """
    return (word & ~MASK_96) | (convert(convert(size, bytes32), uint256) & MASK_96)


@internal
@pure
def _parked(word: uint256) -> uint256:
    """
    @notice The word of a position that is out of its list until it is relinked.
    """
    return (word & SIZE_AND_ENTRY) | ((self._tier(word) | PARKED) << TIER_SHIFT)


@internal
def _relink(market_id: uint256, account_id: uint256, hint: uint256):
    """
    @notice Put a parked position back into its list.
    """
    key: uint256 = self._key(market_id, account_id)
    word: uint256 = self.slots[key]
    self.slots[key] = (word & SIZE_AND_ENTRY) | self._link(
        market_id, account_id, self._entry(word), self._tier(word), self._size(word) > 0, hint
    )


@internal
@view
def _position_count(market_id: uint256, is_long: bool) -> uint256:
    counts: uint256 = self.counts[market_id]
    return counts & (2**128 - 1) if is_long else counts >> 128
