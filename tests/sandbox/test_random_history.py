"""A random storm on Anvil: read as the tests' own reader reads it, and judged to be sound throughout."""

from types import SimpleNamespace
from typing import Any

import pytest
from ape import Project
from ape import chain as ape_chain
from web3 import Web3

from scripts.sandbox import bargains, invariants
from scripts.sandbox.history import read_history
from scripts.sandbox.past import Past
from scripts.sandbox.reader import Reader
from scripts.sandbox.verdicts import Verdicts
from tests.fuzz.episode import Episode
from tests.helpers.chain.ape_chain import ApeChain
from tests.helpers.chain.reader import exits

# At least, and until there was a liquidation and a round; that many at most.
STEPS, MOST = 250, 1_000
SIDES = (True, False)


class Storm:
    """Prices crash, liquidators, keepers and depositors are about; seen from the node that it was on."""

    def __init__(self, project: Project, seed: int, decimals: int) -> None:
        self.decimals = decimals
        self.episode = Episode(ApeChain(project, decimals), decimals, seed, "storm")
        self.episode.start()
        self.actions = self.episode.actions
        while self.episode.steps < STEPS or (self.episode.steps < MOST and not self.is_eventful()):
            self.episode.step()
        self.w3: Web3 = ape_chain.provider.web3
        names = {
            "token": "FaucetToken",
            "router": "OracleRouter",
            "governance": "Governance",
            "exchange": "Exchange",
            "vault": "InsuranceVault",
            "clearing_house": "ClearingHouse",
            "lens": "Lens",
        }
        addresses = self.actions.chain.addresses
        handles = {part: SimpleNamespace(address=addresses[name]) for part, name in names.items()}
        self.system: Any = SimpleNamespace(**handles)

    def is_eventful(self) -> bool:
        outcomes = self.actions.outcomes
        return outcomes["liquidate"] > 0 and outcomes["deleverage"] + outcomes["deleverage_next"] > 0

    def read(self) -> Reader:
        owner = self.actions.chain.owner
        return Reader(self.w3, self.system, owner, int(self.w3.eth.block_number))


@pytest.fixture(scope="module", params=[(6, 6), (6, 18)], ids=["6-decimals", "18-decimals"])
def storm(request: pytest.FixtureRequest, project: Project) -> Storm:
    seed, decimals = request.param
    return Storm(project, seed, decimals)


@pytest.mark.slow
def test_reader__after_a_storm__reads_what_the_tests_reader_reads(storm: Storm) -> None:
    ours, theirs = storm.read(), storm.actions.reader()
    assert ours.words == {name: theirs.words[name] for name in ours.words}
    assert (ours.total_cash(), ours.token_balance()) == (theirs.total_cash(), theirs.token_balance())
    for m in ours.market_ids():
        assert ours.valid_mark(m) == theirs.valid_mark(m)
        for is_long in SIDES if ours.valid_mark(m) is not None else ():
            queue = ours.adl_queue(m, is_long, 0, invariants.PAGE)
            assert queue == theirs.adl_queue(m, is_long, 0, invariants.PAGE)
            assert ours.adl_queue(m, is_long, 2, 3) == queue[2:5]
    for i in invariants.accounts(ours):
        assert ours.priced_values(i) == theirs.priced_values(i)
        assert ours.is_liquidatable(i) == theirs.is_liquidatable(i)


@pytest.mark.slow
def test_reader__after_a_storm__lets_leave_whom_the_tests_reader_lets_leave(storm: Storm) -> None:
    ours = storm.read()
    with exits(storm.actions.reader(), ours.trial.cheapest) as theirs:
        for account_id, market_id in ours.refusals:
            if market_id:
                expected = theirs.refusal_of_close(account_id, market_id)
                assert ours.refusal_of_close(account_id, market_id) == expected
            else:
                cash = ours.cash(account_id)
                expected = theirs.refusal_of_withdrawal(account_id, cash)
                assert ours.refusal_of_withdrawal(account_id, cash) == expected
    assert ours.refusals


@pytest.mark.slow
def test_past__storm__is_sound(storm: Storm) -> None:
    reader, verdicts = storm.read(), Verdicts()
    past = Past(storm.w3, storm.system, storm.decimals, verdicts)
    past.judge(read_history(storm.w3, 0, reader.block), 0, reader, lambda _: None)
    for invariant in (invariants.acc_1, invariants.pos_1, invariants.que_1, invariants.que_2):
        invariant(reader)
    assert bargains.mar_2(reader) > 0
    assert verdicts.broken == {}
    outcomes = storm.actions.outcomes
    assert storm.is_eventful()
    assert len(past.chronicle.rounds) == outcomes["deleverage"] + outcomes["deleverage_next"]
    assert not [each for each in past.chronicle.rounds if each.differences]
