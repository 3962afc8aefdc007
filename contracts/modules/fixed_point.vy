# pragma version 0.4.3
"""
@title Integer division with its rounding in the name
@license MIT
@notice The only place that divides signed numbers: Vyper's `//` truncates toward zero, so -7 // 2 == -3.
        Divisors are positive everywhere in the protocol.
"""


@internal
@pure
def _abs(x: int256) -> uint256:
    """
    @notice Magnitude, also of min_value(int256), which the built-in refuses.
    """
    return convert(convert(x if x >= 0 else unsafe_sub(0, x), bytes32), uint256)


@internal
@pure
def _div_up(numerator: uint256, denominator: uint256) -> uint256:
    """
    @notice Ceiling of numerator / denominator, unsigned.
    """
    if numerator == 0:
        return 0
    # 1 + (n - 1) / d needs no headroom above n, and is at most n.
    return unsafe_add(unsafe_div(unsafe_sub(numerator, 1), denominator), 1)


@internal
@pure
def _floor_div(numerator: int256, denominator: int256) -> int256:
    """
    @notice Floor (toward minus infinity) of numerator / denominator, denominator > 0.
    """
    # Below 0 it is the truncation of the next number up, less 1: neither leaves int256 with a positive denominator.
    if numerator < 0:
        return unsafe_sub(unsafe_div(unsafe_add(numerator, 1), denominator), 1)
    return unsafe_div(numerator, denominator)


@internal
@pure
def _trunc_div(numerator: int256, denominator: int256) -> int256:
    """
    @notice Truncation (toward zero) of numerator / denominator, denominator != 0 and not -1.
    """
    return unsafe_div(numerator, denominator)


@internal
@pure
def _notional_up(size: uint256, price: uint256, scale: uint256) -> uint256:
    """
    @notice abs(size) * price / scale in quote units, rounded up: what requirements and fees are charged on.
    @dev size < 2**95 and price < 2**88.
    """
    # As `_div_up`; written out because this is the most called function of a fill.
    product: uint256 = unsafe_mul(size, price)
    if product == 0:
        return 0
    return unsafe_add(unsafe_div(unsafe_sub(product, 1), scale), 1)


@internal
@pure
def _notional_down(size: uint256, price: uint256, scale: uint256) -> uint256:
    """
    @notice abs(size) * price / scale in quote units, rounded down.
    @dev size < 2**95 and price < 2**88.
    """
    return unsafe_div(unsafe_mul(size, price), scale)
