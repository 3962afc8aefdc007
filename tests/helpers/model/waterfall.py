"""Liquidation, flag, deleveraging and relink: the half of Protocol that Waterfall.vy is on the chain."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from tests.helpers.model import flags, margin
from tests.helpers.model.accounts import Account, State
from tests.helpers.model.deleveraging import Deleveraging, Engine
from tests.helpers.model.errors import require
from tests.helpers.model.flags import Flagging
from tests.helpers.model.liquidation import Liquidated, Liquidation
from tests.helpers.model.views import NO_PRICE, Views


class Waterfall(Views):
    """Anyone may call all of it, but only for a liquidator's account of one's own."""

    def atomic(self) -> AbstractContextManager[State]:
        raise NotImplementedError

    def touch(self, market_id: int) -> None:
        raise NotImplementedError

    def authorized(self, sender: str, account_id: int) -> Account:
        raise NotImplementedError

    def liquidate(
        self,
        sender: str,
        account_id: int,
        market_id: int,
        size: int,
        liquidator_account_id: int,
        leverage: int,
        hint: int = 0,
    ) -> Liquidated:
        """`size` is a maximum; the receipt's `closed` is what the chain returns."""
        with self.atomic() as state:
            self.authorized(sender, liquidator_account_id)
            require(account_id != liquidator_account_id, "liq: own account")
            self._touch_priced(market_id)
            call = Liquidation(state, account_id, market_id, liquidator_account_id, self.mark, self.now)
            return call.run(size, leverage, hint)

    def flag_bankrupt(self, account_id: int) -> Flagging:
        with self.atomic() as state:
            return flags.flag_bankrupt(state, account_id, self.mark, self.now)

    def deleverage(self, account_id: int, market_id: int, ranked: Sequence[int]) -> Deleveraging:
        """`ranked` is verified; the receipt's `closed` is what the chain returns."""
        return self._deleverage(account_id, market_id, ranked, len(ranked))

    def deleverage_next(self, account_id: int, market_id: int, max_count: int) -> Deleveraging:
        return self._deleverage(account_id, market_id, None, max_count)

    def _deleverage(
        self, account_id: int, market_id: int, ranked: Sequence[int] | None, max_count: int
    ) -> Deleveraging:
        with self.atomic() as state:
            self._touch_priced(market_id)
            return Engine(state, account_id, market_id, self.mark, self.now, ranked, max_count).run()

    def relink(self, account_id: int, market_id: int, hint: int = 0) -> None:
        """Needs no price."""
        with self.atomic() as state:
            account = self._account(account_id)
            require(market_id in account.positions, "position: none")
            queue = state.queues[market_id]
            require(account_id in queue.parked, "queue: not parked")
            require(margin.equity(state, account, self.mark) > 0, "relink: no equity")
            queue.update(account_id, account.positions[market_id].place, hint)

    def _touch_priced(self, market_id: int) -> None:
        self.state.market(market_id)
        require(self.mark(market_id).valid, NO_PRICE)
        self.touch(market_id)
