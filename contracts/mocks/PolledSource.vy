# pragma version 0.4.3
"""
@title A price source that says what it is told to, and can misbehave
@license MIT
@notice Test code. Serves as a polled source, as a second source and as a source that pushes.
"""

from contracts.interfaces import IOracleRouter

flag Mode:
    ANSWER
    REVERT
    # One word instead of two.
    SHORT
    # The answer and 8,000 bytes more.
    LONG
    BURN_GAS
    # Calls `target` before it answers.
    REENTER


mode: public(Mode)
target: public(address)
data: public(Bytes[1024])
prices: HashMap[uint256, uint256]
times: HashMap[uint256, uint256]


@deploy
def __init__():
    self.mode = Mode.ANSWER


@external
def set_mode(mode: Mode):
    """
    @param mode A power of two: 1 answer, 2 revert, 4 short, 8 long, 16 burn gas, 32 reenter.
    """
    self.mode = mode


@external
def set_price(market_id: uint256, price: uint256, updated_at: uint256):
    self.prices[market_id] = price
    self.times[market_id] = updated_at


@external
def arm(target: address, data: Bytes[1024]):
    self.target = target
    self.data = data
    self.mode = Mode.REENTER


@external
def push(router: address, market_id: uint256, prices: DynArray[uint256, 8], updated_at: uint256):
    """
    @notice Push all of `prices` in one transaction, one second of source time apart, the last one at `updated_at`.
    """
    time: uint256 = updated_at - len(prices)
    for price: uint256 in prices:
        time += 1
        extcall IOracleRouter(router).push(market_id, price, time)


@external
def push_then_call(router: address, market_id: uint256, price: uint256, updated_at: uint256, data: Bytes[1024]):
    """
    @notice Push a price and call the router in the same transaction.
    """
    extcall IOracleRouter(router).push(market_id, price, updated_at)
    raw_call(router, data)


# Not a view, so that REENTER may try to write; the router's static call must stop it.
@external
@raw_return
def latest(market_id: uint256) -> Bytes[8064]:
    mode: Mode = self.mode
    price: uint256 = self.prices[market_id]
    time: uint256 = self.times[market_id]
    assert mode != Mode.REVERT, "source: reverts"
    if mode == Mode.BURN_GAS:
        raise UNREACHABLE
    if mode == Mode.SHORT:
        return abi_encode(price)
    if mode == Mode.LONG:
        return abi_encode(price, time, empty(uint256[250]))
    if mode == Mode.REENTER:
        success: bool = raw_call(self.target, self.data, revert_on_failure=False)
        return abi_encode(price, time, success)
    return abi_encode(price, time)
