"""What both state machines share: thin rules over `Actions`, a chain put back after every run.

A rule draws one number, with which `Dealer` and `World` choose what happens in the state of the moment.
"""

from random import Random
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.helpers.chain.driver import Chain
from tests.helpers.dealer import ERRANDS, TRADES, Dealer
from tests.helpers.strategies import listing, weighted
from tests.helpers.world import World
from tests.stateful.actions import Actions
from tests.stateful.pair import Entry

# Three times the profile's steps: what is interesting needs positions first.
LONG = settings(stateful_step_count=3 * settings().stateful_step_count)
seeds = st.integers(0, 2**32 - 1)
# Whole tokens that accounts start with.
FUNDS = (2, 100, 5_000, 5_000, 50_000, 50_000, 1_000_000)
FIRST_TRADES = 8


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
        for account_id, funds in enumerate(FUNDS, start=1):
            sender = self.dealer.anybody()
            self.actions.open_account(sender=sender)
            self.actions.deposit(sender=sender, account_id=account_id, amount=funds * 10**6)
        for _ in range(FIRST_TRADES):
            self.do("fill", self.dealer)

    def draw_with(self, seed: int) -> Random:
        """Hypothesis likes small numbers and repeats itself: the place in the log makes them differ."""
        rng = Random(f"{seed} {len(self.actions.log)}")
        self.dealer.rng = self.world.rng = rng
        return rng

    def do(self, name: str, proposer: Dealer | World) -> None:
        self.actions.replay([Entry(name, getattr(proposer, name)())])

    @rule(seed=seeds)
    def trade(self, seed: int) -> None:
        self.do(weighted(self.draw_with(seed), TRADES), self.dealer)

    @rule(seed=seeds)
    def trade_more(self, seed: int) -> None:
        self.trade(seed)

    @rule(seed=seeds)
    def trade_among_own_accounts(self, seed: int) -> None:
        self.draw_with(seed)
        self.dealer.conspire()
        self.do("fill", self.dealer)
        self.dealer.disperse()

    @rule(seed=seeds)
    def run_an_errand(self, seed: int) -> None:
        self.do(weighted(self.draw_with(seed), ERRANDS), self.dealer)

    @invariant()
    def all_invariants_hold(self) -> None:
        """Equality with the model is part of every action."""
        self.actions.check_invariants(static=self.static)

    def teardown(self) -> None:
        if self.actions.log:
            self.actions.check(static=self.static)
        self.chain.restore(self.deployed)
