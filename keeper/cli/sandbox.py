"""Commands that need the repository: they run chains of their own."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from keeper.cli.commands import JsonOption
from keeper.cli.render.plain import to_json
from keeper.config import ConfigError

PricesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--prices",
        metavar="NAME=FILE",
        help="Candles of a market: CSV with timestamp, open, high, low, close. May be repeated.",
    ),
]
FileOption = Annotated[Path | None, typer.Option(help="This file instead of the folder's.")]


def demo(
    prices: PricesOption = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Play from here, UTC: 2025-10-10T20:30 or Unix seconds.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Play up to here.")] = None,
    traders: Annotated[int, typer.Option(min=60, max=2_000, help="How many there are.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="The same crowd for the same number.")] = 1,
    pace: Annotated[
        float | None,
        typer.Option(min=0, max=60, help="Seconds per block at least; the live view takes 45 for all."),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("build/demo"),
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of a live view.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Chain and keeper stay until Ctrl-C.")] = False,
) -> None:
    """A crowd, a crash, the keeper at work and a liar, on a local chain; with a report."""
    try:
        from scripts.demo.command import Manner, run
        from scripts.demo.options import Asked
    except ImportError as error:
        raise ConfigError([f"demo needs the repository ({error}): run it from a clone"]) from None
    asked = Asked(prices or (), start, end, traders, seed)
    raise typer.Exit(run(asked, Manner(folder, pace, plain, keep)))


def replay(
    folder: Annotated[
        Path | None, typer.Argument(help="With accounts, prices, fills or positions (.csv, .json).")
    ] = None,
    accounts: FileOption = None,
    positions: FileOption = None,
    fills: FileOption = None,
    prices: FileOption = None,
    markets: FileOption = None,
    venue: FileOption = None,
    output: Annotated[Path, typer.Option(help="Where the results go.")] = Path("build/replay"),
    as_json: JsonOption = False,
) -> None:
    """A venue's recorded history through the contracts, and its rounds by other rules."""
    try:
        from scripts.replay import command
    except ImportError as error:
        raise ConfigError([f"replay needs the repository ({error}): run it from a clone"]) from None
    given = {
        "accounts": accounts,
        "positions": positions,
        "fills": fills,
        "prices": prices,
        "markets": markets,
        "venue": venue,
    }
    files = {name: path for name, path in given.items() if path is not None}
    try:
        done = command.run(folder, files, output)
    except command.BadInput as error:
        raise ConfigError(error.problems) from None
    if as_json:
        typer.echo(to_json(done.summary))
    else:
        Console().print(command.closing(done.summary))
        Console().print(Text(f"in {output}: {', '.join(command.FILES)}", "dim"), soft_wrap=True)
    for failure in done.failures:
        typer.echo(f"plimsoll: {failure}", err=True)
    raise typer.Exit(1 if done.failures else 0)
