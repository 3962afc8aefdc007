"""Rounds of deleveraging: predicted before, recomputed after, and what the chain's receipts say."""

from collections import Counter

import pytest
from hypothesis import given, settings

from keeper.strategy.deleveraging import predict
from keeper.strategy.flags import is_ripe
from keeper.strategy.ranking import Ranked, top
from keeper.strategy.risk import Standing, shortfall
from keeper.types import Round, RoundReceipt
from tests.keeper.parity.mirror import Mirror, episodes, play

STEPS = 70


def predicted(
    mirror: Mirror, seen: Standing, market_id: int, visits: int, *, verified: bool
) -> tuple[Round, list[Ranked]]:
    mark = mirror.marks[market_id]
    queue = top(mirror.book, market_id, seen.legs[market_id].size < 0, 256, mark.price)
    insurance = min(shortfall(seen, market_id), mirror.says("Lens", "insurance_capacity", market_id))
    made = predict(mirror.book, mirror.marks, seen, market_id, insurance, queue, visits, verified=verified)
    return made, queue


def same_round(mirror: Mirror, seen: Standing, market_id: int, visits: int, *, verified: bool) -> str:
    """Done on the chain and undone: what came of it."""
    made, queue = predicted(mirror, seen, market_id, visits, verified=verified)
    chain, account_id = mirror.chain, seen.account_id
    with chain.undone():
        if verified:
            listed = [each.account_id for each in queue[: len(made.visits)]]
            refusal = chain.deleverage(account_id, market_id, listed)
        else:
            refusal = chain.deleverage_next(account_id, market_id, visits)
        if refusal is None:
            mirror.follow()
            assert mirror.receipts[-1].round == made
    mirror.follow()
    insured = made.insurance == made.shortfall and not is_ripe(seen.flagged_at, chain.now)
    if insured:
        assert refusal == "adl: insured"
    elif not made.visits:
        assert refusal == "adl: no counterparties"
    else:
        assert refusal is None
    return refusal or "done"


@given(episodes)
@settings(max_examples=4)
def test_predict__every_bankrupt_leg_of_a_storm__is_the_receipt(episode: tuple[int, int, str]) -> None:
    for mirror in play(episode, STEPS):
        for seen, market_id in list(mirror.legs()):
            if seen.is_bankrupt and seen.legs[market_id].priced:
                for visits in (1, 256):
                    same_round(mirror, seen, market_id, visits, verified=visits == 256)
        assert mirror.differences == []


def test_check_round__storms_until_all_was_met__finds_nothing_wrong() -> None:
    sights: Counter[str] = Counter()
    wanted = {"Deleveraged", "PassedOver", "verified", "picked", "insured", "uninsured", "partial", "several"}
    for seed in (5, 11):
        receipts: list[RoundReceipt] = []
        for mirror in play(((6, 18)[seed % 2], seed, "storm"), 150):
            assert mirror.differences == []
            receipts = mirror.receipts
        for shown in (receipt.round for receipt in receipts):
            sights.update(type(visit).__name__ for visit in shown.visits)
            sights["verified" if shown.verified else "picked"] += 1
            sights["insured" if shown.insurance else "uninsured"] += 1
            sights["partial" if shown.left else "whole"] += 1
            sights["several" if len(shown.visits) > 2 else "few"] += 1
        if wanted <= sights.keys():
            return
    pytest.fail(f"never met: {wanted - sights.keys()}")
