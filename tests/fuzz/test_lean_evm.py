"""The lean interpreter loop is the standard one, only faster."""

import pytest

from scripts.sandbox.layout import Words
from tests.fuzz.episode import Episode
from tests.helpers.chain.boa_chain import BoaChain

STEPS = 30


def outcome(lean: bool, seed: int) -> tuple[Words, dict[str, int], int]:
    """Storage, refusals and gas after an episode."""
    chain = BoaChain(6, lean)
    deployed = chain.env.get_gas_used()
    episode = Episode(chain, 6, seed)
    episode.start()
    for _ in range(STEPS):
        episode.step()
    episode.check()
    return episode.actions.words(), dict(episode.actions.outcomes), chain.env.get_gas_used() - deployed


@pytest.mark.parametrize("seed", [1, 2])
def test_slim__same_episode__same_words_refusals_and_gas(seed: int) -> None:
    assert outcome(lean=True, seed=seed) == outcome(lean=False, seed=seed)


def test_slim__deep_stack_of_garbage__fails_alike() -> None:
    """Bytecode no compiler writes: a bad jump, an invalid opcode, no gas left, a stop at the end."""
    for code in ("6003565b00", "6000565b00", "fe", "5b600056", "60016002", "600160020160005260206000f3"):
        results = []
        for lean in (True, False):
            chain = BoaChain(6, lean)
            chain.env.set_code(chain.stranger, bytes.fromhex(code))
            done = chain.env.execute_code(to_address=chain.stranger, gas=50_000)
            results.append((done.is_error, done.output, done.get_gas_used()))
        assert results[0] == results[1], code
