"""`plimsoll demo`: understand, play, check, tell, and leave nothing behind."""

import shutil
import signal
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from keeper.config import ConfigError
from scripts.demo import page, summary
from scripts.demo.checks import check
from scripts.demo.facts import failures
from scripts.demo.live import Live, Plain
from scripts.demo.options import Asked, understand
from scripts.demo.play import Finished, Play
from scripts.demo.story import Story
from scripts.sandbox.keeper_process import wait_until
from scripts.sandbox.node import CHAIN_ID
from scripts.sandbox.tools import use_locked_tools

FAILED = 1
# What a run leaves in its folder beside the keeper's, and where the next one puts it before it begins.
REPORTS = (summary.REPORT, page.PAGE)
EARLIER = "earlier"
LOOK_SECONDS = 0.5
# Between a process's last word and its end.
ENDING_SECONDS = 2
# What somebody can follow.
CRASH_SECONDS = 45
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Manner:
    """`pace`: seconds per block at least; None: so that a live view can be followed. `plain`: lines instead
    of one. `keep`: chain and keeper stay until Ctrl-C."""

    folder: Path
    pace: float | None
    plain: bool
    keep: bool


def run(asked: Asked, manner: Manner) -> int:
    """The exit code: 0 only if everything was shown and held. ConfigError before anything is run."""
    scenario, markets, ticks = understand(asked)
    use_locked_tools()
    if shutil.which("anvil") is None:
        raise ConfigError(["anvil is not on PATH: run `make install`, or install Foundry"])
    _clear(manner.folder)
    story = Story(scenario, markets)
    console = Console()
    is_plain = manner.plain or not is_live(console)
    pace = manner.pace
    if pace is None:
        pace = 0 if is_plain else CRASH_SECONDS / len(ticks)
    with _ending_by_signal(), _undisturbed_end() as stack:
        with Plain(story, console) if is_plain else Live(story, console) as view:
            play = Play(story, ticks, manner.folder, view.show, pace)
            try:
                finished = play.run(stack)
                play.phase("checking the invariants", 1)
                check(finished.venue, story, finished.first_block, play.progress)
                play.phase("writing the report", 1)
                summary.write(story, manner.folder)
                report = page.write(story, manner.folder)
            except Exception:
                dead = _casualty_soon(play)
                if dead is None:
                    raise
                return _fail([dead])
        console.print(summary.closing(story, report))
        code = _fail(failures(story))
        if manner.keep:
            _explain(console, finished)
            with suppress(KeyboardInterrupt):
                while (dead := play.casualty()) is None:
                    time.sleep(LOOK_SECONDS)
                code = _fail([dead])
    return code


def is_live(console: Console) -> bool:
    """Whether what it shows can be drawn anew in place."""
    return console.is_terminal and not console.is_dumb_terminal


def _clear(folder: Path) -> None:
    """An earlier run's reports stay readable, its keeper's files go.

    ConfigError, and nothing is changed, if somebody else's folder is called like the keeper's.
    """
    keeper = folder / "keeper"
    if keeper.exists() and not _is_of_a_run(keeper):
        raise ConfigError([f"{keeper} is not of an earlier demonstration: choose another --folder"])
    folder.mkdir(parents=True, exist_ok=True)
    if keeper.exists():
        shutil.rmtree(keeper)
    for old in (folder / name for name in REPORTS):
        if old.exists():
            (folder / EARLIER).mkdir(exist_ok=True)
            old.replace(folder / EARLIER / old.name)


def _casualty_soon(play: Play) -> str | None:
    """A process stops answering a moment before it has ended."""
    try:
        return str(wait_until("a process has ended", play.casualty, ENDING_SECONDS))
    except TimeoutError:
        return None


def _is_of_a_run(keeper: Path) -> bool:
    """A keeper's settings are there, and its chain was a local one."""
    try:
        settings = tomllib.loads((keeper / "keeper.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(settings.get("chain", {}).get("id") == CHAIN_ID)


def _fail(reasons: list[str]) -> int:
    """The exit code."""
    for reason in reasons:
        sys.stderr.write(f"plimsoll: {reason}\n")
    return FAILED if reasons else 0


def _explain(console: Console, finished: Finished) -> None:
    config = finished.daemon.config
    console.print(
        f"The chain ({finished.node.http}) and the keeper stay until Ctrl-C. To look at them:\n"
        f"  plimsoll status -c {config}\n"
        f"  plimsoll queue 1 --side short -c {config}\n"
        f"  plimsoll account {finished.keeper_account} -c {config}\n"
        f"  plimsoll rounds -c {config}\n"
        "status calls the keeper unhealthy: its clock is of today, the chain's newest block is not.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@contextmanager
def _ending_by_signal() -> Iterator[None]:
    """SIGTERM and a closed terminal end the run as Ctrl-C does, with the exit code that shells give them."""

    def end(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _undisturbed_end() -> Iterator[ExitStack]:
    """A stack that is closed to its end, however impatient somebody is."""
    stack = ExitStack()
    try:
        yield stack
    finally:
        before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDINGS}
        try:
            stack.close()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
