"""Stories as a demonstration would tell them, drawn from a seed: plausible, not computed by the contracts."""

import random
from dataclasses import replace

from scripts.demo.story import (
    Action,
    Hit,
    Liquidation,
    Market,
    Refusal,
    Round,
    Sample,
    Scenario,
    Story,
    Trader,
)
from scripts.sandbox.invariants import STATEMENTS
from scripts.sandbox.parameters import WAD

TOKEN = 10**6
# 10 October 2025, 20:30 UTC.
START = 1_760_128_200
MARKETS = (Market(1, "BTC"), Market(2, "ETH"), Market(3, "SOL"))
PRICES = {1: 117_000, 2: 3_900, 3: 195}
# How far each falls at worst, parts of a hundred.
FALLS = {1: 14, 2: 20, 3: 28}
INSURANCE = 60_000 * TOKEN
WORST = 0.6


def quiet(blocks: int = 1) -> Story:
    """Prices were reported and nothing else happened."""
    story = Story(scenario=_scenario(blocks, traders=0), markets=MARKETS, insurance_before=INSURANCE)
    story.samples = [_sample(number, blocks, random.Random(1)) for number in range(blocks)]
    story.invariants = dict.fromkeys(STATEMENTS, True)
    return story


def small() -> Story:
    """Two blocks, two liquidations, one round, in numbers that are easy to follow."""
    story = Story(
        Scenario("small", "two blocks", START, START + 60, 7, 3), MARKETS[:1], insurance_before=2_000 * TOKEN
    )
    story.phase, story.done, story.total = "the crash", 1, 4
    whole, two_thirds = {1: 30 * WAD}, {1: 20 * WAD}
    story.samples = [
        Sample(1_000, START, {1: 1_500 * WAD}, (1,), whole, 2_000 * TOKEN, 500 * TOKEN, 0, 0),
        Sample(1_001, START + 60, {1: 1_200 * WAD}, (), two_thirds, 1_750 * TOKEN, 250 * TOKEN, 4, 3),
    ]
    story.liquidations = [
        Liquidation(1_001, START + 60, 1, 11, True, 5 * WAD, 1_200 * WAD, 0, 40 * TOKEN, True),
        Liquidation(1_001, START + 60, 1, 12, True, 2 * WAD, 1_200 * WAD, 7 * TOKEN, 0, False),
    ]
    hits = (
        Hit(21, 1, 3 * WAD, 20, 2 * WAD, 600 * TOKEN, 60 * TOKEN, 0),
        Hit(22, 2, WAD, 10, WAD, 150 * TOKEN, 30 * TOKEN, 4 * WAD),
    )
    story.rounds = [
        Round(
            1_001, START + 60, "0x" + "12" * 32, 1, 13, True, 3 * WAD, 1_200 * WAD, 1_230 * WAD, 300 * TOKEN,
            210 * TOKEN, 90 * TOKEN, 3 * WAD, 0, True, True, hits, (77,),
        )
    ]  # fmt: skip
    story.refusals = [
        Refusal(1_001, START + 60, "0x" + "34" * 32, 1, 13, 21, 1, (22, 23), (21, 22), "adl: not top ranked")
    ]
    story.actions = [
        Action(1_001, START + 60, "liquidate", 11, 1, True, 145_000),
        Action(1_001, START + 60, "flag_bankrupt", 13, 0, False, 50_000),
    ]
    story.traders = [
        Trader(11, 900 * TOKEN, 0, 1, 0),
        Trader(21, 5_000 * TOKEN, 5_510 * TOKEN, 1, 0),
        Trader(31, 70 * TOKEN, 70 * TOKEN, 1, 1),
    ]
    story.bankruptcies = {11, 13}
    story.invariants = dict.fromkeys(STATEMENTS, True)
    story.seconds, story.seconds_before = 101.5, 31.25
    return story


def crash(seed: int = 1, rounds: int = 12, blocks: int = 320, traders: int = 240) -> Story:
    """Everything a demonstration shows, each number of it different from the others as far as that goes."""
    rng = random.Random(seed)
    story = Story(scenario=_scenario(blocks, traders), markets=MARKETS, insurance_before=INSURANCE)
    story.phase, story.done, story.total = "crash", blocks, blocks
    story.samples = [_sample(number, blocks, rng) for number in range(blocks)]
    _liquidate(story, rng)
    for number in range(rounds):
        _deleverage(story, rng, story.samples[int(blocks * (0.45 + 0.4 * number / rounds))])
    story.actions.sort(key=lambda each: each.block)
    _lie(story)
    _settle(story, rng, traders)
    story.invariants = dict.fromkeys(STATEMENTS, True)
    story.seconds, story.seconds_before = 101.5, 31.25
    return story


def failing() -> Story:
    """A crash after which one thing of each kind is wrong."""
    story = crash(rounds=3)
    story.invariants["ADL-5"] = False
    story.broken["ADL-5"] = "haircut 5, shortfall - insurance 4"
    story.missed[17] = 120
    story.rounds[1] = replace(story.rounds[1], agrees=False)
    return story


def _scenario(blocks: int, traders: int) -> Scenario:
    return Scenario("10 October 2025", "drawn for tests", START, START + 12 * (blocks - 1), 7, traders)


def _sample(number: int, blocks: int, rng: random.Random) -> Sample:
    done = number / max(blocks - 1, 1)
    depth = min(done / WORST, 1) ** 3 - max(0, done - WORST) * 0.9
    noise = 1 + rng.gauss(0, 0.002) if number else 1
    prices = {m: int(PRICES[m] * (1 - FALLS[m] / 100 * depth) * noise * 10**6) * 10**12 for m in PRICES}
    priced = (1, 2) if blocks // 2 <= number < blocks // 2 + 6 else (1, 2, 3)
    interest = {m: int(2_000_000 / PRICES[m] * (1 - 0.7 * min(done / WORST, 1)) * WAD) for m in PRICES}
    left = int(INSURANCE * max(0.04, 1 - max(0, done - 0.3) * 3))
    thin = rng.randrange(9) if 0.3 < done < 0.8 else 0
    time = START + 12 * number
    return Sample(
        100 + number, time, prices, priced, interest, left, left // 3, thin, rng.randrange(thin + 1)
    )


def _liquidate(story: Story, rng: random.Random) -> None:
    for account_id in rng.sample(range(20, 20 + story.scenario.traders), story.scenario.traders // 2):
        at = story.samples[int(len(story.samples) * rng.triangular(0.25, 0.9, WORST))]
        market_id = rng.choice(list(PRICES))
        size = int(rng.lognormvariate(0, 1.2) * 2_000 / PRICES[market_id] * WAD)
        bankrupt = rng.random() < 0.3
        paid = rng.randrange(1, 900 * TOKEN) if bankrupt else 0
        penalty = 0 if bankrupt else rng.randrange(1, 40 * TOKEN)
        story.liquidations.append(
            Liquidation(
                at.block, at.time, market_id, account_id, rng.random() < 0.8, size, at.prices[market_id],
                penalty, paid, bankrupt,
            )
        )  # fmt: skip
        if bankrupt:
            story.bankruptcies.add(account_id)
    story.liquidations.sort(key=lambda each: each.block)
    for each in story.liquidations:
        story.actions.append(
            Action(each.block, each.time, "liquidate", each.account_id, each.market_id, True, 145_000)
        )


def _deleverage(story: Story, rng: random.Random, at: Sample) -> None:
    market_id = rng.choice(list(PRICES))
    account_id = 300 + len(story.rounds)
    hits = tuple(_hit(rng, rank, PRICES[market_id]) for rank in range(1, rng.randrange(2, 9)))
    haircut = sum(hit.haircut for hit in hits)
    paid = haircut // 3
    closed = sum(hit.size for hit in hits)
    mark = at.prices[market_id]
    story.rounds.append(
        Round(
            at.block, at.time, f"0x{rng.getrandbits(256):064x}", market_id, account_id, True, closed, mark,
            mark * 103 // 100, haircut + paid, paid, haircut, closed, 0, rng.random() < 0.8, True, hits,
            (901,) if len(story.rounds) == 1 else (),
        )
    )  # fmt: skip
    story.bankruptcies.add(account_id)
    story.actions.append(Action(at.block, at.time, "deleverage", account_id, market_id, True, 180_000))


def _hit(rng: random.Random, rank: int, price: int) -> Hit:
    profit = int(rng.lognormvariate(6, 1) * TOKEN)
    size = int(rng.lognormvariate(0, 1) * 4_000 / price * WAD)
    left = size // 2 if rank == 3 else 0
    leverage = rng.choice((5, 10, 20, 50))
    return Hit(
        rng.randrange(400, 900), rank, (WAD * leverage) // (4 + rank), leverage, size, profit,
        profit * rng.randrange(1, 60) // 100, left,
    )  # fmt: skip


def _lie(story: Story) -> None:
    if not story.rounds:
        return
    told = max(story.rounds, key=lambda each: len(each.hits))
    right = tuple(hit.account_id for hit in told.hits)
    given = (*right[1:], 950)
    story.refusals.append(
        Refusal(
            told.block, told.time, "0x" + "ab" * 32, told.market_id, told.account_id, right[0], 1, given,
            right, "adl: not top ranked",
        )
    )  # fmt: skip


def _settle(story: Story, rng: random.Random, traders: int) -> None:
    for account_id in range(20, 20 + traders):
        before = int(rng.lognormvariate(6, 1.6) * TOKEN)
        change = rng.choice((-before, int(-before * rng.random()), int(before * rng.random() * 3), 0))
        story.traders.append(Trader(account_id, before, before + change, 2, rng.randrange(3)))
