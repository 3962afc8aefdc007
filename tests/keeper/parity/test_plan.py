"""Plans carried out on the chain: no action reverts, and while prices stand still there is an end."""

from collections import Counter
from random import Random

from hypothesis import given, settings

from keeper.strategy.flags import GRACE, is_spent
from keeper.strategy.plan import plan
from keeper.strategy.ranking import top
from keeper.strategy.risk import shortfall
from keeper.types import (
    Accrue,
    Action,
    Deleverage,
    DeleverageNext,
    Flag,
    Limits,
    Liquidate,
    Own,
    Plan,
    Publish,
    Relink,
    Sync,
    Update,
)
from tests.keeper.parity.mirror import HOUSE, Mirror, episodes, play

STEPS = 60
PAUSE = 4
# Blocks after which nothing may be left to be done.
PATIENCE = 60
# Few visits, so that rounds take several blocks.
NARROW = Limits(max_list=2, accrue_after=600)


def carried_out(mirror: Mirror, action: Action) -> str | None:
    chain = mirror.chain
    match action:
        case Liquidate():
            owner = mirror.says(HOUSE, "owner_of", action.liquidator_account_id)
            return chain.liquidate(
                *(owner, action.account_id, action.market_id, action.size, action.liquidator_account_id),
                *(action.leverage, action.hint),
            )
        case Flag():
            return chain.flag_bankrupt(action.account_id)
        case Deleverage():
            return chain.deleverage(action.account_id, action.market_id, action.ranked)
        case DeleverageNext():
            return chain.deleverage_next(action.account_id, action.market_id, action.max_count)
        case Relink():
            return chain.relink(action.account_id, action.market_id, action.hint)
        case Accrue():
            return chain.accrue_funding(action.market_id)
        case Sync():
            return chain.sync(list(action.market_ids))
        case Publish() | Update():
            raise AssertionError("not planned here")


def planned(mirror: Mirror, limits: Limits, own_id: int, synced: dict[int, int]) -> Plan:
    return plan(mirror.book, mirror.marks, mirror.facts(), limits, Own(own_id), synced=synced)


def until_done(mirror: Mirror, limits: Limits, own_id: int) -> Counter[str]:
    """Plan and do, block by block, until there is nothing left to be done."""
    done: Counter[str] = Counter()
    synced: dict[int, int] = {}
    for _ in range(PATIENCE):
        mirror.follow()
        made = planned(mirror, limits, own_id, synced)
        if not made.actions:
            return done
        for action in made.actions:
            refusal = carried_out(mirror, action)
            assert refusal is None, f"{action}: {refusal}"
            done[type(action).__name__] += 1
            if isinstance(action, Sync):
                synced |= dict.fromkeys(action.market_ids, mirror.chain.now)
        mirror.chain.wait(1)
    # A poor keeper may go on taking parts of a large long and of a large short that offset one another.
    wanting = {(f.account_id, f.market_id) for f in made.findings if f.kind == "capacity"}
    for action in made.actions:
        assert isinstance(action, Liquidate), f"no end: {made}"
        assert (action.account_id, action.market_id) in wanting, f"no end: {made}"
    return done


def nothing_is_missed(mirror: Mirror) -> None:
    """Who is still bankrupt is flagged, and what of it could be deleveraged has nobody on the other side."""
    for account_id in mirror.accounts:
        seen = mirror.standing(account_id)
        if seen.is_bankrupt:
            assert not is_spent(seen.flagged_at, mirror.chain.now)
        for market_id, leg in seen.legs.items():
            if seen.is_bankrupt and leg.priced:
                needs = shortfall(seen, market_id)
                if needs > mirror.says("Lens", "insurance_capacity", market_id):
                    assert top(mirror.book, market_id, leg.size < 0, 1, leg.price) == []


def all_done(mirror: Mirror, rng: Random) -> Counter[str]:
    """By somebody rich, by nobody, by somebody of the episode; after the grace, too."""
    done: Counter[str] = Counter()
    chain = mirror.chain
    for limits in (Limits(accrue_after=600), NARROW):
        own_id = rng.choice((0, len(mirror.accounts) + 1, rng.choice(mirror.accounts)))
        with chain.undone():
            if own_id > len(mirror.accounts):
                assert chain.open_account(chain.traders[0]) is None
                assert chain.deposit(chain.stranger, own_id, 2**100) is None
            for seconds in (1, GRACE):
                chain.wait(seconds)
                done += until_done(mirror, limits, own_id)
                nothing_is_missed(mirror)
        mirror.follow()
    return done


@given(episodes)
@settings(max_examples=4)
def test_plan__at_any_moment_of_a_storm__is_carried_out_and_ends(episode: tuple[int, int, str]) -> None:
    rng = Random(episode[1])
    for step, mirror in enumerate(play(episode, STEPS)):
        if step % PAUSE == 0:
            all_done(mirror, rng)


def test_plan__storms__all_kinds_of_actions_are_met() -> None:
    done: Counter[str] = Counter()
    for episode in ((6, 4, "storm"), (18, 5, "storm"), (6, 12, "storm"), (18, 3, "many markets")):
        rng = Random(episode[1])
        for step, mirror in enumerate(play(episode, 100)):
            if step % PAUSE == 0:
                done += all_done(mirror, rng)
    assert {"Liquidate", "Flag", "Deleverage", "DeleverageNext", "Relink", "Accrue"} <= done.keys()
