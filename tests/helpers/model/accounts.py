"""Margin accounts and everything else that the ClearingHouse, Exchange and the vault store."""

from dataclasses import dataclass, field, replace

from scripts.sandbox.orders import ZERO_ADDRESS, Order
from tests.helpers.model.arithmetic import positive_pnl, unrealized_pnl
from tests.helpers.model.errors import Revert
from tests.helpers.model.market import Market
from tests.helpers.model.queue import Place, Queue
from tests.helpers.model.vault import Vault


@dataclass(frozen=True)
class Position:
    """An open position: signed size, average entry price, the leverage its owner chose."""

    size: int
    entry_price: int
    leverage: int

    @property
    def place(self) -> Place:
        return Place(self.size > 0, self.leverage, self.entry_price)

    def pnl(self, price: int, scale: int) -> int:
        """Against entry, without funding, floored."""
        return unrealized_pnl(self.size, self.entry_price, price, scale)

    def unrealised_profit(self, price: int, scale: int) -> int:
        """What may not be withdrawn before it is realised, rounded up."""
        return positive_pnl(self.size, self.entry_price, price, scale)


@dataclass
class Account:
    """One cross-margin account; `positions` holds the open ones by market.

    `flag`: since when it is known to be bankrupt; `gated_at`: when that last stopped withdrawals. 0: never.
    """

    owner: str
    cash: int = 0
    epoch: int = 0
    flag: int = 0
    gated_at: int = 0
    delegates: dict[str, int] = field(default_factory=dict)
    positions: dict[int, Position] = field(default_factory=dict)

    def copy(self) -> "Account":
        return replace(self, delegates=dict(self.delegates), positions=dict(self.positions))

    def size(self, market_id: int) -> int:
        """0 when there is no position."""
        position = self.positions.get(market_id)
        return 0 if position is None else position.size

    def is_authorized(self, sender: str, now: int) -> bool:
        """The owner, or a delegate that is live now."""
        return sender != ZERO_ADDRESS and (sender == self.owner or now <= self.delegates.get(sender, -1))


@dataclass
class State:
    """All storage; a failed action is undone by putting back a copy.

    `filled` and `cancelled` are keyed by the order itself: equal orders are orders with equal hashes.
    """

    accounts: dict[int, Account] = field(default_factory=dict)
    markets: dict[int, Market] = field(default_factory=dict)
    queues: dict[int, Queue] = field(default_factory=dict)
    vault_fee_share_ppm: int = 0
    vault_credit: int = 0
    treasury_credit: int = 0
    ledger: int = 0
    vault: Vault = field(default_factory=Vault)
    # When the day began of which the first hours may be gated.
    gate_day: int = 0
    filled: dict[Order, int] = field(default_factory=dict)
    cancelled: set[Order] = field(default_factory=set)

    def copy(self) -> "State":
        return replace(
            self,
            accounts={i: account.copy() for i, account in self.accounts.items()},
            markets=dict(self.markets),
            queues={i: queue.copy() for i, queue in self.queues.items()},
            vault=self.vault.copy(),
            filled=dict(self.filled),
            cancelled=set(self.cancelled),
        )

    def pay_out(self, amount: int) -> None:
        """Tokens leave; profit of an unresolved bankruptcy may be more than what is there."""
        if amount > self.ledger:
            raise Revert("ledger: not enough collateral")
        self.ledger -= amount

    def account(self, account_id: int) -> Account:
        if account_id not in self.accounts:
            raise Revert("account: unknown")
        return self.accounts[account_id]

    def market(self, market_id: int) -> Market:
        if market_id not in self.markets:
            raise Revert("market: not listed")
        return self.markets[market_id]
