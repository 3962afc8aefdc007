"""MAR-2 by trial: pairs of accounts trade with one another, at prices better for one and then for the other.

A sample, drawn anew from the same seed: what it does not find is not proven.
"""

import random
from dataclasses import dataclass

from keeper.arithmetic import LEVERAGES, WAD
from scripts.sandbox.history import Doubtful
from scripts.sandbox.invariants import check
from scripts.sandbox.orders import Order
from scripts.sandbox.reader import Reader
from scripts.sandbox.simulation import Call, view
from scripts.sandbox.words import HOUSE

PAIRS, TRADES = 50, 4
# Of the smaller equity, that a trade's notional is worth.
LOWEST, HIGHEST = 0.01, 5.0


@dataclass(frozen=True)
class Pair:
    """Two accounts with their equities, and how many positions they have together."""

    accounts: tuple[int, int]
    equities: tuple[int, int]
    positions: int


def mar_2(reader: Reader, seed: int = 1) -> int:
    """How many trades were made. Without fees, which would hide a gain; the marks stand still."""
    rng, trial = random.Random(seed), reader.trial
    pairs = _pairs(reader, rng)
    everyone = [account_id for pair in pairs for account_id in pair.accounts]
    prepared = trial.loosened(maker_fee=0, taker_fee=0) + [trial.delegated(i) for i in everyone]
    marks = {m: mark for m in reader.market_ids() if (mark := reader.valid_mark(m)) is not None}
    trades = [_trade(reader, rng, marks, pair, salt) for pair in pairs for salt in range(TRADES) if marks]
    house = reader.system.clearing_house.address
    valued = [view(house, HOUSE, "account_values", account_id) for account_id in everyone]

    outcomes = iter(trial.run([*prepared, *trades, *valued]))
    if refused := [each for _ in prepared if (each := next(outcomes).refusal)]:
        raise Doubtful(f"trades cannot be tried: {refused[0]}")
    made = sum(next(outcomes).succeeded for _ in trades)
    for pair in pairs:
        after = sum(next(outcomes).answer(HOUSE, "account_values")[0] for _ in pair.accounts)
        gained = after - sum(pair.equities)
        found = ("accounts, gained, positions", pair.accounts, gained, pair.positions)
        check("MAR-2", gained <= pair.positions, found)
    return made


def _pairs(reader: Reader, rng: random.Random) -> list[Pair]:
    """Of accounts that are worth something, nobody in two of them."""
    worth = {}
    for account_id in range(1, reader.account_count() + 1):
        values = reader.priced_values(account_id)
        if values is not None and values.equity > 0:
            worth[account_id] = values.equity
    chosen = rng.sample(sorted(worth), min(2 * PAIRS, len(worth) // 2 * 2))
    return [
        Pair((a, b), (worth[a], worth[b]), len(reader.open_markets(a)) + len(reader.open_markets(b)))
        for a, b in zip(chosen[::2], chosen[1::2], strict=True)
    ]


def _trade(reader: Reader, rng: random.Random, marks: dict[int, int], pair: Pair, salt: int) -> Call:
    """Within the band; of the two either may buy, and the margin may not suffice."""
    market_id = rng.choice(sorted(marks))
    mark, params = marks[market_id], reader.trial.params[market_id]
    away = mark * params.price_band // WAD
    price = mark + rng.randint(-away, away)
    notional = int(rng.uniform(LOWEST, HIGHEST) * min(pair.equities))
    size = max(notional * reader.trial.scale // mark, 1)
    leverage = rng.choice([each for each in LEVERAGES if each <= params.max_leverage])
    sizes = rng.choice(((size, -size), (-size, size)))
    maker, taker = (
        Order(i, market_id, signed, price, leverage, epoch=reader.epoch(i), salt=salt)
        for i, signed in zip(rng.sample(pair.accounts, 2), sizes, strict=True)
    )
    return reader.trial.fill(maker, taker, size)
