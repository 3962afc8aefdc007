"""What `plimsoll keeper --check` found."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keeper.checks import Check

STYLES = {"ok": "green", "warn": "yellow", "FAIL": "bold red"}


def checks(found: list[Check]) -> RenderableType:
    body = Table(box=None, show_header=False, pad_edge=False)
    body.add_column(width=4)
    body.add_column(overflow="fold")
    for each in found:
        body.add_row(Text(each.verdict, style=STYLES[each.verdict]), Text(f"{each.what}: {each.text}"))
    bad = sum(each.is_bad for each in found)
    return Group(
        body, Text(f"{bad} to be put right" if bad else "ready", style="bold red" if bad else "green")
    )
