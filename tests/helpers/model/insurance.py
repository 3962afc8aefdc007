"""The ClearingHouse's side of the vault: its credit is spent before tokens move."""

from tests.helpers.model.accounts import State
from tests.helpers.model.arithmetic import MAX_CREDIT
from tests.helpers.model.errors import Revert, require


def capacity(state: State, market_id: int, now: int) -> int:
    """What the vault may pay for this market now."""
    return state.vault.capacity(market_id, state.vault_credit, now)


def draw(state: State, market_id: int, amount: int, now: int) -> int | None:
    """Take `amount` from the vault; returns how much of it was credit, None if the vault fails."""
    from_credit = min(amount, state.vault_credit)
    vault = state.vault.copy()
    try:
        vault.cover(market_id, amount, from_credit, now)
    except Revert:
        return None
    state.vault = vault
    state.vault_credit -= from_credit
    state.ledger += amount - from_credit
    return from_credit


def give_back(state: State, market_id: int, amount: int, now: int) -> None:
    """What was drawn and not needed becomes credit."""
    if amount > 0:
        add_credit(state, amount)
        state.vault.refund(market_id, amount, now)


def add_credit(state: State, amount: int) -> None:
    require(state.vault_credit + amount <= MAX_CREDIT, "ledger: credit overflow")
    state.vault_credit += amount


def collect(state: State) -> int:
    """Pay the vault's whole credit out to it."""
    amount = state.vault_credit
    if amount > 0:
        require(state.vault.token_works, "vault: transfer failed")
    state.pay_out(amount)
    state.vault_credit = 0
    state.vault.ledger += amount
    return amount
