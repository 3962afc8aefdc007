"""The queue's column is what the chain does, to the unit: as the keeper's engine has it."""

from collections import Counter

import pytest

from keeper.strategy.deleveraging import predict
from keeper.strategy.ranking import top
from keeper.strategy.risk import shortfall
from keeper.types import Deleveraged, Round, RoundReceipt
from scripts.replay.policies import queue
from scripts.replay.rounds import case_of
from tests.keeper.parity.mirror import Mirror, play

STEPS = 70
SEEDS = (3, 5, 11, 17)


def rounds(mirror: Mirror) -> list[Round]:
    """Of every bankrupt leg, if the vault paid nothing, a half or all of what is short."""
    made = []
    for seen, market_id in mirror.legs():
        leg = seen.legs[market_id]
        if not (seen.is_bankrupt and leg.priced):
            continue
        needs = shortfall(seen, market_id)
        ranked = top(mirror.book, market_id, leg.size < 0, 256, leg.price)
        made += [
            predict(mirror.book, mirror.marks, seen, market_id, insurance, ranked, visits)
            for insurance in {0, needs // 2, needs}
            for visits in (2, 256)
        ]
    return made


def test_queue__every_round_of_storms__is_who_is_closed_and_for_how_much() -> None:
    sights: Counter[str] = Counter()
    for seed in SEEDS:
        for mirror in play(((6, 18)[seed % 2], seed, "storm"), STEPS):
            for made in rounds(mirror):
                case = case_of(mirror.book, RoundReceipt(made, 1, 1, "0x", 0), mirror.marks)
                hits = [visit for visit in made.visits if isinstance(visit, Deleveraged)]
                shares = queue(case)
                assert [(each.account_id, each.size, each.haircut) for each in shares] == [
                    (hit.counterparty, abs(hit.size), hit.haircut) for hit in hits
                ]
                equities = {
                    each.account_id: each.equity_after
                    for each in shares
                    if each.account_id in _single(mirror)
                }
                cash = {hit.counterparty: hit.cash for hit in hits if hit.left == 0}
                assert all(equities[each] == cash[each] for each in equities.keys() & cash.keys())
                sights["hit"] += len(hits)
                sights["passed over"] += len(made.visits) - len(hits)
                sights["partial"] += made.left > 0 and bool(hits)
                sights["closed whole"] += len(equities.keys() & cash.keys())
    missing = {"hit", "passed over", "partial", "closed whole"} - {name for name, n in sights.items() if n}
    if missing:
        pytest.fail(f"never met: {missing}")


def _single(mirror: Mirror) -> set[int]:
    """Accounts with one position, which are worth their cash once it is closed."""
    return {each for each in mirror.accounts if len(mirror.book.account(each).positions) == 1}
