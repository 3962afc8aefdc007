"""Written into storage: a funding index without the trades and hours that make one, and cash."""

from tests.helpers import anvil
from tests.helpers.desk import Desk


def set_index(desk: Desk, index: int, market_id: int = 1) -> None:
    """Before the first trade of a market without funding, where the index then stays."""
    accrued = desk.clearing_house.accrue_funding(market_id, sender=desk.owner)
    # The lowest field of the state word, all of which is empty but the time of the last accrual.
    touched = int(accrued.timestamp) << 224
    anvil.poke(desk.clearing_house, touched, touched | index % 2**88, key=market_id)
    assert desk.clearing_house.funding_index(market_id) == index


def set_cash(desk: Desk, account_id: int, cash: int) -> None:
    """Write an account's cash into storage; the books no longer add up."""
    word = int(desk.clearing_house.account_word(account_id))
    anvil.poke(desk.clearing_house, word, word >> 128 << 128 | cash % 2**128, key=account_id)


def set_equity(desk: Desk, account_id: int, equity: int) -> None:
    """The same, so that the account is worth this much."""
    set_cash(desk, account_id, desk.cash(account_id) + equity - desk.equity(account_id))
