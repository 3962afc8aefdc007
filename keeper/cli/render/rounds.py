"""Past rounds of deleveraging."""

from rich.console import RenderableType
from rich.text import Text

from keeper.cli.render.tables import spaced, table
from keeper.cli.render.words import moment, money, size
from keeper.cli.views.rounds import RoundView


def rounds(views: tuple[RoundView, ...], wide: bool) -> RenderableType:
    """`wide`: with the time and how many were closed and passed over; else for 80 columns."""
    if not views:
        return "[dim]no round of deleveraging was seen yet[/]"
    more = ("time (UTC)", "with", "passed over", "left") if wide else ()
    body = table(
        "block", "account", "market", "closed", "shortfall", "insurance", "haircut", *more, "verified"
    )
    for view in views:
        passed_over = sum(visit.passed_over for visit in view.visits)
        extra = (
            moment(view.timestamp),
            str(len(view.visits) - passed_over),
            str(passed_over),
            size(view.left),
        )
        body.add_row(
            str(view.block),
            str(view.account_id),
            str(view.market_id),
            size(view.closed),
            money(view.shortfall),
            money(view.insurance),
            money(view.haircut),
            *(extra if wide else ()),
            Text("yes", style="green") if view.verified else Text("NO", style="bold red"),
        )
    wrong = [f"[red]block {v.block}, {v.tx_hash}: {text}[/]" for v in views for text in v.differences]
    return spaced([body, *wrong])
