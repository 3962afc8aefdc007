# pragma version 0.4.3
"""
@title Limits that refill
@license MIT
@notice Pure. A bucket holds at most `cap` quote units and refills linearly, `cap` in 24 h, so that no limit starts anew
        at a fixed hour: in any 24 h at most what was in it and what flowed in, twice the cap, is taken.
        The level is kept in 1/86400 of a quote unit, so that a second's refill is the whole number `cap`: no rounding,
        and a bucket that is asked often refills no slower than one that is left alone.
"""

# A bucket, lowest bit first: level * 86400 at `time` 121 | cap 95 | time 40. 0: never had a cap.
CAP_SHIFT: constant(uint256) = 121
TIME_SHIFT: constant(uint256) = 216
MASK_121: constant(uint256) = 2**121 - 1
MASK_95: constant(uint256) = 2**95 - 1
# Seconds of a refill. cap * DAY < 2**112 has room in the level's 121 bits.
DAY: constant(uint256) = 86_400
# Quote units.
MAX_CAP: constant(uint256) = MASK_95


@internal
@pure
def _cap(word: uint256) -> uint256:
    return (word >> CAP_SHIFT) & MASK_95


@internal
@pure
def _available(word: uint256, now: uint256) -> uint256:
    """
    @notice Quote units that may be taken now; what is left of a unit is kept for later.
    """
    return self._level(word, now) // DAY


@internal
@pure
def _taken(word: uint256, amount: uint256, now: uint256) -> uint256:
    """
    @notice The bucket without `amount`, at most what is available. One without a cap stays as it is.
    """
    cap: uint256 = self._cap(word)
    level: uint256 = self._level(word, now) - amount * DAY
    return word if cap == 0 else self._pack(level, cap, now)


@internal
@pure
def _given_back(word: uint256, amount: uint256, now: uint256) -> uint256:
    """
    @notice The bucket with `amount` more, at most full. One without a cap stays as it is.
    """
    cap: uint256 = self._cap(word)
    level: uint256 = min(self._level(word, now) + min(amount, cap) * DAY, cap * DAY)
    return word if cap == 0 else self._pack(level, cap, now)


@internal
@pure
def _with_cap(word: uint256, cap: uint256, now: uint256) -> uint256:
    """
    @notice The bucket under another cap, at most MAX_CAP. The first one starts full; later ones keep the level, cut
            to the new cap: taking a cap away and setting it again fills nothing.
    """
    if word == 0:
        # 0 is no cap yet.
        return 0 if cap == 0 else self._pack(cap * DAY, cap, now)
    return self._pack(min(self._level(word, now), cap * DAY), cap, now)


@internal
@pure
def _level(word: uint256, now: uint256) -> uint256:
    cap: uint256 = self._cap(word)
    return min((word & MASK_121) + cap * (now - (word >> TIME_SHIFT)), cap * DAY)


@internal
@pure
def _pack(level: uint256, cap: uint256, now: uint256) -> uint256:
    return level | (cap << CAP_SHIFT) | (now << TIME_SHIFT)
