"""A keeper that pushes prices of Pyth: pays the fee within its limit, never for what the chain refuses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.sandbox.keeper_process import Daemon
from tests.helpers.parameters import WAD
from tests.helpers.solidity import needs_solidity
from tests.keeper.hermes import Endpoint, PythVenue, price_id, serving
from tests.keeper.history import balance_of, events, reverted, transactions_of
from tests.keeper.stage import PRICE, Stage, staged

pytestmark = needs_solidity

FEE = 10**9
MOVED = PRICE * 101 // 100


@contextmanager
def pyth_stage(folder: Path, fee: int = FEE, **keeper: Any) -> Iterator[tuple[Stage, PythVenue, Daemon]]:
    """A market of Pyth beside a signed one, and a keeper that pushes its price; blocks only when mined."""
    with staged(folder) as stage, serving(Endpoint()) as endpoint:
        market = PythVenue(stage.venue, endpoint, PRICE, fee)
        daemon = stage.keeper(deposit=0, prices=[market.settings()], **keeper)
        stage.venue.hold()
        stage.open(daemon)
        yield stage, market, daemon


def reasons(daemon: Daemon) -> list[str]:
    return [entry["reason"] for entry in daemon.entries() if entry["event"] == "feed gives no price"]


def sent(stage: Stage, daemon: Daemon) -> int:
    return len(transactions_of(stage.venue, daemon.key.address))


def refuses(stage: Stage, market: PythVenue, daemon: Daemon, reason: str) -> None:
    """Says why, counts the feed as down, sends nothing, and the chain's price stays."""
    before, price = sent(stage, daemon), market.accepted()
    stage.advance(f"it says {reason}", lambda: any(reason in each for each in reasons(daemon)))
    for _ in range(3):
        stage.venue.mine()
        stage.wait()
    assert not stage.pending(daemon)
    assert sent(stage, daemon) == before
    assert market.accepted() == price
    assert daemon.metrics()[f'plimsoll_feed_up{{market="{market.market_id}"}}'] == 0


def test_keeper__price_of_pyth_moves__pushes_it_and_pays_the_fee(tmp_path: Path) -> None:
    with pyth_stage(tmp_path) as (stage, market, daemon):
        paid = balance_of(stage.venue, market.pyth.address)
        market.say(MOVED)
        stage.advance("it is accepted", lambda: market.accepted() == MOVED)
        stage.settle(daemon)
        [update] = transactions_of(stage.venue, daemon.key.address)
        assert update.succeeded
        assert balance_of(stage.venue, market.pyth.address) == paid + FEE
        assert balance_of(stage.venue, market.source.address) == 0
        metrics = daemon.metrics()
        assert metrics["plimsoll_update_fees_native_total"] == FEE / WAD
        assert metrics['plimsoll_actions_total{kind="update",stage="confirmed"}'] == 1
        assert metrics[f'plimsoll_feed_up{{market="{market.market_id}"}}'] == 1


def test_keeper__price_of_pyth_jumps__is_pending_and_then_confirmed(tmp_path: Path) -> None:
    with pyth_stage(tmp_path) as (stage, market, daemon):
        market.say(2 * PRICE)
        stage.advance("it is pending", lambda: events(stage.venue, "PricePending"))
        stage.settle(daemon)
        assert sent(stage, daemon) == 1
        stage.venue.mine(61)
        market.say(2 * PRICE)
        stage.advance("it is accepted", lambda: market.accepted() == 2 * PRICE)
        stage.settle(daemon)
        assert not reverted(transactions_of(stage.venue, daemon.key.address))


def test_keeper__endpoint_lies__nothing_is_paid_for_until_it_tells_the_truth(tmp_path: Path) -> None:
    with pyth_stage(tmp_path) as (stage, market, daemon):
        feed = price_id(market.market_id)
        # Old data under a new price.
        market.say(MOVED)
        market.hold(price=PRICE // 10**10, publish_time=market.said.publish_time - 600)
        refuses(stage, market, daemon, "its update does not hold what it says")
        # No data of Pyth at all.
        market.endpoint.held.clear()
        market.endpoint.garbage = True
        market.say(MOVED)
        refuses(stage, market, daemon, "Pyth.parsePriceFeedUpdates: reverted")
        market.endpoint.garbage = False
        # Honest, and unusable.
        market.say(MOVED, confidence=MOVED // 10**10 // 50)
        refuses(stage, market, daemon, "its confidence is 2.00 % of its price, 1.00 % are allowed")
        market.say(0)
        refuses(stage, market, daemon, "its price is 0")
        market.say(MOVED, publish_time=market.said.publish_time + 10_000)
        refuses(stage, market, daemon, "its time is ahead of the chain's")
        del market.endpoint.said[feed]
        refuses(stage, market, daemon, "PythSource does not take")

        market.say(MOVED)
        stage.advance("it is accepted", lambda: market.accepted() == MOVED)
        stage.settle(daemon)
        assert sent(stage, daemon) == 1
        assert daemon.metrics()[f'plimsoll_feed_up{{market="{market.market_id}"}}'] == 1


def test_keeper__fee_above_its_limit__is_not_paid_and_said(tmp_path: Path) -> None:
    with pyth_stage(tmp_path, fee=2 * FEE, limits={"max_update_fee_gwei": 1}) as (stage, market, daemon):
        market.say(MOVED)
        refuses(stage, market, daemon, f"an update costs {2 * FEE} wei, max_update_fee_gwei allows {FEE}")
        assert balance_of(stage.venue, market.pyth.address) == 2 * FEE


def test_keeper__nobody_pushes__the_source_is_told_stale_and_later_well_again(tmp_path: Path) -> None:
    with pyth_stage(tmp_path) as (stage, market, daemon):
        up = f'plimsoll_source_up{{market="{market.market_id}",source="{market.source.address}"}}'
        assert daemon.metrics()[up] == 1
        del market.endpoint.said[price_id(market.market_id)]
        stage.venue.mine(7_201)
        stage.advance("it is told", lambda: daemon.metrics()[up] == 0)
        stale = [e for e in daemon.entries() if e["event"] == "price source is stale"]
        assert (market.market_id, market.source.address) in {(e["market"], e["source"]) for e in stale}
        shown = json.loads(daemon.run_cli("status", "--json").stdout)["venue"]["markets"][1]
        assert shown["stale_sources"][0][0] == market.source.address
        said = " ".join(daemon.run_cli("status").stdout.split())
        assert f"market 2: source {market.source.address} says a price" in said
        market.say(PRICE)
        stage.advance("it is told", lambda: daemon.metrics()[up] == 1)


def test_check__pyth__says_what_is_wrong(tmp_path: Path) -> None:
    with staged(tmp_path) as stage, serving(Endpoint()) as endpoint:
        market = PythVenue(stage.venue, endpoint, PRICE, FEE)
        daemon = stage.keeper(deposit=0, prices=[market.settings()])

        def said(**feed: str) -> str:
            daemon.write({**daemon.settings, "prices": [market.settings(**feed)]})
            output = daemon.run_cli("keeper", "--check").stdout
            return next(line for line in output.splitlines() if "Pyth's price of market 2" in line)

        assert said().startswith("ok    Pyth's price of market 2: 4000, ")
        assert said().endswith(f"an update costs {FEE} wei")
        sources = [
            line for line in daemon.run_cli("keeper", "--check").stdout.splitlines() if "source of" in line
        ]
        assert [line[:28] for line in sources] == [
            "ok    source of market 1: 0x",
            "ok    source of market 2: 0x",
        ]
        other = "0x" + "09" * 32
        assert f"its source takes the feed 0x{price_id(2).hex()}: correct price_id" in said(price_id=other)
        assert "127.0.0.1 cannot be read: ClientConnectorError: correct url" in said(url="http://127.0.0.1:9")
        endpoint.garbage = True
        assert f"{market.pyth.address}, the source's Pyth, does not take the endpoint's update" in said()
