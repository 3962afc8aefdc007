"""Liquidation, flags, deleveraging and relinking, done to the chain and to the model together.

Beyond the words of storage: what the chain logged is what the model says, and DESIGN section 13 holds of
every call that went through.
"""

from collections.abc import Callable

from scripts.sandbox import invariants_waterfall as rules
from scripts.sandbox.logs import Event
from scripts.sandbox.waterfall_snapshot import Snapshot, take
from tests.helpers import receipts
from tests.helpers.chain.logs import events
from tests.helpers.model.arithmetic import PPM, ceil_div, notional_up
from tests.helpers.model.deleveraging import NOT_TOP, Deleveraging
from tests.helpers.model.liquidation import Liquidated
from tests.helpers.model.reader import ModelReader
from tests.stateful import looks, sights
from tests.stateful.pair import Pair, recorded

HOUSE, VAULT = "ClearingHouse", "InsuranceVault"


class WaterfallActions(Pair):
    """Anyone may call all of it, a liquidator only for an account of its own."""

    @recorded
    def liquidate(
        self,
        *,
        sender: str,
        account_id: int,
        market_id: int,
        size: int,
        liquidator_account_id: int,
        leverage: int,
        hint: int,
    ) -> None:
        arguments = (sender, account_id, market_id, size, liquidator_account_id, leverage, hint)
        look = self._observer(account_id, market_id)
        before = look()
        receipt = self._same(self.model.liquidate, self.chain.liquidate, *arguments)
        if receipt is None:
            return
        self._expect(HOUSE, receipts.of_liquidation(self.model, receipt))
        self._paid(receipt)
        market, after = self.model.state.markets[market_id], look()
        assert before is not None
        assert after is not None
        rules.check_liquidation(before, after, receipt, market.params, self.model.decimals)
        notional = notional_up(receipt.closed, receipt.price, market.scale)
        most = ceil_div(notional * market.params.penalty_ppm, PPM)
        self.sights.update(sights.of_liquidation(before, receipt, most))

    @recorded
    def flag_bankrupt(self, *, account_id: int) -> None:
        account = self.model.state.accounts.get(account_id)
        was_flagged = account is not None and account.flag != 0
        receipt = self._same(self.model.flag_bankrupt, self.chain.flag_bankrupt, account_id)
        if receipt is None:
            return
        expected = receipts.of_flagging(receipt)
        self._expect(HOUSE, expected)
        self.sights.update(event.name for event in expected)
        if was_flagged and receipt.flagged_at is not None:
            self.sights["flagged anew"] += 1

    @recorded
    def deleverage(self, *, account_id: int, market_id: int, ranked: list[int]) -> None:
        arguments = (account_id, market_id, ranked)
        self._round(
            account_id,
            market_id,
            lambda: self._same(self.model.deleverage, self.chain.deleverage, *arguments),
        )

    @recorded
    def deleverage_next(self, *, account_id: int, market_id: int, max_count: int) -> None:
        model, chain, arguments = self.model, self.chain, (account_id, market_id, max_count)
        self._round(
            account_id,
            market_id,
            lambda: self._same(model.deleverage_next, chain.deleverage_next, *arguments),
        )

    @recorded
    def relink(self, *, account_id: int, market_id: int, hint: int) -> None:
        arguments = (account_id, market_id, hint)
        before = self.outcomes["relink"]
        self._same(self.model.relink, self.chain.relink, *arguments)
        if self.outcomes["relink"] > before:
            self._expect(HOUSE, [Event("Relinked", {"account_id": account_id, "market_id": market_id})])
            self.sights["Relinked"] += 1

    @recorded
    def look(self, *, account_id: int, holder: str) -> None:
        """Changes nothing: whether the views say what the model says of this account and this shareholder."""
        self.model.now = self.chain.viewed_at
        questions = [*looks.of_account(self.model, account_id), *looks.of_vault(self.model, holder)]
        found = self.chain.views([call for call, _ in questions])
        for (call, ask), said in zip(questions, found, strict=True):
            expected = looks.answer(ask)
            assert said == expected, f"{call}: the chain says {said}, the model {expected}"

    def _round(self, account_id: int, market_id: int, call: Callable[[], Deleveraging | None]) -> None:
        look, outcomes = self._observer(account_id, market_id), self.outcomes.copy()
        before = look()
        receipt = call()
        after = look()
        if receipt is None:
            (outcome,) = self.outcomes - outcomes
            if outcome.endswith(NOT_TOP) and before is not None and after is not None:
                rules.adl_6(before, after)
            return
        self._expect(HOUSE, receipts.of_deleveraging(self.model, receipt))
        self._paid(receipt)
        assert before is not None
        assert after is not None
        rules.check_deleveraging(before, after, receipts.as_round(receipt))
        self.sights.update(sights.of_deleveraging(before, receipt))

    def _paid(self, receipt: Liquidated | Deleveraging) -> None:
        """What the vault said, and when it paid."""
        self._expect(VAULT, receipts.of_vault(receipt))
        self.payments.add(self.model.now, receipt.insurance_paid)

    def _expect(self, address_of: str, expected: list[Event]) -> None:
        code = ("ClearingHouse", "Waterfall") if address_of == HOUSE else (address_of,)
        found = events(self.chain, address_of, code)
        assert found == expected, f"logged by {address_of}:\nchain {found}\nmodel {expected}"

    def _observer(self, account_id: int, market_id: int) -> Callable[[], Snapshot | None]:
        """Looks at an account's market from the side that it is on now; at nothing if no call can succeed.

        At the model, which is the chain to the last word and has not moved its clock.
        """
        self.model.now = self.chain.now
        account = self.model.state.accounts.get(account_id)
        if account is None or market_id not in account.positions or not self.model.mark(market_id).valid:
            return lambda: None
        is_long = account.size(market_id) > 0
        return lambda: take(ModelReader(self.model), account_id, market_id, is_long)
