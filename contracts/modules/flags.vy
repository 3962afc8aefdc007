# pragma version 0.4.3
"""
@title Bankruptcy flags and the gate
@license MIT
@notice A flag is a time in the account's word. A flag whose shortfall the vault cannot meet also raises the gate:
        nobody withdraws until it is resolved, else a winner realises against its own second account and runs, and a
        flat bystander is short.
@custom:security An account holds the gate for an hour at most, once a day, until its flag is cleared. At most eight hold
        it at a time; a ninth changes nothing. Accounts are free, so all of them together raise it within six hours of
        a day: it never stands for more than seven in 24.
"""

from contracts.modules import ledger
from contracts.modules import queue

uses: ledger

# Seconds from a flag until a bankrupt account may be deleveraged although the vault could pay: time to take it over.
GRACE: constant(uint256) = 300
# Seconds after the grace during which the flag counts.
FLAG_LIFE: constant(uint256) = 3_600
GATE_TIME: constant(uint256) = 3_600
GATE_PERIOD: constant(uint256) = 86_400
GATE_SPAN: constant(uint256) = 6 * 3_600

# Accounts whose flag may hold the gate, 32 bits each, newest lowest; entries are dropped when the next is added.
gating: uint256
# account id => when its flag last raised the gate, Unix seconds.
gated_at: HashMap[uint256, uint256]
# When the day in which the gate may be raised within GATE_SPAN began: with its first gate, Unix seconds.
gate_day: uint256


@internal
@pure
def _flag(word: uint256) -> uint256:
    """
    @notice When an account was flagged bankrupt, Unix seconds; 0: it is not.
    """
    return word >> ledger.FLAG_SHIFT


@internal
@pure
def _without_flag(word: uint256) -> uint256:
    return word & ledger.FLAGLESS


@internal
@view
def _flagged(word: uint256) -> uint256:
    """
    @notice An account's word, flagged now.
    """
    return (word & ledger.FLAGLESS) | (block.timestamp << ledger.FLAG_SHIFT)


@internal
@view
def _is_ripe(flag: uint256) -> bool:
    """
    @notice Whether nobody took the account over during its grace. A flag from last month is no flag.
    """
    ripe_at: uint256 = unsafe_add(flag, GRACE)
    return flag != 0 and block.timestamp >= ripe_at and block.timestamp <= unsafe_add(ripe_at, FLAG_LIFE)


@internal
@view
def _is_spent(flag: uint256) -> bool:
    """
    @notice Whether an account can be flagged (again).
    """
    return flag == 0 or block.timestamp > unsafe_add(flag, GRACE + FLAG_LIFE)


@internal
@view
def _held_until(account_id: uint256) -> uint256:
    """
    @notice Until when an account holds the gate; 0: it does not.
    """
    flag: uint256 = self._flag(ledger.words[account_id])
    since: uint256 = self.gated_at[account_id]
    until: uint256 = unsafe_add(since, GATE_TIME)
    if flag == 0 or since < flag or block.timestamp >= until:
        return 0
    return until


@internal
@view
def _gate_until() -> uint256:
    """
    @notice Until when nobody withdraws, Unix seconds; 0: the gate is open.
    """
    until: uint256 = 0
    rest: uint256 = self.gating
    for _: uint256 in range(8):
        if rest == 0:
            break
        until = max(until, self._held_until(rest & queue.MASK_32))
        rest >>= 32
    return until


@internal
def _raise_gate(account_id: uint256) -> bool:
    """
    @notice Let a flagged account hold the gate from now on. False if it did within a day, if the day's
            hours are over, or if there is no room.
    """
    if block.timestamp < unsafe_add(self.gated_at[account_id], GATE_PERIOD):
        return False
    is_new_day: bool = block.timestamp >= unsafe_add(self.gate_day, GATE_PERIOD)
    if not is_new_day and block.timestamp > unsafe_add(self.gate_day, GATE_SPAN):
        return False
    kept: uint256 = 0
    count: uint256 = 0
    rest: uint256 = self.gating
    for _: uint256 in range(8):
        if rest == 0:
            break
        if self._held_until(rest & queue.MASK_32) != 0:
            kept |= (rest & queue.MASK_32) << (count << 5)
            count += 1
        rest >>= 32
    if count == 8:
        return False
    if is_new_day:
        self.gate_day = block.timestamp
    self.gating = (kept << 32) | account_id
    self.gated_at[account_id] = block.timestamp
    return True
