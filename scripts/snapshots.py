"""Committed snapshots of what the compiler makes of every deployable contract.

A change of size, ABI or storage layout shows up in review as a diff of `tests/snapshots/`:

    sizes.json           bytes of runtime code and of initcode
    abi/<Name>.json      canonical signatures with mutability
    layout/<Name>.json   slot, number of slots, name and type of every storage variable

    python -m scripts.snapshots        rewrite them (`make snapshots`)
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOTS = ROOT / "tests" / "snapshots"
DEPLOYABLE_FOLDERS = ("contracts", "contracts/sources")

RUNTIME_LIMIT = 24_576  # EIP-170
INITCODE_LIMIT = 49_152  # EIP-3860, constructor arguments included

Json = dict[str, Any]


class CompilationError(Exception):
    """A contract does not compile; the message is the compiler's."""


@dataclass(frozen=True)
class Compiled:
    """What the snapshots need to know of one contract."""

    runtime_bytes: int
    initcode_bytes: int
    abi: list[str]
    layout: list[Json]


def deployables() -> dict[str, Path]:
    """Name and source of every contract meant to be deployed: no modules, interfaces or mocks."""
    return {p.stem: p for folder in DEPLOYABLE_FOLDERS for p in sorted((ROOT / folder).glob("*.vy"))}


def compiled(name: str) -> Compiled:
    """The named contract; all of them are compiled together on the first call."""
    return _compilations()[name].result()


def collect() -> dict[str, Any]:
    """Every snapshot by its path below `tests/snapshots`."""
    contracts = {name: compiled(name) for name in sorted(deployables())}
    snapshots: dict[str, Any] = {"sizes.json": {name: sizes(c) for name, c in contracts.items()}}
    for name, contract in contracts.items():
        snapshots[f"abi/{name}.json"] = contract.abi
        snapshots[f"layout/{name}.json"] = contract.layout
    return snapshots


def sizes(contract: Compiled) -> Json:
    return {"runtime": contract.runtime_bytes, "initcode": contract.initcode_bytes}


def over_limit(name: str) -> list[str]:
    """Complaints about the size of a contract."""
    contract = compiled(name)
    measured = [
        ("runtime", contract.runtime_bytes, "EIP-170", RUNTIME_LIMIT),
        ("initcode", contract.initcode_bytes, "EIP-3860", INITCODE_LIMIT),
    ]
    return [
        f"{name}: {size} {kind} bytes, {eip} allows {limit}"
        for kind, size, eip, limit in measured
        if size > limit
    ]


def write() -> None:
    """Rewrite the committed snapshots and remove those of contracts that are gone."""
    snapshots = collect()
    for old in SNAPSHOTS.rglob("*.json"):
        if old.relative_to(SNAPSHOTS).as_posix() not in snapshots:
            old.unlink()
    for name, content in snapshots.items():
        path = SNAPSHOTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_one_line_each(content))


def _one_line_each(content: dict[str, Any] | list[Any]) -> str:
    """JSON with an entry per line, so that a diff names what changed."""
    if isinstance(content, dict):
        lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
        return "{\n" + ",\n".join(lines) + "\n}\n"
    return "[\n" + ",\n".join(json.dumps(entry) for entry in content) + "\n]\n"


@cache
def _compilations() -> dict[str, Future[Compiled]]:
    pool = ThreadPoolExecutor(os.cpu_count())
    jobs = {name: pool.submit(_compile, source) for name, source in deployables().items()}
    pool.shutdown(wait=False)
    return jobs


def _compile(source: Path) -> Compiled:
    # The command line, not the compiler's Python interface: one process per contract uses every core.
    run = subprocess.run(
        [
            *(sys.executable, "-m", "vyper.cli.vyper_compile"),
            *("-f", "abi,layout,bytecode,bytecode_runtime"),
            source.relative_to(ROOT).as_posix(),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise CompilationError(f"{source.relative_to(ROOT)} does not compile\n{run.stderr}")
    abi, layouts, initcode, runtime = run.stdout.strip().splitlines()
    layout = json.loads(layouts)
    storage = sorted(_flatten(layout.get("storage_layout", {})), key=lambda item: item[1]["slot"])
    # Immutables are appended to the runtime code at deployment and count towards the limit.
    immutables = max(
        (v["offset"] + v["length"] for _, v in _flatten(layout.get("code_layout", {}))), default=0
    )
    return Compiled(
        runtime_bytes=_length(runtime) + immutables,
        initcode_bytes=_length(initcode),
        abi=sorted(_signature(entry) for entry in json.loads(abi)),
        layout=[
            {"slot": v["slot"], "n_slots": v["n_slots"], "name": name, "type": v["type"]}
            for name, v in storage
        ],
    )


def _length(code: str) -> int:
    return len(bytes.fromhex(code.removeprefix("0x")))


def _flatten(layout: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Variables of a layout; those of a module are nested below its name."""
    for name, value in layout.items():
        if isinstance(value.get("type"), str):
            yield prefix + name, value
        else:
            yield from _flatten(value, f"{prefix}{name}.")


def _signature(entry: Json) -> str:
    kind = entry["type"]
    inputs = ",".join(_type(i) + " indexed" * i.get("indexed", False) for i in entry["inputs"])
    if kind == "event":
        return f"event {entry['name']}({inputs})"
    if kind != "function":
        return f"{kind}({inputs}) {entry['stateMutability']}"
    outputs = ",".join(_type(o) for o in entry["outputs"])
    returns = f" -> ({outputs})" if outputs else ""
    return f"function {entry['name']}({inputs}) {entry['stateMutability']}{returns}"


def _type(parameter: Json) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type(c) for c in parameter['components'])}){kind.removeprefix('tuple')}"


def main() -> int:
    try:
        write()
    except CompilationError as error:
        print(error, file=sys.stderr)
        return 1
    complaints = []
    for name in deployables():
        size = sizes(compiled(name))
        print(f"{name:<20} {size['runtime']:>6} runtime {size['initcode']:>6} initcode bytes")
        complaints += over_limit(name)
    for line in complaints:
        print(line, file=sys.stderr)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
