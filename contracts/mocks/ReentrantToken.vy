# pragma version 0.4.3
"""
@title A token that calls back while it moves
@license MIT
@notice Test code. Once armed, the next transfer calls `target` after the balances moved, and records what came of it.
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

target: public(address)
data: public(Bytes[4096])
# How many armed calls were made, and what the last one returned.
calls: public(uint256)
succeeded: public(bool)
answer: public(Bytes[1024])


@deploy
def __init__(decimals: uint8):
    mock_balances.__init__(decimals)


@external
def arm(target: address, data: Bytes[4096]):
    self.target = target
    self.data = data


@external
def transfer(receiver: address, amount: uint256) -> bool:
    mock_balances._move(msg.sender, receiver, amount)
    self._call_back()
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    mock_balances._spend(owner, amount)
    mock_balances._move(owner, receiver, amount)
    self._call_back()
    return True


@external
@view
def revert_reason() -> String[64]:
    """
    @notice The reason of the last call back's revert; empty if it had none or succeeded.
    """
    if self.succeeded or len(self.answer) < 68 or slice(self.answer, 0, 4) != method_id("Error(string)"):
        return ""
    return abi_decode(slice(self.answer, 4, unsafe_sub(len(self.answer), 4)), String[64])


@internal
def _call_back():
    target: address = self.target
    if target == empty(address):
        return
    # Once: the call back may well end in another transfer of this token.
    self.target = empty(address)
    success: bool = False
    answer: Bytes[1024] = b""
    success, answer = raw_call(target, self.data, max_outsize=1024, revert_on_failure=False)
    self.calls += 1
    self.succeeded = success
    self.answer = answer
