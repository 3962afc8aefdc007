"""Since when an account is known to be bankrupt, and for how long that stops withdrawals."""

from dataclasses import dataclass

from tests.helpers.model import insurance
from tests.helpers.model.accounts import Account, State
from tests.helpers.model.bankruptcy import standing
from tests.helpers.model.errors import require
from tests.helpers.model.margin import Marks
from tests.helpers.model.vault import ALL_MARKETS

# Liquidators have this long before the position may be deleveraged although it is insured.
GRACE = 300
# And that may be done for so long; then it is flagged anew.
LIFE = 3_600
GATE = 3_600
GATE_PAUSE = 86_400
MAX_GATES = 8
# Accounts are free: all of them together raise the gate only so long after the first of a day.
GATE_SPAN = 6 * 3_600


@dataclass(frozen=True)
class Flagging:
    """What `flag_bankrupt` did: the fields of Flagged, GateRaised and FlagCleared; None: not logged."""

    account_id: int
    shortfall: int = 0
    flagged_at: int | None = None
    gate_until: int | None = None
    cleared: bool = False


def is_ripe(account: Account, now: int) -> bool:
    """Whether the flag is past its grace and not yet too old."""
    return account.flag != 0 and account.flag + GRACE <= now <= account.flag + GRACE + LIFE


def is_gating(account: Account, now: int) -> bool:
    return account.flag != 0 and account.gated_at >= account.flag and now < account.gated_at + GATE


def gating(state: State, now: int) -> list[int]:
    """Accounts whose flag stops withdrawals now."""
    return [i for i, account in state.accounts.items() if is_gating(account, now)]


def gate_until(state: State, now: int) -> int:
    """When withdrawals resume if nothing is resolved before; 0: they are open."""
    return max((state.accounts[i].gated_at + GATE for i in gating(state, now)), default=0)


def is_new_day(state: State, now: int) -> bool:
    return state.gate_day == 0 or now >= state.gate_day + GATE_PAUSE


def may_gate(state: State, account: Account, now: int) -> bool:
    """Whether the account has not gated for a day, the day's hours are not over, and there is room."""
    rested = account.gated_at == 0 or now >= account.gated_at + GATE_PAUSE
    within = is_new_day(state, now) or now <= state.gate_day + GATE_SPAN
    return rested and within and len(gating(state, now)) < MAX_GATES


def clear(account: Account) -> bool:
    """Take the flag away; whether there was one."""
    flagged = account.flag != 0
    account.flag = 0
    return flagged


def flag_bankrupt(state: State, account_id: int, marks: Marks, now: int) -> Flagging:
    account = state.account(account_id)
    seen = standing(state, account, marks)
    if not seen.is_bankrupt:
        require(clear(account), "flag: not bankrupt")
        return Flagging(account_id, cleared=True)

    flagged_at = until = None
    if account.flag == 0 or now > account.flag + GRACE + LIFE:
        account.flag = flagged_at = now
    covered = insurance.capacity(state, ALL_MARKETS, now)
    if seen.legs:
        by_market = sum(min(seen.shortfall(i), insurance.capacity(state, i, now)) for i in seen.legs)
        covered = min(covered, by_market)
    if -seen.equity - covered > state.vault.gate_floor and may_gate(state, account, now):
        if is_new_day(state, now):
            state.gate_day = now
        account.gated_at = now
        until = now + GATE
    require(flagged_at is not None or until is not None, "flag: already flagged")
    return Flagging(account_id, -seen.equity, flagged_at, until)
