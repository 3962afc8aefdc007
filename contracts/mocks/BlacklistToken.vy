# pragma version 0.4.3
"""
@title A token that refuses to move to or from blacklisted addresses
@license MIT
@notice Test code. Anyone may blacklist.
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

blacklisted: public(HashMap[address, bool])


@deploy
def __init__(decimals: uint8):
    mock_balances.__init__(decimals)


@external
def set_blacklisted(account: address, status: bool):
    self.blacklisted[account] = status


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
    assert not self.blacklisted[owner] and not self.blacklisted[receiver], "token: blacklisted"
    mock_balances._move(owner, receiver, amount)
