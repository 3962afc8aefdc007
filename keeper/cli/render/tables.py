"""Tables that fit 80 columns."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


def table(*columns: str, title: str = "", left: Sequence[str] = ()) -> Table:
    """Numbers to the right, columns named in `left` to the left."""
    made = Table(
        box=box.SIMPLE_HEAD,
        title=title or None,
        title_justify="left",
        title_style="bold",
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        made.add_column(column, justify="left" if column in left else "right", overflow="fold")
    return made


def pairs(rows: Sequence[tuple[str, str]]) -> Table:
    """Names and values, without a head; brackets in them are no markup."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(Text(name), Text(value))
    return made


def spaced(parts: Sequence[RenderableType]) -> Group:
    """One under the other, a line free between them."""

    def lines() -> Iterator[RenderableType]:
        for number, part in enumerate(parts):
            if number:
                yield ""
            yield part

    return Group(*lines())
