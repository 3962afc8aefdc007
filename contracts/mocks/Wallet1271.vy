# pragma version 0.4.3
"""
@title A contract wallet whose owner signs (ERC-1271), and that can misbehave
@license MIT
@notice Test code.
"""

flag Mode:
    VERIFY
    REFUSE
    # Says yes to any signature.
    APPROVE
    REVERT
    # A full word that is no bytes4.
    GARBAGE
    # The magic value in four bytes instead of a word.
    SHORT
    BURN_GAS


MAGIC: constant(bytes4) = 0x1626ba7e

owner: public(address)
mode: public(Mode)


@deploy
def __init__(owner: address):
    self.owner = owner
    self.mode = Mode.VERIFY


@external
def set_mode(mode: Mode):
    """
    @param mode A power of two: 1 verify, 2 refuse, 4 approve, 8 revert, 16 garbage, 32 short, 64 burn gas.
    """
    self.mode = mode


@external
@payable
def execute(target: address, data: Bytes[8192]) -> Bytes[1024]:
    assert msg.sender == self.owner, "wallet: not the owner"
    return raw_call(target, data, max_outsize=1024, value=msg.value)


@external
@view
@raw_return
def isValidSignature(hash: bytes32, signature: Bytes[256]) -> Bytes[32]:
    mode: Mode = self.mode
    assert mode != Mode.REVERT, "wallet: reverts"
    if mode == Mode.BURN_GAS:
        raise UNREACHABLE
    if mode == Mode.GARBAGE:
        return abi_encode(max_value(uint256))
    if mode == Mode.SHORT:
        return slice(abi_encode(MAGIC), 0, 4)
    if mode == Mode.APPROVE or (mode == Mode.VERIFY and self._is_owners(hash, signature)):
        return abi_encode(MAGIC)
    return abi_encode(empty(bytes4))


@internal
@view
def _is_owners(hash: bytes32, signature: Bytes[256]) -> bool:
    if len(signature) != 65:
        return False
    r: uint256 = extract32(signature, 0, output_type=uint256)
    s: uint256 = extract32(signature, 32, output_type=uint256)
    v: uint256 = extract32(signature, 33, output_type=uint256) & 255
    return ecrecover(hash, v, r, s) == self.owner
