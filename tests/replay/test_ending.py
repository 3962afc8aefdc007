"""However a replay is ended, its chain ends with it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.build_cache import ROOT
from scripts.sandbox.keeper_process import wait_until
from tests.replay.inputs import GOOD, write

MANY = 20_000


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in listed.read_text().split()] if listed.exists() else []


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    # A zombie has ended.
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_replay__ended_by_a_signal__leaves_no_chain_behind(tmp_path: Path, ending: signal.Signals) -> None:
    prices = "".join(f"{1_700_000_000 + second},ETH,4000\n" for second in range(MANY))
    folder = write(tmp_path / "in", GOOD | {"prices.csv": "time,market,price\n" + prices})
    command = [sys.executable, "-m", "keeper.cli", "replay", str(folder), "--output", str(tmp_path / "out")]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        [chain] = wait_until("the chain runs", lambda: children(process.pid), 60)
        time.sleep(0.5)
        process.send_signal(ending)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, said) == (130, "")
    wait_until("the chain has ended", lambda: not is_alive(chain))
    assert not (tmp_path / "out").exists()
