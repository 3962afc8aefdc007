"""Everything moves: prices, time, staleness, the breaker, funding, parameters, reduce-only."""

import pytest
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from tests.helpers.chain.ape_chain import ApeChain
from tests.helpers.strategies import weighted
from tests.helpers.world import DECISIONS, EVENTS
from tests.stateful.machine import LONG, TradingMachine, seeds


class DynamicMarket(TradingMachine):
    static = False

    @rule(seed=seeds)
    def let_something_happen(self, seed: int) -> None:
        self.do(weighted(self.draw_with(seed), EVENTS))

    @precondition(lambda self: self.world.stale() is not None)
    @rule(seed=seeds)
    def wait_for_a_price(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.wait(**self.world.patience())
        self.do("report")

    @rule(seed=seeds)
    def govern(self, seed: int) -> None:
        self.do(weighted(self.draw_with(seed), DECISIONS))

    @precondition(lambda self: self.world.is_frozen())
    @rule(seed=seeds)
    def unfreeze(self, seed: int) -> None:
        self.draw_with(seed)
        self.do("set_reduce_only")

    @rule(seed=seeds)
    def crash(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.replay(self.company.crash())

    @precondition(lambda self: bool(self.insurer.patients()))
    @rule(seed=seeds)
    def rescue(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.replay([self.company.rescue()])

    @precondition(lambda self: bool(self.insurer.patients()))
    @rule(seed=seeds)
    def rescue_more(self, seed: int) -> None:
        self.rescue(seed)


@pytest.mark.slow
def test_dynamic_market__anything__invariants_hold_and_model_agrees(chain: ApeChain) -> None:
    machine = type("DynamicMarketOnApe", (DynamicMarket,), {"chain": chain})
    run_state_machine_as_test(machine, settings=LONG)
