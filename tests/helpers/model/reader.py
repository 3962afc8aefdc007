"""The model seen through the chain's raw getters, for the invariants."""

from collections.abc import Sequence
from dataclasses import replace

from scripts.sandbox.orders import Order
from scripts.sandbox.slots import PositionSlot, encode_heads
from tests.helpers.model.arithmetic import LEVERAGES
from tests.helpers.model.errors import Revert
from tests.helpers.model.margin import AccountValues, equity, unpriced_markets
from tests.helpers.model.orders import Signature
from tests.helpers.model.protocol import Protocol

COUNTERPARTY = "counterparty of last resort"


class ModelReader:
    """An `invariants.Reader` over a Protocol; `donated` tokens are nobody's."""

    def __init__(self, protocol: Protocol, donated: int = 0) -> None:
        self.protocol = protocol
        self.donated = donated
        self.account_count = protocol.account_count
        self.total_cash = protocol.total_cash
        self.vault_credit = protocol.vault_credit
        self.treasury_credit = protocol.treasury_credit
        self.collateral_ledger = protocol.collateral_ledger
        self.open_markets = protocol.open_markets
        self.open_interest = protocol.open_interest
        self.position_count = protocol.position_count
        self.adl_queue = protocol.adl_queue
        self.is_liquidatable = protocol.is_liquidatable
        self.waterfall_values = protocol.waterfall_values
        self.shortfall = protocol.shortfall
        self.liquidatable_size = protocol.liquidatable_size
        self.insurance_capacity = protocol.insurance_capacity
        self.flagged_at = protocol.flagged_at
        self.vault_assets = protocol.vault_total_assets

    def now(self) -> int:
        return self.protocol.now

    def market_ids(self) -> Sequence[int]:
        return sorted(self.protocol.state.markets)

    def cash(self, account_id: int) -> int:
        return self.protocol.state.accounts[account_id].cash

    def token_balance(self) -> int:
        return self.protocol.collateral_ledger() + self.donated

    def position_slot(self, market_id: int, account_id: int) -> int:
        position = self.protocol.state.accounts[account_id].positions.get(market_id)
        if position is None:
            return 0
        queue = self.protocol.state.queues[market_id]
        tier = LEVERAGES.index(position.leverage)
        if account_id in queue.parked:
            return PositionSlot(position.size, position.entry_price, 0, 0, tier, True).encode()
        ids = [0, *queue.members(position.size > 0, position.leverage), 0]
        i = ids.index(account_id)
        return PositionSlot(position.size, position.entry_price, ids[i - 1], ids[i + 1], tier, False).encode()

    def heads_slot(self, market_id: int, is_long: bool) -> int:
        queue = self.protocol.state.queues[market_id]
        lists = [queue.members(is_long, leverage) for leverage in LEVERAGES]
        return encode_heads([ids[0] if ids else 0 for ids in lists])

    def valid_mark(self, market_id: int) -> int | None:
        mark = self.protocol.mark(market_id)
        return mark.price if mark.valid else None

    def last_equity(self, account_id: int) -> int:
        return equity(self.protocol.state, self.protocol.state.accounts[account_id], self.protocol.mark)

    def priced_values(self, account_id: int) -> AccountValues | None:
        account = self.protocol.state.accounts[account_id]
        if unpriced_markets(account, self.protocol.mark):
            return None
        return self.protocol.account_values(account_id)

    def refusal_of_close(self, account_id: int, market_id: int) -> str | None:
        """Against a new, rich account that takes the whole position over."""
        outcome = self.protocol.preview(lambda: self._close(account_id, market_id))
        return outcome.reason if isinstance(outcome, Revert) else None

    def refusal_of_withdrawal(self, account_id: int, amount: int) -> str | None:
        owner = self.protocol.owner_of(account_id)
        outcome = self.protocol.preview(lambda: self.protocol.withdraw(owner, account_id, amount, owner))
        return outcome.reason if isinstance(outcome, Revert) else None

    def _close(self, account_id: int, market_id: int) -> None:
        protocol = self.protocol
        account = protocol.state.accounts[account_id]
        size, price = account.size(market_id), protocol.mark_price(market_id)
        # Rules that bind the newcomer and not the one who leaves are lifted for the attempt: a reduce-only
        # market lets nobody in, and what is closed may be too small to be anyone's first position.
        params = protocol.state.markets[market_id].params
        protocol.set_reduce_only(market_id, False)
        protocol.write_market(market_id, replace(params, min_notional=0))
        counterparty = protocol.open_account(COUNTERPARTY)
        protocol.deposit(COUNTERPARTY, counterparty, 2**120)
        protocol.fill(
            COUNTERPARTY,
            Order(counterparty, market_id, size, price, 1),
            Signature(COUNTERPARTY),
            Order(account_id, market_id, -size, price, 1, epoch=account.epoch),
            Signature(account.owner),
            abs(size),
            maker_hint=protocol.find_hint(market_id, size > 0, 1, price),
        )
