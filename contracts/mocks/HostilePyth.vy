# pragma version 0.4.3
"""
@title A Pyth that answers any words and can misbehave
@license MIT
@notice Test code.
"""

flag Mode:
    ANSWER
    REVERT
    # One byte less than it should be.
    SHORT
    # The answer and 8,000 bytes more.
    LONG
    BURN_GAS


mode: Mode
fee: uint256
# Price, confidence, exponent, publish time, of the one id that is known.
price: uint256[4]
price_id: bytes32
# What an update calls, if anything.
target: address
data: Bytes[1024]
updates: public(uint256)


@deploy
def __init__(price_id: bytes32):
    self.mode = Mode.ANSWER
    self.price_id = price_id


@external
def set_price(words: uint256[4]):
    self.price = words


@external
def set_mode(mode: Mode):
    """
    @param mode A power of two: 1 answer, 2 revert, 4 short, 8 long, 16 burn gas.
    """
    self.mode = mode


@external
def set_fee(fee: uint256):
    self.fee = fee


@external
def arm(target: address, data: Bytes[1024]):
    self.target = target
    self.data = data


@external
@payable
def updatePriceFeeds(update_data: DynArray[Bytes[8192], 4]):
    assert msg.value == self.fee, "pyth: not the fee"
    assert self.mode != Mode.REVERT, "pyth: reverts"
    self.updates += len(update_data)
    if self.target != empty(address):
        raw_call(self.target, self.data)


@external
@view
def getUpdateFee(update_data: DynArray[Bytes[8192], 4]) -> uint256:
    return self.fee


@external
@view
@raw_return
def getPriceUnsafe(price_id: bytes32) -> Bytes[8160]:
    answer: Bytes[128] = abi_encode(self.price)
    assert price_id == self.price_id, "pyth: unknown id"
    assert self.mode != Mode.REVERT, "pyth: reverts"
    if self.mode == Mode.BURN_GAS:
        raise UNREACHABLE
    if self.mode == Mode.SHORT:
        return slice(answer, 0, 127)
    if self.mode == Mode.LONG:
        return concat(answer, abi_encode(empty(uint256[250])))
    return answer
