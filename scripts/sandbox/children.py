"""Processes that end with this one, however it ends, and that a Ctrl-C in its terminal does not reach."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

# Of Linux's prctl: the signal that a process gets when its parent has died.
PR_SET_PDEATHSIG = 1
# Loaded before a fork, not after it.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(
    command: Sequence[str],
    output: IO[bytes] | int = subprocess.DEVNULL,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    errors: IO[bytes] | int = subprocess.STDOUT,
) -> "subprocess.Popen[bytes]":
    """In a process group of its own: whoever started it stops it, in the order that it needs. `errors` go
    where its output goes, unless they have a place of their own.

    On Linux the kernel kills it if this process is killed; elsewhere it then stays.
    """
    return subprocess.Popen(
        command,
        stdout=output,
        stderr=errors,
        cwd=folder,
        env=environment,
        process_group=0,
        # Between fork and exec, a system call and nothing else.
        preexec_fn=_die_with_parent if LIBC is not None else None,  # noqa: PLW1509
    )


def _die_with_parent() -> None:
    assert LIBC is not None
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
