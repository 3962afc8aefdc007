"""What each event does to the state: what ClearingHouse and OracleRouter did when they logged it.

Sums that events repeat (cash after a deposit, what a deleveraging leaves) are checked: a missing log shows
at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from keeper.arithmetic import LEVERAGES, value
from keeper.book.accounts import Accounts
from keeper.book.errors import BrokenHistory
from keeper.book.markets import Market
from keeper.book.positions import Positions
from keeper.types import SourceConfig

Args = tuple[int, ...]
# Arguments, block number, the block's timestamp.
Handler = Callable[[Args, int, int], None]

# `PositionChanged.reason`
FILLED, LIQUIDATED, TAKEN_OVER, DELEVERAGED = 1, 3, 4, 5
_TIERS = {leverage: tier for tier, leverage in enumerate(LEVERAGES)}


@dataclass(slots=True)
class Changes:
    """Accounts touched by cash, flag or position; markets by price, funding, source or parameters."""

    accounts: set[int] = field(default_factory=set)
    markets: set[int] = field(default_factory=set)
    # Flagged in this block, by account id.
    flagged: set[int] = field(default_factory=set)
    gate_raised: bool = False
    rounds: int = 0


class Effects:
    """The state, and a handler for every event by name."""

    def __init__(self, scale: int) -> None:
        self.scale = scale
        self.accounts = Accounts()
        self.markets: dict[int, Market] = {}
        self.positions: dict[int, Positions] = {}
        # Markets as they were before the block being applied, None: unknown then.
        self.markets_before: dict[int, Market | None] = {}
        self.changes = Changes()
        self.handlers: dict[str, Handler] = {
            "AccountOpened": self._account_opened,
            "Deposited": self._deposited,
            "Withdrawn": self._withdrawn,
            "EpochRaised": self._epoch_raised,
            "PositionChanged": self._position_changed,
            "FundingAccrued": self._funding_accrued,
            "MarketWritten": self._market_written,
            "Flagged": self._flagged,
            "FlagCleared": self._flag_cleared,
            "GateRaised": self._gate_raised,
            "DeleveragingStarted": self._deleveraging_started,
            "Deleveraged": self._deleveraged,
            "PassedOver": self._passed_over,
            "DeleveragingEnded": self._deleveraging_ended,
            "Relinked": self._relinked,
            "PriceAccepted": self._price_accepted,
            "PricePending": self._price_pending,
            "SourceSet": self._source_set,
        }

    def set_market(self, market: Market) -> None:
        market_id = market.market_id
        self.markets_before.setdefault(market_id, self.markets.get(market_id))
        self.markets[market_id] = market
        if market_id not in self.positions:
            self.positions[market_id] = Positions()
        self.changes.markets.add(market_id)

    # -- accounts

    def _account_opened(self, args: Args, block: int, at: int) -> None:
        account_id, owner = args
        self.accounts.open(account_id, owner)
        self.changes.accounts.add(account_id)

    def _deposited(self, args: Args, block: int, at: int) -> None:
        account_id, _, amount, cash = args
        self._pay(account_id, amount, cash)

    def _withdrawn(self, args: Args, block: int, at: int) -> None:
        account_id, _, amount, cash = args
        self._pay(account_id, -amount, cash)
        # Who may take something out has equity. A bankrupt account may withdraw 0, and stays flagged.
        if self.accounts.flag_of(account_id) and (amount or self._equity(account_id, at) >= 0):
            self.accounts.set_flag(account_id, 0)

    def _epoch_raised(self, args: Args, block: int, at: int) -> None:
        self.accounts.set_epoch(*args)

    def _flagged(self, args: Args, block: int, at: int) -> None:
        account_id, flagged_at, _ = args
        self.accounts.set_flag(account_id, flagged_at)
        self.changes.accounts.add(account_id)
        self.changes.flagged.add(account_id)

    def _flag_cleared(self, args: Args, block: int, at: int) -> None:
        self.accounts.set_flag(args[0], 0)
        self.changes.accounts.add(args[0])

    def _gate_raised(self, args: Args, block: int, at: int) -> None:
        self.changes.gate_raised = True

    # -- positions

    def _position_changed(self, args: Args, block: int, at: int) -> None:
        account_id, market_id, size, entry, leverage, cash, _, reason = args
        accounts, positions = self.accounts, self._positions(market_id)
        row = accounts.row_of(account_id, market_id)
        if size == 0:
            self._close(account_id, market_id, row)
        elif leverage not in _TIERS or entry == 0:
            raise BrokenHistory(f"a position at {entry} with leverage {leverage}")
        elif row < 0:
            accounts.link(account_id, market_id, positions.open(account_id, size, entry, _TIERS[leverage]))
        elif reason in (LIQUIDATED, DELEVERAGED):
            positions.resize(row, size)
        else:
            positions.trade(row, size, entry, _TIERS[leverage])
        accounts.set_cash(account_id, cash)
        if reason in (FILLED, TAKEN_OVER):
            accounts.set_flag(account_id, 0)
        self.changes.accounts.add(account_id)

    def _deleveraging_started(self, args: Args, block: int, at: int) -> None:
        account_id, market_id, size, *_ = args
        row = self._row(account_id, market_id)
        if self.positions[market_id].state(row).size != size:
            raise BrokenHistory(
                f"account {account_id} is deleveraged in market {market_id} with another size"
            )

    def _deleveraged(self, args: Args, block: int, at: int) -> None:
        _, market_id, account_id, _, _, change, _, _, left, cash = args
        row = self._row(account_id, market_id)
        positions = self.positions[market_id]
        if positions.state(row).size + change != left:
            raise BrokenHistory(f"counterparty {account_id} in market {market_id} is left with {left}")
        if left == 0:
            self._close(account_id, market_id, row)
        else:
            positions.resize(row, left)
        self.accounts.set_cash(account_id, cash)
        self.accounts.set_flag(account_id, 0)
        self.changes.accounts.add(account_id)

    def _passed_over(self, args: Args, block: int, at: int) -> None:
        _, market_id, account_id, *_ = args
        self._set_parked(account_id, market_id, True)

    def _deleveraging_ended(self, args: Args, block: int, at: int) -> None:
        self.changes.rounds += 1

    def _relinked(self, args: Args, block: int, at: int) -> None:
        account_id, market_id = args
        self._set_parked(account_id, market_id, False)

    # -- markets

    def _market_written(self, args: Args, block: int, at: int) -> None:
        market_id, word, liquidation = args
        self.set_market(self._market(market_id).written(word, liquidation, self.scale, at))

    def _funding_accrued(self, args: Args, block: int, at: int) -> None:
        market_id, index, premium, _ = args
        self.set_market(self._market(market_id).accrued(index, premium, at))

    def _price_accepted(self, args: Args, block: int, at: int) -> None:
        market_id, price, updated_at = args
        self.set_market(self._market(market_id).accepted(price, updated_at, block))

    def _price_pending(self, args: Args, block: int, at: int) -> None:
        market_id, price, updated_at, _ = args
        self.set_market(self._market(market_id).held(price, updated_at, at))

    def _source_set(self, args: Args, block: int, at: int) -> None:
        source, second, polled, *rest = args[9:]
        config = SourceConfig(source, second, bool(polled), *rest)
        self.set_market(self._market(args[0]).sourced(config, at))

    # -- parts

    def _pay(self, account_id: int, amount: int, cash: int) -> None:
        if self.accounts.cash_of(account_id) + amount != cash:
            raise BrokenHistory(f"account {account_id} has {cash} after {amount:+}")
        self.accounts.set_cash(account_id, cash)
        self.changes.accounts.add(account_id)

    def _close(self, account_id: int, market_id: int, row: int) -> None:
        if row >= 0:
            self.positions[market_id].close(row)
            self.accounts.unlink(account_id, market_id)

    def _set_parked(self, account_id: int, market_id: int, parked: bool) -> None:
        row = self._row(account_id, market_id)
        positions = self.positions[market_id]
        if positions.state(row).parked == parked:
            raise BrokenHistory(
                f"account {account_id} in market {market_id} is {'' if parked else 'not '}parked"
            )
        if parked:
            positions.park(row)
        else:
            positions.relink(row)
        self.changes.accounts.add(account_id)

    def _equity(self, account_id: int, at: int) -> int:
        """Exact, at the marks of that time; every leg counts at its last price."""
        equity = self.accounts.cash_of(account_id)
        for market_id in self.accounts.open_markets(account_id):
            size = self.positions[market_id].state(self._row(account_id, market_id)).size
            mark = self.markets[market_id].mark(at)
            equity += value(size, mark.price, mark.index, self.scale)
        return equity

    def _market(self, market_id: int) -> Market:
        return self.markets.get(market_id) or Market.unlisted(market_id, self.scale)

    def _positions(self, market_id: int) -> Positions:
        found = self.positions.get(market_id)
        if found is None:
            raise BrokenHistory(f"a position in market {market_id}, which is not listed")
        return found

    def _row(self, account_id: int, market_id: int) -> int:
        row = self.accounts.row_of(account_id, market_id)
        if row < 0:
            raise BrokenHistory(f"account {account_id} has no position in market {market_id}")
        return row
