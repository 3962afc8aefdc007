"""`plimsoll` and `python -m keeper.cli`: commands, and one line instead of a traceback."""

import sqlite3
import sys
import traceback

import typer
from typer.exceptions import TyperException

from keeper.book.store import CorruptCheckpoint, WrongCheckpoint
from keeper.chain.errors import ChainError
from keeper.cli import sandbox
from keeper.cli.commands import plimsoll
from keeper.config import ConfigError
from keeper.telemetry.server import CannotListen

FAILED, USAGE, INTERRUPTED = 1, 2, 130

plimsoll.command()(sandbox.demo)
plimsoll.command()(sandbox.replay)


def main() -> None:
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 for a failure, 2 for bad settings or arguments."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = plimsoll(args=given or ["--help"], prog_name="plimsoll", standalone_mode=False)
    except ConfigError as error:
        for problem in error.problems:
            _say(problem)
        return USAGE
    except TyperException as error:
        _say(error.format_message())
        return USAGE
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except sqlite3.Error as error:
        _say(f"a database in [keeper] folder cannot be used ({error}): full disk, or two keepers?")
        return FAILED
    except (ChainError, CannotListen, CorruptCheckpoint, WrongCheckpoint, LookupError, OSError) as error:
        _say(str(error))
        return FAILED
    except Exception as error:
        # A defect: said in one line as well, with its place for the report.
        place = traceback.extract_tb(error.__traceback__)[-1]
        _say(f"{type(error).__name__} at {place.filename}:{place.lineno}: {error}: please report this")
        return FAILED
    return code if isinstance(code, int) else 0


def _say(line: str) -> None:
    sys.stderr.write(f"plimsoll: {line}\n")


if __name__ == "__main__":
    main()
