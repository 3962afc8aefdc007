# pragma version 0.4.3
"""
@title A wallet that pays with a call, and refuses what comes back, calls again or burns gas when it does
@license MIT
@notice Test code.
"""

flag Mode:
    ACCEPT
    REFUSE
    BURN_GAS
    # Calls `target` with `data` when it is paid.
    REENTER


mode: Mode
target: address
data: Bytes[1024]


@deploy
def __init__():
    self.mode = Mode.ACCEPT


@external
def set_mode(mode: Mode):
    """
    @param mode A power of two: 1 accept, 2 refuse, 4 burn gas, 8 reenter.
    """
    self.mode = mode


@external
def arm(target: address, data: Bytes[1024]):
    self.target = target
    self.data = data
    self.mode = Mode.REENTER


@external
@payable
def pay(target: address, data: Bytes[20000]):
    raw_call(target, data, value=msg.value)


@external
@payable
def __default__():
    assert self.mode != Mode.REFUSE, "wallet: refuses"
    if self.mode == Mode.BURN_GAS:
        raise UNREACHABLE
    if self.mode == Mode.REENTER:
        raw_call(self.target, self.data)
