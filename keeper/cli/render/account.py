"""One account with its positions and what lower tiers would do."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keeper.cli.render.tables import pairs, spaced, table
from keeper.cli.render.words import lamps, moment, money, percent, price, size, times
from keeper.cli.views.account import AccountView, LegView

STYLES = {"healthy": "green", "flat": "dim", "liquidatable": "dark_orange", "bankrupt": "red"}


def account(view: AccountView) -> RenderableType:
    head = f"[bold]account {view.account_id}[/]  block {view.block}  [{STYLES[view.state]}]{view.state}[/]"
    rows = [
        ("owner", view.owner),
        ("equity", money(view.equity)),
        ("cash", money(view.cash)),
        (
            "maintenance requirement",
            f"{money(view.maintenance)}  (equity is {times(view.health)} times that)",
        ),
        ("initial requirement", money(view.initial)),
        (
            "withdrawable",
            "nothing: a market has no valid price" if view.withdrawable is None else money(view.withdrawable),
        ),
    ]
    if view.health is None:
        rows[3] = ("maintenance requirement", money(view.maintenance))
    if view.equity != view.sure_equity:
        rows.insert(2, ("equity at last prices", money(view.sure_equity)))
    if view.flagged_at:
        rows.append(("flagged bankrupt", moment(view.flagged_at) + " UTC"))
    parts: list[RenderableType] = [Group(head, pairs(rows))]
    if view.legs:
        parts += [_positions(view), _places(view)]
    parts += [_lower(leg) for leg in view.legs if leg.lower]
    return spaced(parts)


def _positions(view: AccountView) -> Table:
    body = table("market", "size", "entry", "price", "profit", "liquidation", "distance", title="Positions")
    for leg in view.legs:
        body.add_row(
            str(leg.market_id),
            size(leg.size),
            price(leg.entry_price),
            Text(price(leg.price), style="" if leg.price_is_valid else "red"),
            money(leg.profit),
            price(leg.liquidation_price),
            percent(leg.distance, sign=True) if leg.distance != 0 else Text("now", style="red"),
        )
    return body


def _places(view: AccountView) -> Table:
    body = table(
        "market",
        "leverage",
        "maintenance",
        "initial",
        "ROE",
        "rank",
        "lights",
        title="Queue",
        left=("lights",),
    )
    for leg in view.legs:
        body.add_row(
            str(leg.market_id),
            f"{leg.leverage}x",
            money(leg.maintenance),
            money(leg.initial),
            percent(leg.roe, sign=True),
            "parked" if leg.parked else f"{leg.rank:,} of {leg.ranked:,}",
            lamps(leg.lights),
        )
    return body


def _lower(leg: LegView) -> Table:
    body = table(
        "leverage", "allowed", "deposit first", "ROE", "rank", "lights",
        title=f"Market {leg.market_id}: with a lower leverage", left=("allowed", "lights"),
    )  # fmt: skip
    for tier in leg.lower:
        body.add_row(
            f"{tier.leverage}x",
            Text((tier.refusal and f"no: {tier.refusal}") or "yes", style="dim" if tier.refusal else "green"),
            money(tier.missing) if tier.missing else "-",
            percent(tier.roe, sign=True),
            f"{tier.rank:,}",
            lamps(tier.lights),
        )
    return body
