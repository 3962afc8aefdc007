"""What tables make of what they are given."""

from io import StringIO

from rich.console import Console

from keeper.cli.render.tables import pairs


def test_pairs__brackets__are_shown_as_they_are() -> None:
    console = Console(file=StringIO(), width=60)
    console.print(pairs([("report", "/home/me/[old]/[/x]/report.html")]))
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().split() == ["report", "/home/me/[old]/[/x]/report.html"]
