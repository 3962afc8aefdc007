"""Compiled contracts for chains that are driven without Ape."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.build_cache import ROOT, source_hash

CACHE = ROOT / "build" / "artifacts"


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
    content = json.loads(_made(name, evm_version).read_text())
    return Artifact(content["abi"], content["bytecode"], content["layout"])


def prepare(names: Sequence[str], done: Callable[[int], None]) -> None:
    """Compile what is not compiled yet, two at a time, the longest first; `done` is told how many are."""
    with ThreadPoolExecutor(2) as workers:
        made = [workers.submit(_made, name) for name in names]
        try:
            for count, _ in enumerate(as_completed(made), 1):
                done(count)
        finally:
            workers.shutdown(cancel_futures=True)
    for each in made:
        each.result()


def _made(name: str, evm_version: str = "") -> Path:
    """The compiler's answer, as a file; written at once or not at all."""
    path = next(p for p in (ROOT / "contracts").rglob(f"{name}.vy"))
    file = f"{name}{evm_version and '.' + evm_version}"
    cached = CACHE / f"{file}-{source_hash()[:16]}-layout.json"
    if not cached.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        for old in CACHE.glob(f"{file}-*.json"):
            old.unlink()
        draft = cached.with_suffix(f".{os.getpid()}")
        draft.write_text(_compile(path, evm_version))
        draft.replace(cached)
    return cached


def _compile(path: Path, evm_version: str) -> str:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "vyper.cli.vyper_compile",
            "-f",
            "abi,bytecode,layout",
            *(["--evm-version", evm_version] if evm_version else []),
            str(path.relative_to(ROOT)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(f"{path.name} does not compile\n{run.stderr}")
    abi, bytecode, layout = run.stdout.strip().splitlines()
    storage = json.loads(layout).get("storage_layout", {})
    return json.dumps({"abi": json.loads(abi), "bytecode": bytecode, "layout": storage})
