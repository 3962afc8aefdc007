"""A funding index without the trades and hours that make one."""

from tests.helpers import anvil
from tests.helpers.desk import Desk


def set_index(desk: Desk, index: int, market_id: int = 1) -> None:
    """Before the first trade of a market without funding, where the index then stays."""
    accrued = desk.clearing_house.accrue_funding(market_id, sender=desk.owner)
    # The lowest field of the state word, all of which is empty but the time of the last accrual.
    touched = int(accrued.timestamp) << 224
    anvil.poke(desk.clearing_house, touched, touched | index % 2**88, key=market_id)
    assert desk.clearing_house.funding_index(market_id) == index
