"""What the views of ClearingHouse, Lens and vault say."""

from dataclasses import dataclass

from scripts.sandbox.orders import ZERO_ADDRESS, Order
from tests.helpers.model import bankruptcy, flags, insurance, liquidation, margin
from tests.helpers.model.accounts import Account, State
from tests.helpers.model.arithmetic import roe
from tests.helpers.model.errors import require
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
    now: int

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

    def standing(self, account_id: int) -> bankruptcy.Standing:
        return bankruptcy.standing(self.state, self._account(account_id), self.mark)

    def liquidatable_size(self, account_id: int, market_id: int) -> int:
        """0 for no position or a healthy account."""
        size = self._account(account_id).size(market_id)
        if size == 0:
            return 0
        self.mark_price(market_id)
        market = self.state.markets[market_id]
        return liquidation.liquidatable_size(self.standing(account_id), size, self.mark(market_id), market)

    def bankruptcy_quote(self, account_id: int, market_id: int, size: int) -> int:
        """Of any account, solvent or not, for `size` unsigned."""
        account = self._account(account_id)
        require(market_id in account.positions, "position: none")
        require(0 < size <= abs(account.size(market_id)), "position: too small")
        self.mark_price(market_id)
        return bankruptcy.bankruptcy_quote(self.state, account, self.mark, market_id, size)

    def shortfall(self, account_id: int, market_id: int) -> int:
        """H of the whole leg; 0 unless bankrupt."""
        if market_id not in self._account(account_id).positions:
            return 0
        self.mark_price(market_id)
        return self.standing(account_id).shortfall(market_id)

    def insurance_capacity(self, market_id: int) -> int:
        return insurance.capacity(self.state, market_id, self.now)

    def gate_until(self) -> int:
        """0: withdrawals are open."""
        return flags.gate_until(self.state, self.now)

    def flagged_at(self, account_id: int) -> int:
        return self._account(account_id).flag

    def is_parked(self, account_id: int, market_id: int) -> bool:
        queue = self.state.queues.get(market_id)
        return queue is not None and account_id in queue.parked

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

    def vault_total_assets(self) -> int:
        return self.state.vault.total_assets(self.state.vault_credit)

    def vault_convert_to_shares(self, assets: int) -> int:
        return self.state.vault.shares_down(assets, self.state.vault_credit)

    def vault_convert_to_assets(self, shares: int) -> int:
        return self.state.vault.assets_down(shares, self.state.vault_credit)

    def vault_max_redeem(self, owner: str) -> int:
        """The claimable shares; none while the gate is on."""
        return 0 if self.gate_until() != 0 else self.state.vault.claimable(owner, self.now)

    def vault_max_withdraw(self, owner: str) -> int:
        return self.vault_convert_to_assets(self.vault_max_redeem(owner))

    def bucket(self, market_id: int) -> tuple[int, int]:
        """(cap, available)."""
        bucket = self.state.vault.buckets.get(market_id)
        return (0, 0) if bucket is None else (bucket.cap, bucket.available(self.now))

    def filled(self, order: Order) -> int:
        return self.state.filled.get(order, 0)

    def _account(self, account_id: int) -> Account:
        """An unknown account reads as an empty one."""
        return self.state.accounts.get(account_id, Account(ZERO_ADDRESS))
