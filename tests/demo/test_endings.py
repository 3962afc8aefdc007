"""However a demonstration ends, its exit code says so and no process of it is left."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.demo.running import are_gone, running

PLAYING = "the crash"


def test_demo__ctrl_c__ends_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as demo:
        demo.wait_for(PLAYING)
        children = demo.children()
        assert len(children) == 2
        demo.interrupt()
        assert (demo.end(), demo.complained) == (130, [])
        assert are_gone(list(children))


def test_demo__terminated__ends_with_143_and_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as demo:
        demo.wait_for(PLAYING)
        children = demo.children()
        demo.process.terminate()
        assert (demo.end(), demo.complained) == (128 + signal.SIGTERM, [])
        assert are_gone(list(children))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("keeper.cli keeper", "plimsoll: the keeper has ended (exit code -9): see {}/keeper/keeper.log"),
        ("anvil", "plimsoll: the chain has ended (exit code -9)"),
    ],
    ids=["keeper", "chain"],
)
def test_demo__a_child_is_killed__says_so_in_one_line(tmp_path: Path, name: str, said: str) -> None:
    with running(tmp_path) as demo:
        demo.wait_for(PLAYING)
        children = demo.children()
        os.kill(demo.child(name), signal.SIGKILL)
        assert (demo.end(), demo.complained) == (1, [said.format(demo.folder)])
        assert are_gone(list(children))
        assert not (demo.folder / "report.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_demo__killed__leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as demo:
        demo.wait_for(PLAYING)
        children = demo.children()
        demo.process.kill()
        demo.end()
        assert are_gone(list(children))


def test_demo__keep__stays_and_can_be_looked_at_until_ctrl_c(tmp_path: Path) -> None:
    with running(tmp_path, "--keep") as demo:
        demo.wait_for("the venue calms down")
        children = demo.children()
        config = demo.folder / "keeper" / "keeper.toml"
        demo.wait_for(f"  plimsoll rounds -c {config}")
        assert demo.children() == children
        demo.interrupt()
        assert demo.end() == 0
        assert are_gone(list(children))
