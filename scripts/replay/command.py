"""`plimsoll replay`: read, run, write."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from scripts.replay.mistakes import BadInput
from scripts.replay.output import FILES, write
from scripts.replay.reading import read_history
from scripts.replay.render import closing
from scripts.replay.run import replay
from scripts.sandbox.tools import use_locked_tools

__all__ = ["FILES", "BadInput", "Done", "closing", "run"]


@dataclass(frozen=True)
class Done:
    """`summary`: what summary.json says. `failures`: rounds that came out otherwise when computed again."""

    summary: dict[str, Any]
    failures: list[str]


def run(folder: Path | None, files: Mapping[str, Path], output: Path) -> Done:
    """BadInput before anything is run; progress goes to stderr."""
    history = read_history(folder, files)
    use_locked_tools()
    console = Console(stderr=True)
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    with _ending_by_sigterm(), bar as shown:
        task = shown.add_task("deploying", total=None)

        def tell(what: str, done: int, total: int) -> None:
            shown.update(task, description=what, completed=done, total=total)

        out = replay(history, tell)
    failures = [
        f"the round in block {seen.receipt.block_number} does not verify: {'; '.join(seen.differences)}"
        for seen in out.rounds
        if not seen.agrees
    ]
    return Done(write(history, out, output), failures)


@contextmanager
def _ending_by_sigterm() -> Iterator[None]:
    """As by Ctrl-C, so that the chain ends first."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
