"""The keeper as its own process: settings file, start, stop, kill, what it tells about itself."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from scripts.build_cache import ROOT
from scripts.sandbox import children

READY_SECONDS = 30
POLL = 0.05


def wait_until(what: str, condition: Callable[[], Any], seconds: float = 20) -> Any:
    """The condition's value once it is true; an exception that says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s still not: {what}")
        time.sleep(POLL)
    return found


def toml(settings: Mapping[str, Any]) -> str:
    """Tables of plain values; a list becomes an array of tables, a mapping in one an inline table."""
    lines: list[str] = []
    for name, table in settings.items():
        for head, each in (
            [(f"[[{name}]]", part) for part in table] if isinstance(table, list) else [(f"[{name}]", table)]
        ):
            lines += [head, *(f"{key} = {_value(value)}" for key, value in each.items()), ""]
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


class Daemon:
    """One keeper with its folder. Started again it is the same keeper after a restart."""

    def __init__(
        self, folder: Path, settings: Mapping[str, Any], key: LocalAccount, signers: Sequence[str] = ()
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.key = key
        self.port = int(settings["telemetry"]["port"])
        self.config = folder / "keeper.toml"
        self.write(settings)
        self.log = folder / "keeper.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {n: v for n, v in os.environ.items() if not n.startswith("PLIMSOLL_")}
        self.environment["PLIMSOLL_PRIVATE_KEY"] = key.key.hex()
        if signers:
            self.environment["PLIMSOLL_SIGNER_KEYS"] = ",".join(signers)

    def write(self, settings: Mapping[str, Any]) -> None:
        """What it reads when it starts."""
        self.settings = settings
        self.config.write_text(toml(settings))

    # -- the process

    def start(self, *options: str) -> "Daemon":
        """Without waiting for it."""
        with self.log.open("ab") as log:
            self.process = children.start(self._command("keeper", *options), log, ROOT, self.environment)
        return self

    def start_and_wait(self, *options: str) -> "Daemon":
        """Until it is healthy: synchronised and with a cycle behind it."""
        self.start(*options)
        wait_until("the keeper is healthy", self.is_healthy, READY_SECONDS)
        return self

    @property
    def running(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            code = None if self.process is None else self.process.returncode
            raise RuntimeError(f"the keeper does not run (exit code {code}):\n{self.tail()}")
        return self.process

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.running.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL, as a crash of the machine would."""
        self.running.kill()
        self.wait()

    def wait(self, seconds: float = 20) -> int:
        """Until it has ended by itself; its exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def end(self) -> None:
        """However it is, it is gone afterwards."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def run_cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of the same program with the same settings, to its end."""
        return subprocess.run(
            self._command(*arguments),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def _command(self, name: str, *rest: str) -> list[str]:
        return [sys.executable, "-m", "keeper.cli", name, *rest, "--config", str(self.config)]

    # -- what it tells

    def _get(self, path: str) -> tuple[int, str]:
        """Status (0: nobody answers) and body."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_healthy(self) -> bool:
        """Raises if the process has ended."""
        return self.running.pid > 0 and self._get("/healthz")[0] == 200

    def health(self) -> tuple[int, str]:
        return self._get("/healthz")

    def metrics(self) -> dict[str, float]:
        """By sample as it is written: name, or name{label="value"}."""
        samples = {}
        for line in self._get("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                samples[name] = float(value)
        return samples

    def entries(self) -> list[dict[str, Any]]:
        """What it logged as JSON."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.running.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024
