# pragma version 0.4.3
"""
@title A contract wallet that answers what it was told to, after a call of its choice (ERC-1271)
@license MIT
@notice Test code. Asked for a signature it first makes its call, and gives its answer only if that call ended as
        expected.
"""

target: address
data: Bytes[4096]
must_succeed: bool
answer: Bytes[96]
# Written while being asked, if `writes`.
writes: bool
times_asked: public(uint256)


@external
def script(answer: Bytes[96], writes: bool):
    self.answer = answer
    self.writes = writes


@external
def set_call(target: address, data: Bytes[4096], must_succeed: bool):
    self.target = target
    self.data = data
    self.must_succeed = must_succeed


@external
@payable
def execute(target: address, data: Bytes[8192]) -> Bytes[1024]:
    return raw_call(target, data, max_outsize=1024, value=msg.value)


@external
@raw_return
def isValidSignature(hash: bytes32, signature: Bytes[1024]) -> Bytes[96]:
    if self.writes:
        self.times_asked += 1
    if self.target != empty(address):
        success: bool = raw_call(self.target, self.data, revert_on_failure=False)
        assert success == self.must_succeed, "wallet: surprised"
    return self.answer
