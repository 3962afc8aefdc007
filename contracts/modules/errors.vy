# pragma version 0.4.3
"""
@title One revert for many reasons
@license MIT
@notice A shared function instead of an inline `assert` saves 44 bytes a reason in contracts that EIP-170 presses.
"""


@internal
@pure
def _require(condition: bool, reason: String[32]):
    assert condition, reason


@internal
@pure
def _fail(reason: String[32]):
    """
    @notice For the paths of a fill: `if not condition: _fail(reason)` is as small, and passes nothing when all is well.
    """
    raise reason
