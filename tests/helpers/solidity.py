"""Contracts of other projects, compiled in the test run from their npm packages with solc from npm.

They are development dependencies, which `make test` installs: a test that needs them carries the mark
`needs_solidity` and is skipped where they are missing.
"""

import hashlib
import json
import os
import posixpath
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scripts.build_cache import ROOT

PACKAGES = ROOT / "node_modules"
CACHE = ROOT / "build" / "solidity"
NEEDED = ("solc-0.8", "solc-0.6", "@chainlink/contracts", "@pythnetwork/pyth-sdk-solidity", "weird-erc20")
MISSING = [name for name in NEEDED if not (PACKAGES / name).is_dir()] + ["node"] * (not shutil.which("node"))
needs_solidity = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

# Standard JSON in, standard JSON out, by the compiler in the folder named by the first argument.
COMPILE = (
    "const input = require('fs').readFileSync(0, 'utf8');"
    "process.stdout.write(require(process.argv[1]).compile(input));"
)
IMPORT = re.compile(r"""^\s*import\b[^"';]*["']([^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class Solidity:
    """A compiled contract, ready to deploy."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str


@cache
def compiled(source: str, name: str, solc: str = "0.8") -> Solidity:
    """The contract `name` of the file `source`, an import path such as "weird-erc20/contracts/ERC20.sol"."""
    standard_input = json.dumps(
        {
            "language": "Solidity",
            "sources": {path: {"content": text} for path, text in sorted(_with_imports(source).items())},
            "settings": {
                "optimizer": {"enabled": True, "runs": 200},
                "outputSelection": {source: {name: ["abi", "evm.bytecode.object"]}},
            },
        }
    )
    compiler = PACKAGES / f"solc-{solc}"
    version = json.loads((compiler / "package.json").read_text())["version"]
    key = hashlib.sha256(f"{version} {standard_input}".encode()).hexdigest()[:16]
    cached = CACHE / f"{name}-{key}.json"
    if not cached.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        # Two test processes may compile the same contract: neither must read half a file.
        partial = cached.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(_compile(compiler, standard_input, source, name)))
        partial.replace(cached)
    content = json.loads(cached.read_text())
    return Solidity(name, content["abi"], content["bytecode"])


def deploy_solidity(account: Any, contract: Solidity, *args: Any) -> Any:
    """Deploy from an Ape account; returns Ape's instance."""
    from ape.contracts import ContractContainer
    from ethpm_types import ContractType

    contract_type = ContractType.model_validate(
        {
            "contractName": contract.name,
            "abi": contract.abi,
            "deploymentBytecode": {"bytecode": contract.bytecode},
        }
    )
    return account.deploy(ContractContainer(contract_type), *args)


def _with_imports(source: str) -> dict[str, str]:
    """The text of `source` and of everything it imports, by import path."""
    sources: dict[str, str] = {}
    to_read = [source]
    while to_read:
        path = to_read.pop()
        if path in sources:
            continue
        sources[path] = (PACKAGES / path).read_text()
        for imported in IMPORT.findall(sources[path]):
            folder = posixpath.dirname(path) if imported.startswith(".") else ""
            to_read.append(posixpath.normpath(posixpath.join(folder, imported)))
    return sources


def _compile(compiler: Path, standard_input: str, source: str, name: str) -> dict[str, Any]:
    run = subprocess.run(
        ["node", "-e", COMPILE, str(compiler)],
        input=standard_input,
        capture_output=True,
        text=True,
        check=True,
    )
    output = json.loads(run.stdout)
    errors = [e["formattedMessage"] for e in output.get("errors", []) if e["severity"] == "error"]
    if errors:
        raise RuntimeError(f"{source} does not compile\n" + "\n".join(errors))
    contract = output["contracts"][source][name]
    return {"abi": contract["abi"], "bytecode": "0x" + contract["evm"]["bytecode"]["object"]}
