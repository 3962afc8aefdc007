"""What anybody can do, done to the chain and to the model together.

The model says beforehand whether the chain must refuse, and with which words; afterwards every word of storage must
be what the model says. Every action is recorded with its arguments: `actions.log`, replayed by `replay`.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from tests.helpers.chain import words
from tests.helpers.chain.driver import Chain
from tests.helpers.model.errors import refusal_of
from tests.helpers.model.governance import GovernanceModel
from tests.helpers.model.market import MarketParams as ModelParams
from tests.helpers.model.orders import Order, Signature
from tests.helpers.model.protocol import Protocol
from tests.helpers.oracle_model import OracleConfig, OracleModel
from tests.helpers.parameters import WAD, MarketParams, SourceConfig
from tests.helpers.source_model import SourceModel

P = ParamSpec("P")
R = TypeVar("R")
# Orders whose filled amount is compared.
REMEMBERED = 24


class Entry(NamedTuple):
    """One recorded action; prints as the call."""

    name: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v!r}' for k, v in self.arguments.items())})"


class Signed(NamedTuple):
    """An order and whose key signs it; NOBODY: a signature that recovers to nobody."""

    order: Order
    signer: str


def recorded(action: Callable[Concatenate["Actions", P], R]) -> Callable[Concatenate["Actions", P], R]:
    """Keep the call in the log before it runs; arguments by keyword."""

    @wraps(action)
    def recording(self: "Actions", *args: P.args, **kwargs: P.kwargs) -> R:
        assert not args, "name the arguments"
        self.log.append(Entry(action.__name__, dict(kwargs)))
        return action(self, *args, **kwargs)

    return recording


class Actions:
    """A chain with the system on it, no markets yet, and the model of it."""

    def __init__(self, chain: Chain, decimals: int = 6) -> None:
        self.chain = chain
        self.oracle = OracleModel()
        self.source = SourceModel(self.oracle)
        house = chain.addresses["ClearingHouse"]
        self.model = Protocol(self.oracle, decimals, chain.now, house, set(chain.wallets))
        self.governance = GovernanceModel(self.model)
        self.log: list[Entry] = []
        self.orders: deque[Signed] = deque(maxlen=REMEMBERED)
        self.refusals: dict[str | None, int] = {}

    # -- time, prices, governance

    @recorded
    def wait(self, *, seconds: int) -> None:
        self.chain.wait(seconds)

    @recorded
    def list_market(self, *, price: int, params: MarketParams, config: SourceConfig) -> None:
        """Its source, its first price, its parameters."""
        market_id = len(self.model.state.markets) + 1
        rules = OracleConfig(config.max_age, config.max_move, config.confirm, config.stale_move)
        self._both(lambda: self.oracle.configure(market_id, rules, self.model.now), self._set_source, market_id, config)
        self._report(market_id, price, self.chain.now)
        self._both(lambda: self.governance.list_market(_model(params)), self.chain.list_market, params)
        self.compare()

    @recorded
    def report(self, *, market_id: int, price: int, age: int) -> None:
        """A price observed `age` seconds ago."""
        self._report(market_id, price, self.chain.now - age)
        self.compare()

    @recorded
    def sync(self, *, market_ids: list[int]) -> None:
        block = self.chain.block
        self._act(lambda: self.source.sync(market_ids, self.model.now, block), self.chain.sync, market_ids)

    @recorded
    def set_market(self, *, market_id: int, params: MarketParams) -> None:
        predict = lambda: self.governance.set_market(market_id, _model(params))  # noqa: E731
        self._act(predict, self.chain.set_market, market_id, params)

    @recorded
    def apply_market(self, *, market_id: int) -> None:
        self._act(lambda: self.governance.apply_market(market_id), self.chain.apply_market, market_id)

    @recorded
    def set_reduce_only(self, *, market_id: int, on: bool) -> None:
        self._act(lambda: self.governance.set_reduce_only(market_id, on), self.chain.set_reduce_only, market_id, on)

    @recorded
    def set_vault_fee_share(self, *, share_ppm: int) -> None:
        share = share_ppm * WAD // 10**6
        self._act(lambda: self.model.set_vault_fee_share(share_ppm), self.chain.set_vault_fee_share, share)

    @recorded
    def collect_treasury(self, *, receiver: str) -> None:
        self._act(lambda: self.model.collect_treasury(receiver), self.chain.collect_treasury, receiver)

    # -- traders

    @recorded
    def open_account(self, *, sender: str) -> None:
        self._act(lambda: self.model.open_account(sender), self.chain.open_account, sender)

    @recorded
    def deposit(self, *, sender: str, account_id: int, amount: int) -> None:
        self._act(self.model.deposit, self.chain.deposit, sender, account_id, amount)

    @recorded
    def withdraw(self, *, sender: str, account_id: int, amount: int, receiver: str) -> None:
        self._act(self.model.withdraw, self.chain.withdraw, sender, account_id, amount, receiver)

    @recorded
    def set_delegate(self, *, sender: str, account_id: int, delegate: str, expires_at: int) -> None:
        self._act(self.model.set_delegate, self.chain.set_delegate, sender, account_id, delegate, expires_at)
