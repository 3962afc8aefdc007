"""The venue and the keeper at a glance."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keeper.cli.render.account import STYLES
from keeper.cli.render.tables import pairs, spaced, table
from keeper.cli.render.words import age, moment, money, percent, price, size, times
from keeper.cli.views.status import MarketLine, StatusView


def status(view: StatusView, now: float, daemon: dict[str, Any] | None) -> RenderableType:
    thin = f"{view.liquidatable:,} liquidatable, {view.bankrupt:,} of them bankrupt, {view.flagged:,} flagged"
    rows = [
        ("block", f"{view.block:,}  {moment(view.timestamp)} UTC, {age(max(now - view.timestamp, 0))} ago"),
        ("accounts", f"{view.accounts:,} with {view.positions:,} positions"),
        ("thin", thin if view.liquidatable or view.flagged else "none"),
        ("insurance", money(view.insurance) + ("" if view.insurance is None else " for all markets, now")),
        ("gate", f"up until {moment(view.gate_until)} UTC" if view.gate_until else "down"),
    ]
    if view.own is not None:
        usage = f"{percent(view.own.usage)} used" if view.own.usage is not None else "no equity left"
        own = (
            f"{view.own.account_id}: equity {money(view.own.equity)}, {usage}, {view.own.positions} positions"
        )
        rows.append(("own account", own))
    parts: list[RenderableType] = [Group(keeper(daemon), pairs(rows)), _markets(view)]
    if stale := [_stale(line) for line in view.markets if line.stale_sources]:
        parts.append(Group(*stale))
    parts.append(_positions(view))
    if view.thin:
        parts.append(_thin(view, now))
    return spaced(parts)


def keeper(daemon: dict[str, Any] | None) -> RenderableType:
    if daemon is None:
        return "[bold]keeper[/]  [dim]not running on this machine (nothing answers at its port)[/]"
    head = Text.assemble(("keeper", "bold"), "  ")
    if daemon["status"] == "ok":
        head.append("ok", style="green")
    else:
        head.append("unhealthy", style="bold red")
    head.append(f"  up {age(daemon['uptime_seconds'])}, book at block {daemon['book_block']:,}")
    head.append(f", {daemon['unsettled']} transactions under way")
    coins = Text(f"  its key has {daemon['balance']} coins for gas")
    return Group(head, coins, *(Text(f"  {reason}", style="red") for reason in daemon["reasons"]))


def _markets(view: StatusView) -> Table:
    body = table(
        "market", "price", "age", "funding 8 h", "insurance", "remarks", title="Markets", left=("remarks",)
    )
    for line in view.markets:
        remarks = [
            f"{price(line.waiting_price)} waits to be confirmed" if line.waiting_price is not None else "",
            "reduce only" if line.reduce_only else "",
        ]
        body.add_row(
            str(line.market_id),
            price(line.price),
            Text(line.trouble or age(line.price_age), style="red" if line.trouble else ""),
            f"{line.premium * 100:+.4f} %",
            money(line.insurance),
            ", ".join(remark for remark in remarks if remark),
        )
    return body


def _stale(line: MarketLine) -> RenderableType:
    said = "; ".join(f"source {address} {why}" for address, why in line.stale_sources)
    return Text(f"market {line.market_id}: {said}", style="red")


def _positions(view: StatusView) -> Table:
    body = table("market", "open interest", "of cap", "longs", "shorts", "parked", title="Positions")
    for line in view.markets:
        used = line.open_interest / line.open_interest_cap if line.open_interest_cap else None
        body.add_row(
            str(line.market_id),
            size(line.open_interest),
            percent(used),
            f"{line.longs:,}",
            f"{line.shorts:,}",
            f"{line.parked:,}",
        )
    return body


def _thin(view: StatusView, now: float) -> Table:
    shown = f"the {len(view.thin)} worst of {view.liquidatable:,}"
    body = table(
        "account",
        "state",
        "equity",
        "maintenance",
        "ratio",
        "flagged",
        title=f"Thin accounts, {shown}",
        left=("state",),
    )
    for line in view.thin:
        body.add_row(
            str(line.account_id),
            Text(line.state, style=STYLES[line.state]),
            money(line.equity),
            money(line.maintenance),
            times(line.health),
            age(max(now - line.flagged_at, 0)) + " ago" if line.flagged_at else "-",
        )
    return body
