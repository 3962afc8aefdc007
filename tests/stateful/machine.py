"""What both state machines share: thin rules over `Actions`, a chain put back after every run.

A rule draws one number, with which the company chooses what happens in the state of the moment.
"""

from random import Random
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.helpers.chain.driver import Chain
from tests.helpers.dealer import ERRANDS, TRADES
from tests.helpers.insurer import DEPOSITS, LIMITS
from tests.helpers.rescuer import RESCUES
from tests.helpers.strategies import listing, weighted
from tests.stateful.actions import Actions
from tests.stateful.company import TRIES, Company

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
        self.company = Company(self.actions, Random(0), [])
        self.world, self.insurer = self.company.world, self.company.insurer

    @initialize(seed=seeds, markets=st.sampled_from([1, 2, 2, 3, 9]))
    def start(self, seed: int, markets: int) -> None:
        rng = self.draw_with(seed)
        for _ in range(markets):
            each = listing(rng, self.chain.addresses["SignedSource"], 6, self.static)
            self.world.listings.append(each)
            self.actions.list_market(price=each.price, params=each.params, config=each.config)
        for account_id, funds in enumerate(FUNDS, start=1):
            sender = self.company.dealer.anybody()
            self.actions.open_account(sender=sender)
            self.actions.deposit(sender=sender, account_id=account_id, amount=funds * 10**6)
        self.actions.replay(self.company.fund_vault())
        for _ in range(FIRST_TRADES):
            self.do("fill", TRIES)

    def draw_with(self, seed: int) -> Random:
        """Hypothesis likes small numbers and repeats itself: the place in the log makes them differ."""
        rng = Random(f"{seed} {len(self.actions.log)}")
        self.company.draw_from(rng)
        return rng

    def do(self, name: str, tries: int = 1) -> None:
        self.actions.replay([self.company.proposal(name, tries)])

    @rule(seed=seeds)
    def trade(self, seed: int) -> None:
        rng = self.draw_with(seed)
        self.do(weighted(rng, TRADES), rng.choice((1, TRIES)))

    @rule(seed=seeds)
    def trade_more(self, seed: int) -> None:
        self.trade(seed)

    @rule(seed=seeds)
    def trade_among_own_accounts(self, seed: int) -> None:
        self.draw_with(seed)
        self.company.conspire()
        self.do("fill", TRIES)
        self.company.disperse()

    @rule(seed=seeds)
    def run_an_errand(self, seed: int) -> None:
        self.do(weighted(self.draw_with(seed), ERRANDS))

    @rule(seed=seeds)
    def insure(self, seed: int) -> None:
        self.do(weighted(self.draw_with(seed), {**DEPOSITS, **LIMITS}))

    @rule(seed=seeds)
    def try_a_rescue(self, seed: int) -> None:
        """Whether there is somebody to be rescued or not."""
        self.do(weighted(self.draw_with(seed), RESCUES))

    @invariant()
    def all_invariants_hold(self) -> None:
        """Equality with the model is part of every action."""
        self.actions.check_invariants(static=self.static)

    def teardown(self) -> None:
        if self.actions.log:
            self.actions.check(static=self.static)
        self.chain.restore(self.deployed)
