"""Compiled contracts for chains that are driven without Ape."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.build_cache import ROOT, source_hash
from scripts.sandbox import children

CACHE = ROOT / "build" / "artifacts"
# Compilers that run together, and seconds between two looks at them.
AT_ONCE, POLL_SECONDS = 2, 0.02


@dataclass(frozen=True)
class Artifact:
    abi: list[dict[str, Any]]
    bytecode: str
    # As the compiler says it, by module and variable.
    layout: dict[str, Any]


@cache
def artifact(name: str, evm_version: str = "") -> Artifact:
    """The named contract from anywhere below contracts/, compiled once per source state.

    `evm_version`: an older EVM's rules than the compiler's default.
    """
    prepare([name], lambda _: None, evm_version)
    content = json.loads(_place(name, evm_version).read_text())
    return Artifact(content["abi"], content["bytecode"], content["layout"])


def prepare(names: Sequence[str], tell: Callable[[int], None], evm_version: str = "") -> None:
    """Compile what is not compiled yet, two at a time; `tell` hears how many are done."""
    missing = [name for name in names if not _place(name, evm_version).is_file()]
    done = len(names) - len(missing)
    tell(done)
    CACHE.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        compilations: list[Compilation] = []
        while missing or compilations:
            while missing and len(compilations) < AT_ONCE:
                compilations.append(stack.enter_context(Compilation(missing.pop(0), evm_version)))
            for each in [each for each in compilations if each.is_done]:
                each.keep()
                compilations.remove(each)
                done += 1
                tell(done)
            time.sleep(POLL_SECONDS)


def _place(name: str, evm_version: str) -> Path:
    return CACHE / f"{_file(name, evm_version)}-{source_hash()[:16]}-layout.json"


def _file(name: str, evm_version: str) -> str:
    return f"{name}.{evm_version}" if evm_version else name


class Compilation:
    """One run of the compiler, which does not outlive the `with`."""

    def __init__(self, name: str, evm_version: str) -> None:
        self._name, self._evm_version = name, evm_version

    def __enter__(self) -> "Compilation":
        path = next(p for p in (ROOT / "contracts").rglob(f"{self._name}.vy")).relative_to(ROOT)
        self._answer, self._complaint = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        command = [sys.executable, "-m", "vyper.cli.vyper_compile", "-f", "abi,bytecode,layout", str(path)]
        command += ["--evm-version", self._evm_version] if self._evm_version else []
        self._process = children.start(command, self._answer, ROOT, errors=self._complaint)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._answer.close()
        self._complaint.close()

    @property
    def is_done(self) -> bool:
        return self._process.poll() is not None

    def keep(self) -> None:
        """In place of older ones; at once or not at all."""
        self._answer.seek(0)
        self._complaint.seek(0)
        if self._process.returncode:
            raise RuntimeError(f"{self._name} does not compile\n{self._complaint.read().decode()}")
        abi, bytecode, layout = map(str.strip, self._answer.read().decode().strip().splitlines())
        storage = json.loads(layout).get("storage_layout", {})
        place = _place(self._name, self._evm_version)
        for old in CACHE.glob(f"{_file(self._name, self._evm_version)}-*.json"):
            old.unlink()
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"abi": json.loads(abi), "bytecode": bytecode, "layout": storage}))
        draft.replace(place)
