"""What the keeper needs: time and memory with a million accounts, and blocks through a crash on a live chain.

Written to build/bench/keeper.json (`make bench-keeper`).
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.build_cache import ROOT
from tests.bench import keeper_crash

OUTPUT = ROOT / "build" / "bench" / "keeper.json"
SCALE = [sys.executable, "-m", "tests.bench.keeper_scale"]
# At most; of `sync_events_per_s` at least.
TARGETS = {
    "revalue_ms_p50": 100,
    "rank_top256_ms_p50": 30,
    "block_2000_events_ms_p50": 150,
    "sync_events_per_s": 25_000,
    "rss_mb": 1_500,
    "blocks_to_inclusion_p99": 2,
}
AT_LEAST = {"sync_events_per_s"}


def measure_scale() -> dict[str, Any]:
    """In processes of their own: what generates the crowd is no part of a keeper's memory."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*SCALE, "prepare", folder], cwd=ROOT, check=True)
        start = time.perf_counter()
        process = subprocess.Popen(
            [*SCALE, "measure", folder], cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert process.stdout is not None
        if process.stdout.readline().strip() != "loaded":
            raise RuntimeError("the book did not come back")
        restart = time.perf_counter() - start
        figures: dict[str, Any] = json.loads(process.stdout.read())
        if process.wait():
            raise RuntimeError("the measurement failed")
    return figures | {"restart_s": round(restart, 2)}


def show(figures: dict[str, Any]) -> None:
    table = Table("figure", "measured", "target")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, figure in figures.items():
        target = TARGETS.get(name)
        missed = target is not None and (figure < target if name in AT_LEAST else figure > target)
        sign = ">=" if name in AT_LEAST else "<="
        colour = "" if target is None else "red" if missed else "green"
        table.add_row(name, f"{figure:,}", "" if target is None else f"{sign} {target:,}", style=colour)
    Console(width=100).print(table)


def main() -> int:
    figures = measure_scale()
    figures |= keeper_crash.measure()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n")
    show(figures)
    print(f"written to {Path(OUTPUT).relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
