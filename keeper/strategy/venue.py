"""What strategy reads one account or one market at a time; a Book is a Venue, and so is a Draft."""

from collections.abc import Mapping
from typing import Protocol

from keeper.book.markets import Market
from keeper.types import AccountState, Mark

Marks = Mapping[int, Mark]


class Venue(Protocol):
    """`scale` is 10**(36 - decimals)."""

    @property
    def scale(self) -> int: ...
    @property
    def markets(self) -> Mapping[int, Market]: ...
    def account(self, account_id: int) -> AccountState: ...
    def open_interest(self, market_id: int) -> int: ...
