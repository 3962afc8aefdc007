"""The queue of one side."""

from rich.console import RenderableType

from keeper.cli.render.tables import spaced, table
from keeper.cli.render.words import lamps, percent, price, size
from keeper.cli.views.queue import QueueView


def queue(view: QueueView) -> RenderableType:
    doubt = "" if view.price_is_valid else "  [red]not valid: nobody can be closed at it[/]"
    head = (
        f"[bold]market {view.market_id}, {view.side}[/]  block {view.block}  price {price(view.price)}{doubt}"
    )
    body = table("rank", "account", "ROE", "leverage", "size", "entry", "lights", left=("lights",))
    for row in view.rows:
        body.add_row(
            f"{row.rank:,}",
            str(row.account_id),
            percent(row.roe, sign=True),
            f"{row.leverage}x",
            size(row.size),
            price(row.entry_price),
            lamps(row.lights),
        )
    parked = f", {view.parked:,} parked and not ranked" if view.parked else ""
    note = f"[dim]{len(view.rows):,} of {view.ranked:,} ranked{parked}. Rank 1 is closed first.[/]"
    return spaced([head, body, note]) if view.rows else spaced([head, f"[dim]nobody is ranked{parked}[/]"])
