"""Write the ABIs that the keeper ships with: `keeper/abi/<Name>.json`, an entry per line, sorted.

python -m scripts.export_abi
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "keeper" / "abi"
CONTRACTS = (
    "ClearingHouse",
    "Exchange",
    "Governance",
    "InsuranceVault",
    "Lens",
    "OracleRouter",
    "PythSource",
    "SignedSource",
)


def text(abi: list[dict[str, Any]]) -> str:
    """JSON with an entry per line, so that a diff names what changed."""
    lines = sorted(json.dumps(entry, separators=(",", ":"), sort_keys=True) for entry in abi)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def compiled(name: str) -> list[dict[str, Any]]:
    """The compiler's ABI of a contract."""
    (source,) = (ROOT / "contracts").rglob(f"{name}.vy")
    run = subprocess.run(
        [sys.executable, "-m", "vyper.cli.vyper_compile", "-f", "abi", str(source.relative_to(ROOT))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    abi: list[dict[str, Any]] = json.loads(run.stdout)
    return abi


def main() -> None:
    for name in CONTRACTS:
        (FOLDER / f"{name}.json").write_text(text(compiled(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
