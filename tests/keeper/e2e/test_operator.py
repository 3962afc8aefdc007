"""What an operator does with a keeper: looks without signing, has prices signed, asks, checks, stops."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from scripts.sandbox.market import REPORTERS
from scripts.sandbox.venue import TOKEN, parameters
from tests.helpers.parameters import WAD
from tests.keeper.history import events, transactions_of
from tests.keeper.stage import staged
from tests.keeper.victims import wreck

BARS = """timestamp,open,high,low,close
1700000000,4000,4020,3990,4010
1700000060,4010,4030,4000,4005
1700000120,4005,4015,3980,3990
"""


def test_keeper__dry_run__decides_and_never_signs(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper, "--dry-run")
        venue.publish({1: 3_880 * WAD})
        planned = 'plimsoll_actions_total{kind="deleverage",stage="planned"}'
        stage.advance("it is decided", lambda: keeper.metrics().get(planned))
        for _ in range(4):
            venue.mine()
            stage.wait()

        assert venue.census().bankrupt == {fallen.victim}
        assert not stage.pending(keeper)
        assert not transactions_of(venue, keeper.key.address)


def test_keeper__has_a_reporter_key_and_a_feed__publishes_prices(tmp_path: Path) -> None:
    (tmp_path / "bars.csv").write_text(BARS)
    feed = {
        "market": 1,
        "feed": {"kind": "file", "path": str(tmp_path / "bars.csv")},
        "threshold": 0.000_1,
        "heartbeat": 5.0,
        "min_interval": 1.0,
        "lowest": 1_000,
        "highest": 10_000,
    }
    with staged(tmp_path) as stage:
        venue = stage.venue
        keeper = stage.keeper(signers=[REPORTERS[0].key.hex()], prices=[feed])
        before = len(events(venue, "PriceAccepted"))
        venue.run(1)
        keeper.start()
        stage.watch("three prices are accepted", lambda: len(events(venue, "PriceAccepted")) >= before + 3)

        sent = [each for each in transactions_of(venue, keeper.key.address) if each.function == "report"]
        assert len(sent) >= 3
        assert all(each.succeeded for each in sent)
        for each in sent:
            assert 3_980 * WAD <= each.arguments["prices"][0] <= 4_030 * WAD


def test_keeper__market_is_listed_while_it_runs__publishes_to_the_markets_source(tmp_path: Path) -> None:
    (tmp_path / "bars.csv").write_text(BARS)
    with staged(tmp_path) as stage:
        venue = stage.venue
        feed = {"kind": "file", "path": str(tmp_path / "bars.csv")}
        price = {
            "market": 2,
            "feed": feed,
            "heartbeat": 2.0,
            "min_interval": 1.0,
            "lowest": 1,
            "highest": 10_000,
        }
        keeper = stage.keeper(signers=[REPORTERS[0].key.hex()], prices=[price])
        venue.run(1)
        keeper.start_and_wait()
        assert not transactions_of(venue, keeper.key.address)
        venue.rpc("evm_setIntervalMining", 0)
        venue.rpc("evm_setAutomine", True)
        assert venue.market.list_market(4_000 * WAD, parameters(4_000 * WAD)) == 2
        venue.run(1)
        stage.watch("it publishes", lambda: transactions_of(venue, keeper.key.address))
        [sent, *_] = transactions_of(venue, keeper.key.address)
        assert (sent.function, sent.succeeded) == ("report", True)
        published = [each.args["price"] for each in events(venue, "PriceAccepted", sent.block)]
        assert sent.arguments["prices"][0] in published


def test_commands__beside_a_running_keeper__tell_what_the_chain_says(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        venue.populate(20)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        stage.advance("it is closed", lambda: events(venue, "DeleveragingEnded"))
        stage.calm()
        stage.settle(keeper)

        def ask(*arguments: str) -> Any:
            run = keeper.run_cli(*arguments, "--json")
            assert run.returncode == 0, run.stderr
            return json.loads(run.stdout)

        queue = ask("queue", "1", "--side", "short")
        ranked = venue.system.lens.functions.adl_queue(1, False, 0, 256).call()
        assert [row["account_id"] for row in queue["rows"]] == ranked
        for account_id in venue.crowd[:3]:
            told = ask("account", str(account_id))
            values = venue.system.clearing_house.functions.account_values(account_id).call()
            names = ("equity", "initial", "maintenance", "withdrawable")
            assert [int(Decimal(told[name]) * TOKEN) for name in names] == list(values)
        assert ask("status")["venue"]["liquidatable"] == 0
        rounds = ask("rounds")
        assert fallen.victim in {each["account_id"] for each in rounds}
        assert all(each["verified"] for each in rounds)
        unknown = keeper.run_cli("account", "999999", "--json")
        assert unknown.returncode != 0
        assert "999999" in unknown.stderr
        assert "Traceback" not in unknown.stderr


def test_check__sound_settings__passes_and_wrong_ones_are_named(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        keeper = stage.keeper()
        sound = keeper.run_cli("keeper", "--check")
        assert sound.returncode == 0, sound.stdout + sound.stderr
        assert "FAIL" not in sound.stdout

        text = keeper.config.read_text()
        lens, lens_given = stage.venue.system.lens.address, stage.venue.system.token.address
        keeper.config.write_text(text.replace(lens, lens_given))
        wrong = keeper.run_cli("keeper", "--check")
        assert wrong.returncode != 0
        assert any("FAIL" in line and lens_given in line for line in wrong.stdout.splitlines())
        assert "Traceback" not in wrong.stdout + wrong.stderr
