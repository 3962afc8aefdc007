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
