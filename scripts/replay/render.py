"""A replay on a terminal of 80 columns, from what summary.json says."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rich.console import RenderableType

from keeper.cli.render.tables import pairs, spaced, table
from keeper.cli.render.words import moment, money, percent


def closing(summary: Mapping[str, Any]) -> RenderableType:
    """What came in, what happened, and the policies beside one another."""
    parts: list[RenderableType] = [pairs(_input(summary)), pairs(_happened(summary))]
    if summary["rounds"]:
        parts.append(_policies(summary["policies"]))
    else:
        parts.append("no round of deleveraging: nothing to compare")
    return spaced(parts)


def _input(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    given, mapped, refused = summary["input"], summary["mapped"], summary["refused"]
    rows = [
        ("recorded", f"{moment(given['first_time'])} to {moment(given['last_time'])} UTC"),
        (
            "read",
            f"{given['accounts']} accounts, {given['positions']} positions, {given['fills']} fills, "
            f"{given['prices']} prices of {', '.join(given['markets'])}",
        ),
    ]
    if mapped["leverages"]:
        tiers: Counter[int] = Counter()
        for each in mapped["leverages"]:
            tiers[each["tier"]] += each["count"]
        counted = ", ".join(f"{count} as {tier}x" for tier, count in sorted(tiers.items()))
        rows.append(("leverages", f"{tiers.total()} are no tier: taken {counted}"))
    if mapped["rounded_numbers"] or mapped["replaced_prices"]:
        text = f"{mapped['rounded_numbers']} numbers cut off, {mapped['replaced_prices']} prices replaced"
        rows.append(("simplified", text))
    if refused["reasons"]:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in refused["reasons"].items())
        rows.append(("refused", f"{refused['positions']} positions, {refused['fills']} fills: {reasons}"))
    return rows


def _happened(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("liquidations", str(summary["liquidations"])),
        ("bankruptcies", str(summary["bankruptcies"])),
        ("rounds", f"{summary['rounds']}, {summary['verified_rounds']} verified"),
        ("closed by them", f"{summary['counterparties']} positions, {summary['passed_over']} passed over"),
        ("shortfall", _money(summary["shortfall"])),
        (
            "insurance",
            f"{_money(summary['insurance_before'])}, paid {_money(summary['insurance_paid'])}, "
            f"left {_money(summary['insurance_after'])}",
        ),
        ("haircut", _money(summary["haircut"])),
    ]
    if summary["unfinished_times"]:
        rows.append(
            ("unfinished", f"after {summary['unfinished_times']} times something was left to be done")
        )
    if summary["latest_delay_seconds"]:
        rows.append(("delay", f"{summary['latest_delay_seconds']} s at most"))
    return rows


def _policies(scores: list[dict[str, Any]]) -> RenderableType:
    body = table(
        *("policy", "hit", "closed", "largest", "top", "overshoot", "< 0", "> profit"),
        title="the same rounds by other rules",
        left=("policy",),
    )
    for score in scores:
        body.add_row(
            score["policy"],
            str(score["accounts_hit"]),
            str(score["fully_closed"]),
            percent(Decimal(score["largest_haircut_of_profit"])),
            percent(Decimal(score["top_account_share"])),
            f"{Decimal(score['overshoot']):,.0f}",
            str(score["negative_after"]),
            str(score["beyond_profit"]),
        )
    return body


def _money(text: str) -> str:
    return money(Decimal(text))
