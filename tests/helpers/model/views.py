"""What the trading core's views say."""

from dataclasses import dataclass

from tests.helpers.model import margin
from tests.helpers.model.accounts import Account, State
from tests.helpers.model.arithmetic import roe
from tests.helpers.model.errors import require
from tests.helpers.model.orders import ZERO_ADDRESS, Order
from tests.helpers.model.queue import Place

NO_PRICE = "oracle: no valid price"


@dataclass(frozen=True)
class PositionView:
    """Zeros for no position."""

    size: int = 0
    entry_price: int = 0
    leverage: int = 0
    unrealized_pnl: int = 0


class Views:
    """Read-only half of Protocol: `state` and `mark` are given by the other half."""

    state: State

    def mark(self, market_id: int) -> margin.Mark:
        raise NotImplementedError

    def account_values(self, account_id: int) -> margin.AccountValues:
        account = self._account(account_id)
        require(not margin.unpriced_markets(account, self.mark), "margin: unpriced leg")
        return margin.account_values(self.state, account, self.mark)

    def position(self, account_id: int, market_id: int) -> PositionView:
        position = self._account(account_id).positions.get(market_id)
        if position is None:
            return PositionView()
        pnl = position.pnl(self.mark_price(market_id), self.state.markets[market_id].scale)
        return PositionView(position.size, position.entry_price, position.leverage, pnl)

    def open_markets(self, account_id: int) -> list[int]:
        """Ascending; the chain's order is its own."""
        return sorted(self._account(account_id).positions)

    def roe(self, account_id: int, market_id: int) -> int:
        position = self._account(account_id).positions.get(market_id)
        require(position is not None, "position: none")
        assert position is not None
        price = self.mark_price(market_id)
        return roe(position.size > 0, position.leverage, position.entry_price, price)

    def is_liquidatable(self, account_id: int) -> bool:
        worth, required = self.waterfall_values(account_id)
        return worth < required

    def is_bankrupt(self, account_id: int) -> bool:
        worth, _ = self.waterfall_values(account_id)
        return worth < 0

    def waterfall_values(self, account_id: int) -> tuple[int, int]:
        """(equity, maintenance) with unpriced legs moved in the account's favour."""
        return margin.waterfall_values(self.state, self._account(account_id), self.mark)

    def mark_price(self, market_id: int) -> int:
        self.state.market(market_id)
        mark = self.mark(market_id)
        require(mark.valid, NO_PRICE)
        return mark.price

    def funding_index(self, market_id: int) -> int:
        """Accrued to now; as stored while the market is unpriced."""
        self.state.market(market_id)
        return self.mark(market_id).index

    def open_interest(self, market_id: int) -> int:
        return self.state.market(market_id).open_interest

    def position_count(self, market_id: int, is_long: bool) -> int:
        return self.state.queues[market_id].count(is_long)

    def adl_queue(self, market_id: int, is_long: bool, skip: int, count: int) -> list[int]:
        """Account ids, best rank first, at the current mark."""
        ranked = self.state.queues[market_id].ranked(is_long, self.mark_price(market_id))
        return ranked[skip : skip + count]

    def find_hint(self, market_id: int, is_long: bool, leverage: int, entry_price: int) -> int:
        return self.state.queues[market_id].exact_hint(Place(is_long, leverage, entry_price))

    def total_cash(self) -> int:
        return sum(account.cash for account in self.state.accounts.values())

    def vault_credit(self) -> int:
        return self.state.vault_credit

    def treasury_credit(self) -> int:
        return self.state.treasury_credit

    def collateral_ledger(self) -> int:
        return self.state.ledger

    def account_count(self) -> int:
        return len(self.state.accounts)

    def owner_of(self, account_id: int) -> str:
        return self._account(account_id).owner

    def filled(self, order: Order) -> int:
        return self.state.filled.get(order, 0)

    def _account(self, account_id: int) -> Account:
        """An unknown account reads as an empty one."""
        return self.state.accounts.get(account_id, Account(ZERO_ADDRESS))
