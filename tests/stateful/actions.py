"""What anybody can do, done to the chain and to the model together; arguments by keyword.

The model says beforehand whether the chain must refuse, and in which words; afterwards every word of storage
must be what the model says. Every action is recorded with its arguments: `log`, which `replay` repeats.
"""

from dataclasses import asdict, astuple
from typing import Any

from scripts.sandbox import invariants
from scripts.sandbox.orders import Order, Signed
from tests.helpers.chain.reader import exits
from tests.helpers.model.errors import Revert
from tests.helpers.model.market import MarketParams as ModelParams
from tests.helpers.oracle_model import OracleConfig
from tests.helpers.parameters import WAD, MarketParams, SourceConfig
from tests.stateful.pair import recorded
from tests.stateful.vault_actions import VaultActions
from tests.stateful.waterfall_actions import WaterfallActions


class Actions(WaterfallActions, VaultActions):
    """One method per verb of `Chain`."""

    def is_possible(self, name: str, arguments: dict[str, Any]) -> bool:
        """Whether the model would do it now."""
        self.model.now = self.chain.now
        if name == "fill":
            fill = self._foreseen_fill
            return not isinstance(self.model.preview(lambda: fill(*arguments.values())), Revert)
        if name == "fill_batch":
            batch = self._foreseen_fill_batch
            return not isinstance(self.model.preview(lambda: batch(**arguments)), Revert)
        action = getattr(self.model, name, lambda **_: None)
        return not isinstance(self.model.preview(lambda: action(**arguments)), Revert)

    # -- time, prices, governance

    @recorded
    def wait(self, *, seconds: int) -> None:
        self.chain.wait(seconds)
        self.model.now = self.chain.now

    @recorded
    def list_market(self, *, price: int, params: MarketParams, config: SourceConfig) -> None:
        """Its source, its first price, its parameters."""
        market_id = len(self.model.state.markets) + 1
        rules = OracleConfig(config.max_age, config.max_move, config.confirm, config.stale_move)
        assert self.chain.set_source(market_id, config) is None
        self.oracle.configure(market_id, rules, self.chain.now)
        self._report(market_id, price, self.chain.now)
        self._act(lambda: self.governance.list_market(_model(params)), lambda: self.chain.list_market(params))

    @recorded
    def report(self, *, market_id: int, price: int, age: int) -> None:
        """A price observed `age` seconds ago."""
        self._report(market_id, price, self.chain.now - age)

    def _report(self, market_id: int, price: int, timestamp: int) -> None:
        now, block = self.chain.now, self.chain.block
        self._act(
            lambda: self.source.report(market_id, price, timestamp, now, block),
            lambda: self.chain.report(market_id, price, timestamp),
        )

    @recorded
    def sync(self, *, market_ids: list[int]) -> None:
        now, block = self.chain.now, self.chain.block
        self._act(lambda: self.source.sync(market_ids, now, block), lambda: self.chain.sync(market_ids))

    @recorded
    def set_market(self, *, market_id: int, params: MarketParams) -> None:
        self._act(
            lambda: self.governance.set_market(market_id, _model(params)),
            lambda: self.chain.set_market(market_id, params),
        )

    @recorded
    def apply_market(self, *, market_id: int) -> None:
        self._same(self.governance.apply_market, self.chain.apply_market, market_id)

    @recorded
    def set_reduce_only(self, *, market_id: int, on: bool) -> None:
        self._same(self.governance.set_reduce_only, self.chain.set_reduce_only, market_id, on)

    @recorded
    def set_vault_fee_share(self, *, share_ppm: int) -> None:
        self._act(
            lambda: self.model.set_vault_fee_share(share_ppm),
            lambda: self.chain.set_vault_fee_share(share_ppm * WAD // 10**6),
        )

    @recorded
    def collect_treasury(self, *, receiver: str) -> None:
        self._same(self.model.collect_treasury, self.chain.collect_treasury, receiver)

    # -- accounts

    @recorded
    def open_account(self, *, sender: str) -> None:
        self._same(self.model.open_account, self.chain.open_account, sender)

    @recorded
    def deposit(self, *, sender: str, account_id: int, amount: int) -> None:
        self._same(self.model.deposit, self.chain.deposit, sender, account_id, amount)

    @recorded
    def withdraw(self, *, sender: str, account_id: int, amount: int, receiver: str) -> None:
        self._same(self.model.withdraw, self.chain.withdraw, sender, account_id, amount, receiver)

    @recorded
    def set_delegate(self, *, sender: str, account_id: int, delegate: str, expires_at: int) -> None:
        self._same(self.model.set_delegate, self.chain.set_delegate, sender, account_id, delegate, expires_at)

    @recorded
    def set_leverage(self, *, sender: str, account_id: int, market_id: int, leverage: int, hint: int) -> None:
        arguments = (sender, account_id, market_id, leverage, hint)
        self._same(self.model.set_leverage, self.chain.set_leverage, *arguments)

    @recorded
    def accrue_funding(self, *, market_id: int) -> None:
        self._same(self.model.accrue_funding, self.chain.accrue_funding, market_id)

    # -- orders

    @recorded
    def fill(
        self, *, sender: str, maker: Signed, taker: Signed, size: int, maker_hint: int, taker_hint: int
    ) -> None:
        self._remember(maker, taker)
        self._act(
            lambda: self._foreseen_fill(sender, maker, taker, size, maker_hint, taker_hint),
            lambda: self.chain.fill(
                sender,
                astuple(maker.order),
                self.chain.sign(*maker),
                astuple(taker.order),
                self.chain.sign(*taker),
                size,
                maker_hint,
                taker_hint,
            ),
        )

    def _foreseen_fill(self, sender: str, maker: Signed, taker: Signed, *rest: int) -> object:
        proofs = self._proof(maker), self._proof(taker)
        return self.model.fill(sender, maker.order, proofs[0], taker.order, proofs[1], *rest)

    @recorded
    def fill_batch(
        self, *, sender: str, makers: list[Signed], taker: Signed, sizes: list[int], hints: list[int]
    ) -> None:
        self._remember(*makers, taker)
        self._act(
            lambda: self._foreseen_fill_batch(sender, makers, taker, sizes, hints),
            lambda: self.chain.fill_batch(
                sender,
                [astuple(m.order) for m in makers],
                [self.chain.sign(*m) for m in makers],
                astuple(taker.order),
                self.chain.sign(*taker),
                sizes,
                hints,
            ),
        )

    def _foreseen_fill_batch(
        self, sender: str, makers: list[Signed], taker: Signed, sizes: list[int], hints: list[int]
    ) -> object:
        orders, proofs = [m.order for m in makers], [self._proof(m) for m in makers]
        return self.model.fill_batch(sender, orders, proofs, taker.order, self._proof(taker), sizes, hints)

    @recorded
    def cancel(self, *, sender: str, order: Order) -> None:
        self._same(self.model.cancel, self.chain.cancel, sender, order)

    @recorded
    def cancel_all(self, *, sender: str, account_id: int) -> None:
        self._same(self.model.cancel_all, self.chain.cancel_all, sender, account_id)

    # -- what must always hold

    @recorded
    def check(self, *, static: bool) -> None:
        """Every invariant that one state shows, and that everyone can leave."""
        self.check_invariants(static=static)
        with exits(self.reader(), self.cheapest) as prepared:
            invariants.exit_1(prepared)
        self.check_shareholders_leave()


def _model(params: MarketParams) -> ModelParams:
    return ModelParams(**asdict(params))
