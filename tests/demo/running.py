"""`plimsoll demo` as its own process, in a process group of its own as a shell would start it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.build_cache import ROOT
from scripts.sandbox.keeper_process import wait_until

# As few traders as still bring the whole waterfall about.
TRADERS = 100
# On a machine that does much else.
PATIENCE = 300


class Running:
    """A demonstration that was started with few traders, and what it printed."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder / "report"
        self._log = folder / "said.log"
        self._errors = folder / "errors.log"
        command = [sys.executable, "-m", "keeper.cli", "demo", "--traders", str(TRADERS), "--pace", "0"]
        with self._log.open("wb") as out, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*command, "--folder", str(self.folder), *options],
                cwd=ROOT,
                stdout=out,
                stderr=errors,
                start_new_session=True,
            )

    @property
    def said(self) -> list[str]:
        return self._log.read_text().splitlines()

    @property
    def complained(self) -> list[str]:
        return self._errors.read_text().splitlines()

    def wait_for(self, line: str) -> None:
        """Until it has said so."""

        def has_said() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(f"ended with {self.process.returncode}: {self.complained}")
            return line in self.said

        wait_until(f"it says {line}", has_said, PATIENCE)

    def end(self) -> int:
        """Its exit code."""
        return self.process.wait(PATIENCE)

    def children(self) -> dict[int, str]:
        """Commands by process id."""
        return {pid: command for pid, (parent, command) in _processes().items() if parent == self.process.pid}

    def child(self, name: str) -> int:
        return next(pid for pid, command in self.children().items() if name in command)

    def interrupt(self) -> None:
        """Ctrl-C in its terminal."""
        os.killpg(self.process.pid, signal.SIGINT)


def are_gone(pids: Sequence[int]) -> bool:
    """A killed one may take a moment."""
    for _ in range(100):
        if not set(pids) & _processes().keys():
            return True
        time.sleep(0.05)
    return False


def _processes() -> dict[int, tuple[int, str]]:
    """Parent and command of all that are not zombies."""
    listed = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,stat=,command="], capture_output=True, text=True, check=True
    ).stdout
    found = {}
    for line in listed.splitlines():
        pid, parent, state, command = line.split(None, 3)
        if not state.startswith("Z"):
            found[int(pid)] = (int(parent), command)
    return found


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Running]:
    """Gone afterwards, with its children."""
    started = Running(folder, *options)
    try:
        yield started
    finally:
        children = list(started.children())
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait()
        for pid in children:
            if not are_gone([pid]):
                os.kill(pid, signal.SIGKILL)
