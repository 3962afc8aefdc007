"""What `plimsoll keeper --check` found: one line each, however long."""

from rich.console import Group, RenderableType
from rich.text import Text

from keeper.verdict import Check

STYLES = {"ok": "green", "warn": "yellow", "FAIL": "bold red"}


def checks(found: list[Check]) -> RenderableType:
    lines = [Text.assemble((f"{c.verdict:<4}", STYLES[c.verdict]), f"  {c.what}: {c.text}") for c in found]
    bad = sum(each.is_bad for each in found)
    end = Text(f"{bad} to be put right", style="bold red") if bad else Text("ready", style="green")
    return Group(*lines, end)
