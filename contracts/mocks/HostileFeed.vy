# pragma version 0.4.3
"""
@title A Chainlink feed, of prices or of a sequencer's uptime, that answers any words and can misbehave
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
    # Burns 28,000, then answers: a round takes 43,000 with that.
    SLOW
    # Calls `target` before it answers.
    REENTER


round_mode: Mode
decimals_mode: Mode
target: address
data: Bytes[1024]
# Round, answer, started at, updated at, answered in round.
round: uint256[5]
decimals_answer: uint256


@deploy
def __init__(decimals: uint256):
    self.round_mode = Mode.ANSWER
    self.decimals_mode = Mode.ANSWER
    self.decimals_answer = decimals


@external
def set_round(words: uint256[5]):
    self.round = words


@external
def set_decimals(word: uint256):
    self.decimals_answer = word


@external
def set_modes(round_mode: Mode, decimals_mode: Mode):
    """
    @param round_mode A power of two: 1 answer, 2 revert, 4 short, 8 long, 16 burn gas, 32 slow, 64 reenter.
    @param decimals_mode As `round_mode`.
    """
    self.round_mode = round_mode
    self.decimals_mode = decimals_mode


@external
def arm(target: address, data: Bytes[1024]):
    self.target = target
    self.data = data
    self.round_mode = Mode.REENTER


# Not views, so that REENTER may try to write; a static call must stop it.
@external
@raw_return
def latestRoundData() -> Bytes[8160]:
    return self._misbehave(self.round_mode, abi_encode(self.round))


@external
@raw_return
def decimals() -> Bytes[8160]:
    return self._misbehave(self.decimals_mode, abi_encode(self.decimals_answer))


@internal
def _misbehave(mode: Mode, answer: Bytes[160]) -> Bytes[8160]:
    assert mode != Mode.REVERT, "feed: reverts"
    if mode == Mode.BURN_GAS:
        raise UNREACHABLE
    if mode == Mode.SHORT:
        return slice(answer, 0, len(answer) - 1)
    if mode == Mode.LONG:
        return concat(answer, abi_encode(empty(uint256[250])))
    if mode == Mode.SLOW:
        enough: uint256 = msg.gas - 28_000
        for _: uint256 in range(10_000):
            if msg.gas < enough:
                break
    if mode == Mode.REENTER:
        # A write that a static call stops burns what it was given: half, so as to answer all the same.
        success: bool = raw_call(self.target, self.data, gas=msg.gas // 2, revert_on_failure=False)
        return concat(answer, abi_encode(success))
    return answer
