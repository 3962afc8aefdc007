"""What both state machines share: thin rules over `Actions`, a chain put back after every run.

A rule draws one number and lets `Dealer` and `World` choose with it; hypothesis shrinks the sequence.
"""

from random import Random
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.helpers.chain.driver import Chain
from tests.helpers.dealer import Dealer
from tests.helpers.strategies import listing
from tests.helpers.world import World
from tests.stateful.actions import Actions

# Three times the profile's steps: what is interesting needs positions first.
LONG = settings(stateful_step_count=3 * settings().stateful_step_count)
seeds = st.integers(0, 2**32 - 1)
ACCOUNTS = 7
# Whole tokens an account starts with.
FUNDS = (2, 100, 5_000, 5_000, 50_000, 50_000, 1_000_000)


class TradingMachine(RuleBasedStateMachine):
    """`chain` is the deployment of the module that runs the machine; `static`: nothing moves but trades."""

    chain: ClassVar[Chain]
    static: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        self.deployed = self.chain.snapshot()
        self.actions = Actions(self.chain)
        self.dealer = Dealer(Random(0), self.chain, self.actions.model)
        self.world = World(self.dealer, self.actions.oracle, [])

    @initialize(seed=seeds, markets=st.sampled_from([1, 2, 2, 3, 9]))
    def start(self, seed: int, markets: int) -> None:
        rng = self.draw_with(seed)
        for _ in range(markets):
            each = listing(rng, self.chain.addresses["SignedSource"], 6, self.static)
            self.world.listings.append(each)
            self.actions.list_market(price=each.price, params=each.params, config=each.config)
        for funds in FUNDS:
            sender = self.dealer.anybody()
            self.actions.open_account(sender=sender)
            account_id = self.actions.model.account_count()
            self.actions.deposit(sender=sender, account_id=account_id, amount=funds * 10**6)

    def draw_with(self, seed: int) -> Random:
        self.dealer.rng = self.world.rng = Random(seed)
        return self.dealer.rng

    # -- trading: more rules for what matters more

    @rule(seed=seeds)
    def fill(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.fill(**self.dealer.fill())

    @rule(seed=seeds)
    def fill_again(self, seed: int) -> None:
        self.fill(seed)

    @rule(seed=seeds)
    def fill_among_own_accounts(self, seed: int) -> None:
        self.draw_with(seed)
        self.dealer.conspire()
        self.actions.fill(**self.dealer.fill())
        self.dealer.disperse()

    @rule(seed=seeds)
    def fill_batch(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.fill_batch(**self.dealer.fill_batch())

    @rule(seed=seeds)
    def set_leverage(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.set_leverage(**self.dealer.set_leverage())

    @rule(seed=seeds)
    def cancel(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.cancel(**self.dealer.cancel())

    @rule(seed=seeds)
    def cancel_all(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.cancel_all(**self.dealer.cancel_all())

    # -- accounts

    @rule(seed=seeds)
    def deposit(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.deposit(**self.dealer.deposit())

    @rule(seed=seeds)
    def withdraw(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.withdraw(**self.dealer.withdraw())

    @rule(seed=seeds)
    def set_delegate(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.set_delegate(**self.dealer.set_delegate())

    @precondition(lambda self: self.actions.model.account_count() < 2 * ACCOUNTS)
    @rule(seed=seeds)
    def open_account(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.open_account(**self.dealer.open_account())

    # -- what must always hold

    @invariant()
    def all_invariants_hold(self) -> None:
        """Equality with the model is part of every action."""
        self.actions.check_invariants(static=self.static)

    def teardown(self) -> None:
        if self.actions.log:
            self.actions.check(static=self.static)
        self.chain.restore(self.deployed)
