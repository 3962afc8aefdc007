# pragma version 0.4.3
"""
@title A token that returns nothing, as USDT does
@license MIT
@notice Test code.
"""

from contracts.mocks import mock_balances

initializes: mock_balances
exports: (
    mock_balances.balanceOf,
    mock_balances.allowance,
    mock_balances.totalSupply,
    mock_balances.decimals,
    mock_balances.mint,
)


@deploy
def __init__(decimals: uint8):
    mock_balances.__init__(decimals)


@external
def approve(spender: address, amount: uint256):
    mock_balances._approve(spender, amount)


@external
def transfer(receiver: address, amount: uint256):
    mock_balances._move(msg.sender, receiver, amount)


@external
def transferFrom(owner: address, receiver: address, amount: uint256):
    mock_balances._spend(owner, amount)
    mock_balances._move(owner, receiver, amount)
