# pragma version 0.4.3
"""
@title A token that answers False instead of reverting
@license MIT
@notice Test code. While `failing`, transfers move nothing and return False; anyone may switch it.
"""

from contracts.mocks import mock_balances

initializes: mock_balances
exports: (
    mock_balances.balanceOf,
    mock_balances.allowance,
    mock_balances.totalSupply,
    mock_balances.decimals,
    mock_balances.mint,
    mock_balances.approve,
)

failing: public(bool)


@deploy
def __init__(decimals: uint8, failing: bool):
    mock_balances.__init__(decimals)
    self.failing = failing


@external
def set_failing(failing: bool):
    self.failing = failing


@external
def transfer(receiver: address, amount: uint256) -> bool:
    if self.failing:
        return False
    mock_balances._move(msg.sender, receiver, amount)
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    if self.failing:
        return False
    mock_balances._spend(owner, amount)
    mock_balances._move(owner, receiver, amount)
    return True
