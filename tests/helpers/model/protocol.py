"""The protocol as one object: the chain's actions with the chain's results and refusals."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol as Interface
from typing import TypeVar

from scripts.sandbox.orders import ZERO_ADDRESS, Order
from tests.helpers.model import flags, margin
from tests.helpers.model.accounts import Account, State
from tests.helpers.model.arithmetic import LEVERAGES, fits_cash, scale_of
from tests.helpers.model.errors import Revert, require
from tests.helpers.model.exchange import BatchResult, Matching, SignedOrder
from tests.helpers.model.fills import Fill
from tests.helpers.model.market import Funding, Market, MarketParams
from tests.helpers.model.orders import Signature
from tests.helpers.model.queue import Queue
from tests.helpers.model.vault_desk import VaultDesk
from tests.helpers.model.views import NO_PRICE
from tests.helpers.model.waterfall import Waterfall

T = TypeVar("T")


class Oracle(Interface):
    """The accepted record of every market: (last accepted price, valid now, stale move in ppm)."""

    def quote(self, market_id: int, now: int, /) -> tuple[int, bool, int]: ...


@dataclass
class Protocol(Waterfall, VaultDesk):
    """Every action is called as its sender would call it, and either happens whole or raises Revert.

    `contract_owners` are owners with code, whose signatures may also be valid under ERC-1271.
    """

    oracle: Oracle
    decimals: int = 6
    now: int = 0
    clearing_house: str = "clearing house"
    contract_owners: set[str] = field(default_factory=set)
    state: State = field(default_factory=State)
    insurance_vault: str = "insurance vault"

    def mark(self, market_id: int) -> margin.Mark:
        """The market's price now, with F accrued in memory if the price is valid."""
        price, valid, stale_move_ppm = self.oracle.quote(market_id, self.now)
        market = self.state.markets.get(market_id)
        index = 0 if market is None else market.accrue(self.now, price, valid).funding.index
        return margin.Mark(price, valid, stale_move_ppm, index)

    @contextmanager
    def atomic(self) -> Iterator[State]:
        before = self.state.copy()
        try:
            yield self.state
        except BaseException:
            self.state = before
            raise

    def preview(self, action: Callable[[], T]) -> T | Revert:
        """What the action would return or refuse with; nothing is changed."""
        before, now = self.state.copy(), self.now
        try:
            return action()
        except Revert as refusal:
            return refusal
        finally:
            self.state, self.now = before, now

    # Governance

    def write_market(self, market_id: int, params: MarketParams) -> None:
        """List a market or give it other parameters; funding is charged up to now at the old ones."""
        market = self.state.markets.get(market_id)
        if market is None:
            funding = Funding(touched=self.now)
            self.state.markets[market_id] = Market(params, scale_of(self.decimals), funding=funding)
            self.state.queues[market_id] = Queue()
        else:
            self.touch(market_id)
            self.state.markets[market_id] = replace(self.state.markets[market_id], params=params)

    def set_reduce_only(self, market_id: int, reduce_only: bool) -> None:
        self.touch(market_id)
        market = self.state.markets[market_id]
        self.state.markets[market_id] = replace(market, reduce_only=reduce_only)

    def set_vault_fee_share(self, share_ppm: int) -> None:
        self.state.vault_fee_share_ppm = share_ppm

    def collect_treasury(self, receiver: str) -> int:
        """Pays the treasury's whole credit out."""
        self._require_receiver(receiver)
        amount = self.state.treasury_credit
        self.state.pay_out(amount)
        self.state.treasury_credit = 0
        return amount

    # Traders

    def open_account(self, sender: str) -> int:
        account_id = len(self.state.accounts) + 1
        self.state.accounts[account_id] = Account(owner=sender)
        return account_id

    def deposit(self, sender: str, account_id: int, amount: int) -> None:
        """Anyone may fund any account."""
        account = self.state.account(account_id)
        require(fits_cash(account.cash + amount), "account: cash overflow")
        account.cash += amount
        self.state.ledger += amount

    def withdraw(self, sender: str, account_id: int, amount: int, receiver: str) -> None:
        account = self._owned(sender, account_id)
        require(self.gate_until() == 0, "withdraw: gated")
        self._require_priced(account)
        available = margin.account_values(self.state, account, self.mark).withdrawable
        require(amount <= available, "withdraw: too much")
        self._require_receiver(receiver)
        self.state.pay_out(amount)
        account.cash -= amount
        if margin.equity(self.state, account, self.mark) >= 0:
            flags.clear(account)

    def set_delegate(self, sender: str, account_id: int, delegate: str, expires_at: int) -> None:
        account = self._owned(sender, account_id)
        require(delegate != ZERO_ADDRESS, "delegate: zero address")
        account.delegates[delegate] = expires_at

    def set_leverage(self, sender: str, account_id: int, market_id: int, leverage: int, hint: int) -> None:
        with self.atomic() as state:
            account = self.authorized(sender, account_id)
            require(market_id in account.positions, "position: none")
            market, position = state.market(market_id), account.positions[market_id]
            require(self.mark(market_id).valid, NO_PRICE)
            allowed = leverage in LEVERAGES and leverage <= market.params.max_leverage
            require(allowed, "market: bad leverage")
            self._require_priced(account)
            account.positions[market_id] = replace(position, leverage=leverage)
            worth = margin.equity(state, account, self.mark)
            parked = account_id in state.queues[market_id].parked
            require(worth > 0 or not parked, "relink: no equity")
            if leverage < position.leverage:
                # A better place in the queue is paid for with margin, not with the profit ranked.
                worth -= margin.unrealised_profit(state, account, self.mark)
            required = margin.initial(state, account, self.mark)
            # The same tier again changes nothing, but links a parked position, as `relink` does.
            require(leverage == position.leverage or worth >= required, "margin: insufficient")
            state.queues[market_id].update(account_id, account.positions[market_id].place, hint)

    def accrue_funding(self, market_id: int) -> None:
        self.state.market(market_id)
        require(self.mark(market_id).valid, NO_PRICE)
        self.touch(market_id)

    def touch(self, market_id: int) -> None:
        """Without a valid price nothing changes."""
        price, valid, _ = self.oracle.quote(market_id, self.now)
        self.state.markets[market_id] = self.state.markets[market_id].accrue(self.now, price, valid)

    def fill(
        self,
        sender: str,
        maker: Order,
        maker_signature: Signature,
        taker: Order,
        taker_signature: Signature,
        size: int,
        maker_hint: int = 0,
        taker_hint: int = 0,
    ) -> Fill:
        with self.atomic():
            return self._matching(sender).fill(
                SignedOrder(maker, maker_signature),
                SignedOrder(taker, taker_signature),
                size,
                maker_hint,
                taker_hint,
            )

    def fill_batch(
        self,
        sender: str,
        makers: Sequence[Order],
        maker_signatures: Sequence[Signature],
        taker: Order,
        taker_signature: Signature,
        sizes: Sequence[int],
        hints: Sequence[int],
    ) -> BatchResult:
        count = len(makers)
        fits = len(maker_signatures) == len(sizes) == count and len(hints) == count + 1
        require(fits, "fill: lengths differ")
        signed = [SignedOrder(*pair) for pair in zip(makers, maker_signatures, strict=True)]
        with self.atomic():
            return self._matching(sender).fill_batch(
                signed, SignedOrder(taker, taker_signature), list(sizes), list(hints)
            )

    def cancel(self, sender: str, order: Order) -> None:
        self.authorized(sender, order.account_id)
        self.state.cancelled.add(order)

    def cancel_all(self, sender: str, account_id: int) -> None:
        self.authorized(sender, account_id).epoch += 1

    def _matching(self, sender: str) -> Matching:
        return Matching(self.state, sender, self.now, self.mark, frozenset(self.contract_owners))

    def _require_receiver(self, receiver: str) -> None:
        require(receiver not in (ZERO_ADDRESS, self.clearing_house), "withdraw: bad receiver")

    def _owned(self, sender: str, account_id: int) -> Account:
        account = self.state.account(account_id)
        require(sender == account.owner, "account: not the owner")
        return account

    def authorized(self, sender: str, account_id: int) -> Account:
        account = self._account(account_id)
        require(account.is_authorized(sender, self.now), "account: not authorized")
        return account

    def _require_priced(self, account: Account) -> None:
        require(not margin.unpriced_markets(account, self.mark), "margin: unpriced leg")
