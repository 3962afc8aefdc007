"""The commands of `plimsoll`. Each reads, makes a view and renders it."""

import asyncio
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType

from keeper import app as daemon_app
from keeper import checks
from keeper.chain.errors import ChainError
from keeper.cli import sources
from keeper.cli.render import account as account_table
from keeper.cli.render import checks as checks_table
from keeper.cli.render import queue as queue_table
from keeper.cli.render import rounds as rounds_table
from keeper.cli.render import status as status_table
from keeper.cli.render.plain import to_json
from keeper.cli.views.account import account_view
from keeper.cli.views.queue import queue_view
from keeper.cli.views.rounds import rounds_view
from keeper.cli.views.status import StatusView, status_view
from keeper.config import DEFAULT_FILE, ConfigError, Secrets, Settings, load_secrets, load_settings
from keeper.telemetry import logs

plimsoll = typer.Typer(
    help="Keeper of a Plimsoll deployment: liquidates, ranks, deleverages.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="PLIMSOLL_CONFIG", help="The settings file.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="JSON instead of tables; amounts are exact strings.")
]
CountOption = Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="Rows at most.")]


# Columns from which on a terminal is wide.
WIDE = 110


class Side(StrEnum):
    LONG = "long"
    SHORT = "short"


@plimsoll.command()
def keeper(
    config: ConfigOption = DEFAULT_FILE,
    check: Annotated[bool, typer.Option("--check", help="Check everything it needs, and end.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide and report, never sign.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the daemon until SIGTERM."""
    settings, secrets = _configured(config)
    if dry_run:
        settings = settings.model_copy(
            update={"keeper": settings.keeper.model_copy(update={"dry_run": True})}
        )
    if check:
        logs.configure("auto", "error", _hidden(settings, secrets))
        found = asyncio.run(checks.run(settings, secrets, time.time()))
        _show(found, checks_table.checks(found), as_json, fold=False)
        raise typer.Exit(1 if any(each.is_bad for each in found) else 0)
    log_format = "json" if as_json else settings.telemetry.log_format
    logs.configure(log_format, settings.telemetry.log_level, _hidden(settings, secrets))
    raise typer.Exit(daemon_app.run(settings, secrets))


@plimsoll.command()
def status(config: ConfigOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """The venue and the keeper at a glance."""
    settings = _settings(config)

    async def look() -> StatusView:
        book = await sources.book(settings)
        facts = await sources.facts(settings, book)
        at = book.head.timestamp if book.head is not None else 0
        return status_view(book, at, settings.keeper.account_id, facts)

    # It needs no node: in an outage it is what there is to see.
    daemon = asyncio.run(sources.daemon(settings))
    try:
        view = asyncio.run(look())
    except ChainError:
        _show({"venue": None, "daemon": daemon}, status_table.keeper(daemon), as_json)
        raise
    _show({"venue": view, "daemon": daemon}, status_table.status(view, time.time(), daemon), as_json)


@plimsoll.command()
def queue(
    market: Annotated[int, typer.Argument(metavar="MARKET", help="Market id.")],
    side: Annotated[Side, typer.Option(help="Whose queue.")],
    count: CountOption = 20,
    skip: Annotated[int, typer.Option(min=0, help="Ranks to leave out.")] = 0,
    config: ConfigOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Who is closed first when the others go bankrupt."""
    settings = _settings(config)
    book = asyncio.run(sources.book(settings))
    at = book.head.timestamp if book.head is not None else 0
    view = queue_view(book, at, market, side is Side.LONG, count, skip)
    _show(view, queue_table.queue(view), as_json)


@plimsoll.command()
def account(
    account_id: Annotated[int, typer.Argument(metavar="ID", help="Account id.")],
    config: ConfigOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """One account: worth, distance to liquidation, ranks."""
    settings = _settings(config)
    book = asyncio.run(sources.book(settings))
    at = book.head.timestamp if book.head is not None else 0
    view = account_view(book, at, account_id)
    _show(view, account_table.account(view), as_json)


@plimsoll.command()
def rounds(count: CountOption = 20, config: ConfigOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """Past rounds of deleveraging, verified or not."""
    settings = _settings(config)
    found = asyncio.run(sources.rounds(settings, count))
    scale = asyncio.run(sources.scale(settings)) if found else 10**30
    view = rounds_view(found, scale)
    _show(view, rounds_table.rounds(view, Console().width >= WIDE), as_json)


def _settings(path: Path) -> Settings:
    """For commands that only show: no key is looked for, and stdout is for what is shown."""
    settings = load_settings(path)
    logs.configure("auto", "error", settings.hidden())
    return settings


def _configured(path: Path) -> tuple[Settings, Secrets]:
    """For the daemon; the mistakes of both are said at once."""
    problems: list[str] = []
    settings, secrets = None, None
    try:
        settings = load_settings(path)
    except ConfigError as error:
        problems += error.problems
    try:
        secrets = load_secrets()
    except ConfigError as error:
        problems += error.problems
    if settings is None or secrets is None:
        raise ConfigError(problems)
    return settings, secrets


def _hidden(settings: Settings, secrets: Secrets) -> list[str]:
    return [*secrets.values(), *settings.hidden()]


def _show(view: Any, table: RenderableType, as_json: bool, fold: bool = True) -> None:
    """`fold`: long lines are broken to the width, or left whole for whoever greps."""
    if as_json:
        typer.echo(to_json(view))
    else:
        Console().print(table, soft_wrap=not fold)
