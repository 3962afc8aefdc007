"""Where the commands read: the daemon's port, the file of past rounds, the book."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from keeper import app
from keeper.book.book import Book
from keeper.cli import sources
from keeper.config import Settings, parse_settings
from keeper.records import CheckedRound, Records
from keeper.telemetry.health import Health
from keeper.telemetry.metrics import Metrics
from keeper.telemetry.server import TelemetryServer
from tests.keeper.cli.example_book import example_book
from tests.keeper.cli.example_rounds import checked
from tests.keeper.config.examples import example


def settings_at(port: int, folder: Path = Path()) -> Settings:
    return parse_settings(example(telemetry={"port": port}, keeper={"folder": str(folder)}))


def test_daemon__running__its_report() -> None:
    async def ask() -> dict[str, Any] | None:
        health = Health(60, 60, started_at=100, book_block=7)
        server = TelemetryServer(Metrics().registry, health, lambda: 130)
        await server.start("127.0.0.1", 0)
        try:
            return await sources.daemon(settings_at(server.port))
        finally:
            await server.stop()

    report = asyncio.run(ask())
    assert report is not None
    assert (report["status"], report["uptime_seconds"], report["book_block"]) == ("unhealthy", 30, 7)


@pytest.mark.parametrize("body", ['{"status": "up"}', "[]", "hello"])
def test_daemon__something_else_at_the_port__none(body: str) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    async def ask() -> dict[str, Any] | None:
        application = web.Application()
        application.add_routes([web.get("/healthz", handler)])
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            return await sources.daemon(settings_at(runner.addresses[0][1]))
        finally:
            await runner.cleanup()

    assert asyncio.run(ask()) is None


def test_daemon__nobody_there__none() -> None:
    assert asyncio.run(sources.daemon(settings_at(9))) is None


def test_rounds__no_daemon_was_here__recomputed_from_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = [checked(), checked("visit 1: account 4, not 5")]

    async def recompute_rounds(
        _settings: Settings, _progress: Callable[[int, int], None]
    ) -> list[CheckedRound]:
        return history

    monkeypatch.setattr(app, "recompute_rounds", recompute_rounds)
    settings = settings_at(0, tmp_path)
    assert asyncio.run(sources.rounds(settings, 5)) == history[::-1]
    assert asyncio.run(sources.rounds(settings, 1)) == history[1:]


def test_rounds__file__newest_first(tmp_path: Path) -> None:
    settings = settings_at(0, tmp_path)
    first, second = checked(), checked("rank 1 is another account")
    second = replace(second, receipt=replace(second.receipt, block_number=9))
    records = Records(settings.rounds_file)
    records.add([first, second])
    records.close()
    assert asyncio.run(sources.rounds(settings, 5)) == [second, first]
    assert asyncio.run(sources.rounds(settings, 1)) == [second]


def test_book__progress_told__opened(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = example_book()

    async def open_book(_settings: Settings, progress: Callable[[int, int], None]) -> Book:
        for block in (100, 150, 200):
            progress(block, 200)
        return expected

    monkeypatch.setattr(app, "open_book", open_book)
    assert asyncio.run(sources.book(settings_at(0))) is expected
