"""Trading while no price moves and nothing is funded: MAR-1 and MAR-2 hold to the unit."""

import pytest
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.helpers.chain.ape_chain import ApeChain
from tests.stateful.machine import LONG, TradingMachine
from tests.stateful.wealth import Wealth


class StaticMarket(TradingMachine):
    static = True

    def __init__(self) -> None:
        super().__init__()
        self.wealth = Wealth(self.actions.model)
        self.seen = 0

    @invariant()
    def all_invariants_hold(self) -> None:
        """Here nobody ever becomes liquidatable, and nobody gains by trading with itself."""
        reader = self.actions.check_invariants(static=True)
        if len(self.actions.log) > self.seen:
            self.wealth.after(self.actions.log[-1], reader)
            self.seen = len(self.actions.log)


@pytest.mark.slow
def test_static_market__any_trades__invariants_hold_and_model_agrees(chain: ApeChain) -> None:
    machine = type("StaticMarketOnApe", (StaticMarket,), {"chain": chain})
    run_state_machine_as_test(machine, settings=LONG)
