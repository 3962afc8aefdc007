"""A short fuzz in every `make test`; the long one is `make fuzz`."""

from collections import Counter

import pytest

from tests.fuzz.episode import KINDS
from tests.fuzz.run import DECIMALS, EPISODE_STEPS, Runner, episodes

STEPS = 60
MOST_STORMS = 12
# Of tests/stateful/sights.py, what should be met within that many storms.
COMMON = (
    "liquidation of a part",
    "liquidation of a whole",
    "bankrupt: taken over, the vault pays",
    "bankrupt: taken over in parts",
    "round: three and more counterparties",
    "round: somebody passed over",
    "round: closed in part",
    "round: no insurance",
    "round: insurance for a part",
    "round: unused cover refunded",
    "round: bankrupt in several markets",
    "round: verified",
    "flagged anew",
    "GateRaised",
    "gate fell early",
    "Relinked",
)
REFUSALS = (
    "deleverage: adl: not top ranked",
    "deleverage: adl: insured",
    "liquidate: liq: deleverage",
    "liquidate: liq: not liquidatable",
    "withdraw: withdraw: gated",
)


@pytest.fixture(scope="module")
def runner() -> Runner:
    return Runner()


@pytest.mark.parametrize("decimals", DECIMALS)
@pytest.mark.parametrize("kind", list(KINDS))
def test_fuzz__one_episode__chain_and_model_agree(runner: Runner, kind: str, decimals: int) -> None:
    seed = list(KINDS).index(kind)
    runner.episode(seed, decimals, STEPS, lambda: None, kind)
    assert runner.outcomes["fill"] > 0


def test_storms__until_all_was_met__it_takes_a_few_episodes() -> None:
    """What is proposed leads somewhere: all of this happens, and model and chain agree on it."""
    runner = Runner()
    for seed in range(MOST_STORMS):
        runner.episode(seed, DECIMALS[seed % len(DECIMALS)], EPISODE_STEPS, lambda: None, "storm")
        sights = runner.sights + Counter({name: runner.outcomes[name] for name in REFUSALS})
        if not (never := [name for name in (*COMMON, *REFUSALS) if not sights[name]]):
            return
    pytest.fail(f"never met: {', '.join(never)}")


def test_episodes__of_one_seed__cover_the_steps_and_differ() -> None:
    plan = list(episodes(7, 1_001))
    assert sum(steps for _, _, steps in plan) == 1_001
    assert len({seed for seed, _, _ in plan}) == len(plan)
    assert {decimals for _, decimals, _ in plan} == set(DECIMALS)


def test_shrunk__a_wrong_model__leaves_only_what_it_takes(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fuzz sees a mistake, and says which actions show it."""
    from tests.fuzz.episode import Episode
    from tests.helpers.model.protocol import Protocol

    with runner.chain(6) as chain:
        episode = Episode(chain, 6, 3)
        episode.start()
        log = list(episode.actions.log)
    deposit = Protocol.deposit

    def forgetful(self: Protocol, sender: str, account_id: int, amount: int) -> None:
        deposit(self, sender, account_id, amount + (account_id == 2))

    monkeypatch.setattr(Protocol, "deposit", forgetful)
    assert runner.failure(log, 6) is not None
    assert [entry.name for entry in runner.shrunk(log, 6)] == ["open_account", "open_account", "deposit"]
