"""Where the commands get what they show: the book, a read of the chain, the running daemon, past rounds."""

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from keeper import app
from keeper.book.book import Book
from keeper.config import Settings
from keeper.records import CheckedRound, Records
from keeper.strategy.sources import asked_sources
from keeper.types import Facts

# Seconds that a daemon of this machine may take to say how it is.
PATIENCE = 2.0
REPORTED = {"status", "reasons", "uptime_seconds", "book_block", "unsettled", "balance"}


async def book(settings: Settings) -> Book:
    """The daemon's last checkpoint, brought up to the head; a bar on stderr meanwhile."""
    with _bar() as progress:
        return await app.open_book(settings, progress)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Blocks read, on stderr if that is a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading blocks", total=None)
        first: list[int] = []

        def progress(reached: int, aim: int) -> None:
            if not first:
                first.append(reached)
            bar.update(task, completed=reached - first[0], total=max(aim - first[0], 1))

        yield progress


async def facts(settings: Settings, book: Book) -> Facts | None:
    """Insurance, gate and price sources at the book's head; None if the book is empty."""
    if book.head is None:
        return None
    listed = sorted(m for m, market in book.markets.items() if market.params.listed)
    async with AsyncExitStack() as stack:
        reads = (await app.connect(settings, stack)).reads
        return await reads.facts(book.head, listed, 0, asked_sources(book.markets))


async def daemon(settings: Settings) -> dict[str, Any] | None:
    """What /healthz says; None: nothing answers there."""
    url = f"http://{settings.telemetry.host}:{settings.telemetry.port}/healthz"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
            session.get(url) as answer,
        ):
            report = await answer.json()
            # Something else may listen there.
            is_ours = isinstance(report, dict) and report.keys() >= REPORTED
            return report if is_ours else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


async def scale(settings: Settings) -> int:
    """10**(36 - decimals of the collateral)."""
    async with AsyncExitStack() as stack:
        return (await app.connect(settings, stack)).contracts.scale


async def rounds(settings: Settings, count: int) -> list[CheckedRound]:
    """Newest first: what a daemon wrote down here, else recomputed from the whole history."""
    if not settings.rounds_file.is_file():
        with _bar() as progress:
            return (await app.recompute_rounds(settings, progress))[: -count - 1 : -1]
    records = Records(settings.rounds_file, read_only=True)
    try:
        return records.last(count)
    finally:
        records.close()
