"""/healthz: healthy only when everything that matters is recent."""

import asyncio
from typing import Any

import aiohttp
import pytest

from keeper.telemetry.health import Health
from keeper.telemetry.metrics import Metrics
from keeper.telemetry.server import CannotListen, TelemetryServer

NOW = 1_700_000_000


def working(**changes: Any) -> Health:
    """A keeper that does its work at `NOW`."""
    facts: dict[str, Any] = {
        "max_head_age": 60,
        "max_cycle_age": 30,
        "started_at": NOW - 100,
        "head_block": 9,
        "head_timestamp": NOW - 60,
        "book_block": 9,
        "last_cycle_at": NOW - 30.0,
        "reconciled_block": 5,
    }
    return Health(**(facts | changes))


def test_reasons__everything_recent__none() -> None:
    assert working().reasons(NOW) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"head_timestamp": 0}, "no block seen yet"),
        ({"head_timestamp": NOW - 61}, "the newest block is 61 s old: look at the endpoints and the clock"),
        (
            {"head_timestamp": NOW + 61},
            "the newest block is 61 s in the future: set this machine's clock (NTP)",
        ),
        (
            {"last_cycle_at": 0.0},
            "no cycle finished yet: the book is still being filled, or every cycle fails",
        ),
        ({"last_cycle_at": NOW - 31.0}, "no cycle finished for 31 s: look at the log"),
        ({"reconciled_block": 0}, "the book was not compared with the chain yet"),
        ({"differences": 2}, "2 differences between book and chain: it is being rebuilt"),
        ({"alarms": {"balance": "0.01 coins left"}}, "balance: 0.01 coins left"),
    ],
)
def test_reasons__one_thing_wrong__said(changes: dict[str, Any], reason: str) -> None:
    assert working(**changes).reasons(NOW) == [reason]


def test_alarm__cleared__healthy_again() -> None:
    health = working()
    health.raise_alarm("rounds", "round of account 3 does not match")
    assert health.report(NOW)["status"] == "unhealthy"
    health.clear_alarm("rounds")
    health.clear_alarm("rounds")
    assert health.report(NOW)["status"] == "ok"


def test_server__asked__metrics_and_health() -> None:
    metrics, health = Metrics(), working()
    metrics.saw_head(9, NOW)

    async def ask() -> list[tuple[int, str]]:
        server = TelemetryServer(metrics.registry, health, lambda: NOW)
        await server.start("127.0.0.1", 0)
        answers = []
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
                for path in ("/metrics", "/healthz"):
                    async with session.get(path) as answer:
                        answers.append((answer.status, await answer.text()))
                health.differences = 1
                async with session.get("/healthz") as answer:
                    answers.append((answer.status, await answer.text()))
        finally:
            await server.stop()
        return answers

    (metrics_status, text), (healthy, _), (unhealthy, why) = asyncio.run(ask())
    assert metrics_status == 200
    assert "plimsoll_head_block 9.0" in text
    assert healthy == 200
    assert unhealthy == 503
    assert "1 differences between book and chain" in why


def test_server__port_taken__says_which() -> None:
    async def start_twice() -> None:
        first = TelemetryServer(Metrics().registry, working(), lambda: NOW)
        second = TelemetryServer(Metrics().registry, working(), lambda: NOW)
        await first.start("127.0.0.1", 0)
        try:
            await second.start("127.0.0.1", first.port)
        finally:
            await first.stop()

    with pytest.raises(CannotListen, match=r"\[telemetry\] port = \d+: 127\.0\.0\.1 says .*: choose another"):
        asyncio.run(start_twice())
