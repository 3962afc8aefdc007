"""However a replay is ended, its chain ends with it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.build_cache import ROOT
from scripts.sandbox.keeper_process import wait_until
from scripts.sandbox.node import post
from tests.replay.inputs import GOOD, write

MANY = 20_000


def chains(pid: int) -> list[int]:
    """Anvils that a process started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in children if name_of(each) == "anvil"]


def is_deployed(chain: int) -> bool:
    """Whether the replay has come so far that it uses the chain."""
    arguments = Path(f"/proc/{chain}/cmdline").read_text().split("\0")
    message = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
    try:
        answer = post(f"http://127.0.0.1:{arguments[arguments.index('--port') + 1]}", message)
    except OSError:
        return False
    return int(answer["result"], 16) > 0


def name_of(pid: str) -> str:
    """Empty: it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


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
        [chain] = wait_until("the chain runs", lambda: chains(process.pid), 60)
        wait_until("the replay uses it", lambda: is_deployed(chain), 60)
        process.send_signal(ending)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, said) == (130, "")
    wait_until("the chain has ended", lambda: not is_alive(chain))
    assert not (tmp_path / "out").exists()
