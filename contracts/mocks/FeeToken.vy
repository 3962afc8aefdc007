# pragma version 0.4.3
"""
@title A token that keeps a fee of every transfer
@license MIT
@notice Test code. The fee, in 1/10000, is burnt; anyone may set it.
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

fee: public(uint256)


@deploy
def __init__(decimals: uint8, fee: uint256):
    mock_balances.__init__(decimals)
    self.fee = fee


@external
def set_fee(fee: uint256):
    self.fee = fee


@external
def transfer(receiver: address, amount: uint256) -> bool:
    self._move(msg.sender, receiver, amount)
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    mock_balances._spend(owner, amount)
    self._move(owner, receiver, amount)
    return True


@internal
def _move(owner: address, receiver: address, amount: uint256):
    fee: uint256 = amount * self.fee // 10_000
    mock_balances._move(owner, receiver, amount - fee)
    mock_balances._move(owner, empty(address), fee)
