"""A crowd in the fall of 10 October 2025, if its prices lie beside the repository."""

import csv
import random
from pathlib import Path

import pytest

from scripts.demo.story import Liquidation
from scripts.replay.reading import read_history
from scripts.replay.run import Filled, replay
from scripts.sandbox.population import Trade, draw_margins, draw_trades
from tests.replay.inputs import write

PRICES = Path(__file__).resolve().parents[3] / "shared" / "data" / "prices"
MARKETS = {"BTC": "2025-10-10_BTC_5m.csv", "ETH": "2025-10-10_ETH_5m.csv"}
# From 20:45 to 21:45 UTC.
STARTS_AT, ENDS_AT = 1_760_129_100, 1_760_132_700
ACCOUNTS = 80
WAD = 10**18
FILLS = "time,market,buyer,seller,size,price,buyer_leverage,seller_leverage\n"

pytestmark = pytest.mark.skipif(not PRICES.is_dir(), reason=f"no recorded prices at {PRICES}")


def prices() -> list[tuple[int, str, str]]:
    """Open, the nearer of high and low, the other, close: a quarter of the bar each."""
    found = []
    for name, file in MARKETS.items():
        with (PRICES / file).open(newline="") as lines:
            for bar in csv.DictReader(lines):
                rises = float(bar["high"]) - float(bar["open"]) <= float(bar["open"]) - float(bar["low"])
                inner = ("high", "low") if rises else ("low", "high")
                for quarter, column in enumerate(("open", *inner, "close")):
                    found.append((int(bar["timestamp"]) + 75 * quarter, name, bar[column]))
    return sorted(row for row in found if STARTS_AT <= row[0] < ENDS_AT)


def lines_of(trade: Trade) -> list[str]:
    """As fills."""
    market = list(MARKETS)[trade.market_id - 1]
    made = []
    for maker, leverage, size, price in zip(
        trade.makers, trade.leverages, trade.sizes, trade.prices, strict=True
    ):
        sides = [(trade.taker, trade.taker_leverage), (maker, leverage)]
        buyer, seller = sides if trade.taker_buys else reversed(sides)
        row = (STARTS_AT, market, buyer[0], seller[0], size / WAD, price / WAD, buyer[1], seller[1])
        made.append(",".join(map(str, row)))
    return made


def test_replay__a_crowd_in_a_recorded_crash__every_round_verifies(tmp_path: Path) -> None:
    recorded = prices()
    first = {name: next(price for _, market, price in recorded if market == name) for name in MARKETS}
    marks = {number: int(float(price) * WAD) for number, price in enumerate(first.values(), 1)}
    rng = random.Random(2)
    trades = draw_trades(rng, range(1, ACCOUNTS + 1), marks)
    margins = draw_margins(rng, trades)
    files = {
        "accounts.csv": "account,deposit\n" + "".join(f"{a},{m / 10**6}\n" for a, m in margins.items()),
        "fills.csv": FILLS + "\n".join(line for trade in trades for line in lines_of(trade)),
        "prices.csv": "time,market,price\n" + "".join(f"{t},{m},{p}\n" for t, m, p in recorded),
        "venue.json": '{"insurance": 500, "keeper_deposit": 100000}',
    }
    out = replay(read_history(write(tmp_path, files), {}))
    assert all(not fill.reason for fill in out.all(Filled))
    assert len(out.all(Liquidation)) >= 10
    assert len(out.rounds) >= 3
    assert all(seen.agrees for seen in out.rounds)
    assert sum(len(seen.hits) for seen in out.rounds) > len(out.rounds)
    assert out.unfinished == 0
    by_queue, *others = out.scores
    assert by_queue.haircut == sum(seen.receipt.round.haircut for seen in out.rounds)
    assert all(score.haircut == by_queue.haircut for score in others)
