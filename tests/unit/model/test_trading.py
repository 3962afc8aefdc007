"""Every invariant holds on the model whatever happens."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from scripts.sandbox import invariants
from tests.helpers.model.errors import Revert
from tests.helpers.model.reader import ModelReader
from tests.unit.model.scenario import FILLER, NO_FEES, PARAMS, USD, WAD, Scenario

MARKETS = st.sampled_from([1, 2])
TRADERS = st.integers(1, 5)
TIERS = st.sampled_from([1, 2, 5, 10, 20])
# Odd sizes and prices, so that every division has a remainder; thousandths of the mark.
SIZES = st.integers(10**15, 3 * WAD)
OFFSETS = st.integers(-50, 50)


class Trading(RuleBasedStateMachine):
    """Five accounts trade, deposit, withdraw and change leverage while prices and time move."""

    params = PARAMS

    def __init__(self) -> None:
        super().__init__()
        self.world = Scenario(self.params)
        self.protocol = self.world.protocol
        self.reader = ModelReader(self.protocol, donated=3)

    @initialize(dollars=st.lists(st.integers(100, 5_000), min_size=5, max_size=5))
    def open_accounts(self, dollars: list[int]) -> None:
        self.protocol.set_vault_fee_share(333_333)
        for amount in dollars:
            self.world.trader("trader", amount)

    def attempt(self, action: Callable[[], object]) -> bool:
        """Do it if the model does not refuse; a refusal must leave no trace."""
        before = self.protocol.state.copy()
        try:
            action()
        except Revert:
            assert self.protocol.state == before
            return False
        return True

    @rule(
        taker=TRADERS, maker=TRADERS, size=SIZES, sign=st.sampled_from([1, -1]), offset=OFFSETS,
        leverage=TIERS, market_id=MARKETS,
    )  # fmt: skip
    def trade(
        self,
        taker: int,
        maker: int,
        size: int,
        sign: int,
        offset: int,
        leverage: int,
        market_id: int,
    ) -> None:
        """All accounts have one owner, so that MAR-2 binds every trade."""
        price = self.protocol.mark_price(market_id) * (1000 + offset) // 1000
        everyone = range(1, self.protocol.account_count() + 1)
        worth = invariants.sum_of_equities(self.reader, everyone)
        count = invariants.count_positions(self.reader, everyone)
        opening = [i for i in {taker, maker} if market_id not in self.world.account(i).positions]
        trade = (taker, maker, sign * size, price, leverage, market_id)
        if self.attempt(lambda: self.world.trade(*trade)):
            invariants.mar_2(self.reader, everyone, worth, count)
            invariants.mar_1(self.reader, opening)

    @rule(taker=TRADERS, market_id=MARKETS, part=st.integers(1, 2), offset=OFFSETS)
    def reduce_against_everybody(self, taker: int, market_id: int, part: int, offset: int) -> None:
        size = self.world.account(taker).size(market_id)
        others = [i for i in range(1, 6) if i != taker]
        price = self.protocol.mark_price(market_id) * (1000 + offset) // 1000
        if size == 0:
            return
        makers = [
            replace(self.world.order(i, size, price, market_id=market_id), reduce_only=i % 2 == 0)
            for i in others
        ]
        exit_order = self.world.order(taker, -size, price, market_id=market_id)
        self.attempt(
            lambda: self.protocol.fill_batch(
                FILLER,
                makers,
                [self.world.signature(maker) for maker in makers],
                replace(exit_order, reduce_only=True),
                self.world.signature(exit_order),
                [abs(size) // part // 4] * 4,
                [0] * 5,
            )
        )

    @rule(account_id=TRADERS, market_id=MARKETS, leverage=TIERS)
    def set_leverage(self, account_id: int, market_id: int, leverage: int) -> None:
        self.attempt(lambda: self.protocol.set_leverage("trader", account_id, market_id, leverage, 0))

    @rule(account_id=TRADERS, dollars=st.integers(1, 500))
    def deposit(self, account_id: int, dollars: int) -> None:
        self.protocol.deposit("trader", account_id, dollars * USD)

    @rule(account_id=TRADERS, parts=st.integers(1, 4))
    def withdraw(self, account_id: int, parts: int) -> None:
        """What may be withdrawn can be, and leaves nobody liquidatable."""
        amount = self.protocol.account_values(account_id).withdrawable // parts
        self.protocol.withdraw("trader", account_id, amount, "trader")
        if amount > 0:
            invariants.mar_1(self.reader, [account_id])

    @rule(market_id=MARKETS, thousandths=st.integers(850, 1_150))
    def move_price(self, market_id: int, thousandths: int) -> None:
        self.world.set_price(market_id, self.protocol.mark_price(market_id) * thousandths // 1000)

    @rule(seconds=st.integers(1, 20_000), market_id=MARKETS)
    def pass_time(self, seconds: int, market_id: int) -> None:
        self.protocol.now += seconds
        if seconds % 2 == 0:
            self.protocol.accrue_funding(market_id)

    @invariant()
    def all_hold(self) -> None:
        invariants.check_all(self.reader)


class FreeTrading(Trading):
    """Without fees nothing hides a unit gained by rounding from MAR-2."""

    params = replace(PARAMS, **NO_FEES)


TestTrading = Trading.TestCase
TestFreeTrading = FreeTrading.TestCase
