# pragma version 0.4.3
"""
@title Calls with less gas than is needed, a little more each time
@license MIT
@notice Test code.
"""


@external
def starve(target: address, data: Bytes[1024], lowest: uint256, step: uint256) -> uint256:
    """
    @notice Make a call with `lowest` gas, then with `step` more, until it succeeds; with how much it did.
    """
    limit: uint256 = lowest
    for _: uint256 in range(256):
        if raw_call(target, data, gas=limit, revert_on_failure=False):
            return limit
        limit += step
    raise "starver: never"
