"""Everything moves: prices, time, staleness, the breaker, funding, parameters, reduce-only."""

import pytest
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.helpers.chain.ape_chain import ApeChain
from tests.stateful.machine import LONG, TradingMachine, seeds


class DynamicMarket(TradingMachine):
    static = False

    @rule(seed=seeds)
    def report(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.report(**self.world.report())

    @rule(seed=seeds)
    def report_again(self, seed: int) -> None:
        self.report(seed)

    @rule(seed=seeds)
    def wait(self, seed: int) -> None:
        """And touch a market, so that there is a block."""
        self.draw_with(seed)
        self.actions.wait(**self.world.wait())
        self.actions.accrue_funding(**self.world.accrue_funding())

    @rule(seed=seeds)
    def sync(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.sync(**self.world.sync())

    @rule(seed=seeds)
    def set_market(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.set_market(**self.world.set_market())

    @rule(seed=seeds)
    def apply_market(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.apply_market(**self.world.apply_market())

    @rule(seed=seeds)
    def set_reduce_only(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.set_reduce_only(**self.world.set_reduce_only())

    @rule(seed=seeds)
    def set_vault_fee_share(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.set_vault_fee_share(**self.world.set_vault_fee_share())

    @rule(seed=seeds)
    def collect_treasury(self, seed: int) -> None:
        self.draw_with(seed)
        self.actions.collect_treasury(**self.world.collect_treasury())


@pytest.mark.slow
def test_dynamic_market__anything__invariants_hold_and_model_agrees(chain: ApeChain) -> None:
    machine = type("DynamicMarketOnApe", (DynamicMarket,), {"chain": chain})
    run_state_machine_as_test(machine, settings=LONG)
