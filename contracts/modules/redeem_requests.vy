# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Two-step redemption: which shares are locked, which may be redeemed
@license MIT
@notice An owner has one request. It may be redeemed from `cooldown` seconds after it was last added to, for
        `redeem_window` seconds; then it has lapsed, locks nothing and counts as none.
@custom:security Locked shares are part of the owner's balance: the vault lets no transfer take them, and whatever it
        burns it spends here first. So a request never exceeds the balance.
"""

HOUR: constant(uint256) = 3_600
MAX_PERIOD: constant(uint256) = 30 * 24 * HOUR


struct Request:
    shares: uint256
    # Unix second.
    claimable_at: uint256


# Seconds.
cooldown: public(immutable(uint256))
redeem_window: public(immutable(uint256))

# By owner; a lapsed one stays until the next.
_requests: HashMap[address, Request]


@deploy
def __init__(cooldown_: uint256, redeem_window_: uint256):
    """
    @param cooldown_ Seconds, 1 h to 30 d.
    @param redeem_window_ Seconds, 2 h to 30 d: longer than ClearingHouse's gate holds for an account. Short beside the
           cooldown, or whoever keeps asking is always free to leave in front of a loss.
    """
    assert cooldown_ >= HOUR and cooldown_ <= MAX_PERIOD, "vault: bad cooldown"
    assert redeem_window_ >= 2 * HOUR and redeem_window_ <= MAX_PERIOD, "vault: bad window"
    cooldown = cooldown_
    redeem_window = redeem_window_


@internal
@view
def _locked(owner: address) -> uint256:
    """
    @notice Shares of the open request, 0 without one.
    """
    request: Request = self._requests[owner]
    return request.shares if block.timestamp <= request.claimable_at + redeem_window else 0


@internal
@view
def _claimable(owner: address) -> uint256:
    """
    @notice Shares that are past the cooldown and not lapsed.
    """
    return self._locked(owner) if block.timestamp >= self._requests[owner].claimable_at else 0


@internal
@view
def _times(owner: address) -> (uint256, uint256):
    """
    @notice First and last second in which the owner's latest request may be redeemed.
    """
    claimable_at: uint256 = self._requests[owner].claimable_at
    return claimable_at, claimable_at + redeem_window


@internal
def _add(owner: address, shares: uint256, balance: uint256) -> uint256:
    """
    @notice Lock `shares` more, start the cooldown of the whole request and return how many that is.
    """
    assert shares != 0, "vault: zero shares"
    locked: uint256 = self._locked(owner)
    assert shares <= balance - locked, "vault: not enough shares"
    locked += shares
    self._requests[owner] = Request(shares=locked, claimable_at=block.timestamp + cooldown)
    return locked


@internal
def _cancel(owner: address) -> uint256:
    """
    @notice Free the open request's shares and return how many they were.
    """
    locked: uint256 = self._locked(owner)
    assert locked != 0, "vault: no request"
    self._requests[owner] = empty(Request)
    return locked


@internal
def _spend(owner: address, shares: uint256):
    """
    @notice Take `shares`, at most what is claimable, off the request: they are redeemed.
    """
    self._requests[owner].shares -= shares
