"""What the calls cost, gas: measured on Anvil (contracts/WATERFALL.md, Gas), rounded up. For planning
under a cap.
"""

from collections.abc import Iterable

from keeper.types import AccountState

# A call with a single counterparty, and each one more.
ROUND = 120_000
VISIT = 14_000
# Each further market of a counterparty, and asking for each market's price once a call.
FURTHER_MARKET = 2_200
PRICE = 12_000
# The vault pays in tokens.
COVER = 45_000
# A whole position, the liquidator's already open.
LIQUIDATION = 120_000
OPENING = 15_000
# Another leg of an account that is valued.
LEG = 12_000
FLAG = 60_000
GATE = 60_000
RELINK = 70_000
ACCRUAL = 60_000
# Asking a source that may burn as much as the router allows it.
POLL = 170_000


def round_base(legs: int, insurance: int) -> int:
    """A round before its first counterparty, of an account with so many positions."""
    return ROUND - VISIT + (COVER if insurance else 0) + LEG * (legs - 1)


def visit(account: AccountState, market_id: int, priced: set[int]) -> int:
    """One more counterparty; `priced`: markets that the call has asked for, to which its own are added."""
    others = account.positions.keys() - {market_id}
    cost = VISIT + FURTHER_MARKET * len(others) + PRICE * len(others - priced)
    priced |= others
    return cost


def liquidation(account: AccountState, own: AccountState, market_id: int, insured: int) -> int:
    legs = len(account.positions) - 1 + len(own.positions.keys() - {market_id})
    opening = 0 if market_id in own.positions else OPENING
    return LIQUIDATION + opening + LEG * legs + (COVER if insured else 0)


def flag(account: AccountState) -> int:
    return FLAG + GATE + LEG * len(account.positions)


def relink(account: AccountState) -> int:
    return RELINK + LEG * len(account.positions)


def sync(market_ids: Iterable[int]) -> int:
    return ROUND // 4 + sum(POLL for _ in market_ids)
