"""The locked compiler and Anvil, environment activated or not."""

import os
import sys
from pathlib import Path

from scripts.build_cache import ROOT


def use_locked_tools() -> None:
    """Put them first on PATH, for this process and its children."""
    folders = [str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin")]
    os.environ["PATH"] = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
