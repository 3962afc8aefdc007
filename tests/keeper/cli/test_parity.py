"""What `plimsoll account` and `plimsoll queue` say, against what the contracts then do."""

from random import Random

from hypothesis import given, settings

from keeper.cli.views.account import AccountView, LegView, TierView, account_view
from keeper.cli.views.queue import queue_view
from tests.keeper.parity.mirror import HOUSE, Mirror, episodes, play

STEPS = 40
# Steps between two comparisons.
PAUSE = 10
# Reasons of the contracts by those of the view; a refusal for margin is tried with the missing deposit.
REASONS = {
    "no valid price": ("oracle: no valid price", "margin: unpriced leg"),
    "above the maximum": ("market: bad leverage",),
    "parked, no equity": ("relink: no equity",),
    "margin": ("margin: insufficient",),
}
# What the faucet gives in one call.
DRIP = 10**6


def units(mirror: Mirror, tier: TierView) -> int:
    return int(tier.missing * (10**36 // mirror.chain.scale))


def deposit(mirror: Mirror, account_id: int, amount: int) -> None:
    chain, stranger = mirror.chain, mirror.chain.stranger
    house = chain.addresses["ClearingHouse"]
    assert chain.send(stranger, "FaucetToken", "drip", stranger, amount) is None
    assert chain.send(stranger, "FaucetToken", "approve", house, amount) is None
    assert chain.send(stranger, HOUSE, "deposit", account_id, amount) is None


def lowered(
    mirror: Mirror, view: AccountView, leg: LegView, tier: TierView, extra: int
) -> tuple[str | None, int]:
    """What `set_leverage` answers after a deposit of `extra`, and the rank afterwards; undone."""
    before = mirror.chain.snapshot()
    owner = mirror.says(HOUSE, "owner_of", view.account_id)
    if extra:
        deposit(mirror, view.account_id, extra)
    reason = mirror.chain.send(owner, HOUSE, "set_leverage", view.account_id, leg.market_id, tier.leverage, 0)
    rank = 0
    if reason is None:
        queue = mirror.says("Lens", "adl_queue", leg.market_id, leg.side == "long", 0, 256)
        rank = queue.index(view.account_id) + 1
    mirror.chain.restore(before)
    return reason, rank


def check_tier(mirror: Mirror, view: AccountView, leg: LegView, tier: TierView) -> None:
    missing = units(mirror, tier)
    reason, rank = lowered(mirror, view, leg, tier, 0)
    if not tier.refusal:
        assert (reason, rank) == (None, tier.rank)
        return
    assert reason in REASONS[tier.refusal]
    if tier.refusal == "margin" and missing <= DRIP * 10**36 // mirror.chain.scale:
        assert lowered(mirror, view, leg, tier, missing) == (None, tier.rank)
        if missing > 1:
            assert lowered(mirror, view, leg, tier, missing - 1)[0] == "margin: insufficient"


def check_queue(mirror: Mirror, market_id: int, is_long: bool) -> None:
    view = queue_view(mirror.book, mirror.chain.now, market_id, is_long, 256)
    said = mirror.says("Lens", "adl_queue", market_id, is_long, 0, 256)
    assert view.price_is_valid == (said is not None)
    if said is not None:
        assert [row.account_id for row in view.rows] == list(said)
        assert view.ranked + view.parked == mirror.says(HOUSE, "position_count", market_id, is_long)


@given(episodes)
@settings(max_examples=4)
def test_views__random_episodes__what_the_contracts_do(episode: tuple[int, int, str]) -> None:
    rng = Random(episode[1])
    for step, mirror in enumerate(play(episode, STEPS)):
        if step % PAUSE:
            continue
        for market_id in mirror.marks:
            check_queue(mirror, market_id, is_long=True)
            check_queue(mirror, market_id, is_long=False)
        for account_id in mirror.accounts:
            view = account_view(mirror.book, mirror.chain.now, account_id)
            assert mirror.says(HOUSE, "owner_of", account_id).lower() == view.owner
            for leg in view.legs:
                if leg.lower:
                    check_tier(mirror, view, leg, rng.choice(leg.lower))
