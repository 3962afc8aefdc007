"""`plimsoll` as it is started in an environment: from anywhere, and stopped before it is loaded."""

import signal
import subprocess
import sys
from pathlib import Path

from scripts.build_cache import ROOT

COMMAND = (sys.executable, str(ROOT / "scripts" / "launch.py"))
# Runs it with a Ctrl-C at the moment when it begins to load the keeper.
IMPATIENT = f"""
import runpy, signal, sys

class Impatience:
    def find_spec(self, name, path, target=None):
        if name == "keeper.cli":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Impatience())
sys.argv = [{COMMAND[1]!r}, "--help"]
runpy.run_path({COMMAND[1]!r}, run_name="__main__")
"""


def test_launch__from_another_folder__runs_this_repositorys_keeper(tmp_path: Path) -> None:
    (tmp_path / "keeper.py").write_text("raise RuntimeError('not this one')")
    said = subprocess.run([*COMMAND, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Keeper of a Plimsoll deployment" in said.stdout


def test_launch__ctrl_c_while_it_loads__ends_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", IMPATIENT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
