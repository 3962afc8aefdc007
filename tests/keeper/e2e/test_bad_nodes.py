"""Nodes that err, hang, lag and lie: the keeper does its work through another, or waits and says so."""

import time
from pathlib import Path
from typing import Any

import pytest

from scripts.sandbox.keeper_process import wait_until
from tests.helpers.parameters import WAD
from tests.keeper.history import events, transactions_of
from tests.keeper.stage import staged
from tests.keeper.victims import wreck

FAULTS: dict[str, dict[str, Any]] = {
    "http_500": {"http_status": 500},
    "rate_limit": {"error": (-32_005, "too many requests")},
    "internal_error": {"error": (-32_603, "internal error")},
    "hang": {"hang": True},
    "lag": {"lag": 15},
    "other_chain": {"chain_id": 1},
    "garbage": {"garbage": True},
    "drops_logs": {"drop_logs": True},
    "swallows_transactions": {"swallow": True},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_keeper__first_endpoint_is_at_fault__works_all_the_same(tmp_path: Path, fault: str) -> None:
    with staged(tmp_path) as stage:
        first = stage.proxy()
        venue = stage.venue
        fallen = wreck(venue, 10)
        keeper = stage.keeper(endpoints=[first.url, stage.node.ws], chain={"call_timeout": 1.0})
        venue.hold()
        stage.open(keeper)
        first.behave(**FAULTS[fault])
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        stage.calm()
        stage.settle(keeper)

        [end] = events(venue, "DeleveragingEnded")
        assert (end.args["closed"], end.args["left"]) == (fallen.size, 0)
        assert [sent.succeeded for sent in transactions_of(venue, keeper.key.address)] == [True]
        assert keeper.metrics()['plimsoll_reconciliations_total{result="different"}'] == 0


@pytest.mark.parametrize("method", ["eth_feeHistory", "eth_sendRawTransaction"])
def test_keeper__first_endpoint_hangs_with_one_method__works_through_the_second(
    tmp_path: Path, method: str
) -> None:
    with staged(tmp_path) as stage:
        venue, first = stage.venue, stage.proxy()
        fallen = wreck(venue, 10)
        keeper = stage.keeper(
            endpoints=[first.url, stage.node.ws], chain={"call_timeout": 2.0}, keeper={"cycle_seconds": 2.0}
        )
        venue.hold()
        stage.open(keeper)
        # Its probes are answered, and everything else: nothing but the call itself shows it.
        first.behave({method}, hang=True)
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        stage.advance("it is closed", lambda: events(venue, "DeleveragingEnded"), blocks=100)
        first.behave()
        stage.settle(keeper)

        [end] = events(venue, "DeleveragingEnded")
        assert (end.args["closed"], end.args["left"]) == (fallen.size, 0)


def test_keeper__only_endpoint_is_away_for_a_while__waits_and_catches_up(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        only = stage.proxy()
        venue = stage.venue
        wreck(venue, 10)
        keeper = stage.keeper(
            endpoints=[only.ws], chain={"call_timeout": 1.0}, telemetry={"max_cycle_age": 2.0}
        )
        venue.hold()
        stage.open(keeper)
        only.behave(http_status=503, hang=True)
        only.drop_connections()
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        wait_until("it says that it is not well", lambda: not keeper.is_healthy())
        up = f'plimsoll_endpoint_up{{endpoint="{only.ws}"}}'
        wait_until("it says that its node is away", lambda: keeper.metrics()[up] == 0)
        only.behave()
        stage.calm()
        stage.advance("it is well again", keeper.is_healthy)
        wait_until("it says that its node is back", lambda: keeper.metrics()[up] == 1)


def test_keeper__every_endpoint_serves_another_chain__ends_with_one_line(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        only = stage.proxy()
        keeper = stage.keeper(endpoints=[only.url])
        only.behave(chain_id=1)
        keeper.start()
        assert keeper.wait() != 0
        text = keeper.log.read_text()
        assert "chain" in text
        assert "Traceback" not in text


def test_keeper__subscription_falls_silent__goes_on_by_asking(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        only = stage.proxy()
        venue = stage.venue
        wreck(venue, 10)
        keeper = stage.keeper(endpoints=[only.ws])
        venue.hold()
        stage.open(keeper)
        only.behave(mute=True)
        time.sleep(0.2)
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        stage.calm()


def test_keeper__told_to_stop_while_its_node_hangs__ends_all_the_same(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        only = stage.proxy()
        keeper = stage.keeper(endpoints=[only.ws], keeper={"cycle_seconds": 3.0})
        stage.venue.hold()
        stage.open(keeper)
        only.behave(hang=True)
        stage.venue.mine()
        stage.wait()
        assert keeper.stop() == 0
        assert "Traceback" not in keeper.log.read_text()
