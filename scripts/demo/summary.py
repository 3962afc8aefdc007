"""The end of a demonstration in a few plain lines, and as JSON for programs."""

import json
from pathlib import Path

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from keeper.cli.render.tables import pairs
from scripts.demo.facts import failures, falls, hits, largest_share, losers, winners
from scripts.demo.story import Story
from scripts.demo.words import count, money, percent, roe

REPORT = "report.json"


def closing(story: Story, page: Path | None = None) -> RenderableType:
    """`page`: where the report lies."""
    wrong = failures(story)
    verdict = Text(f"Not as it should be: {count(len(wrong), 'reason')}", "bold red")
    if not wrong:
        verdict = Text("Everything held: every round checked, every lie refused, nobody missed", "bold green")
    reasons = [Text(f"  {reason}", "red") for reason in wrong]
    rows = [*_happened(story), *_checked(story)]
    if page is not None:
        rows.append(("report", str(page)))
    return Panel(
        Group(verdict, *reasons, "", pairs(rows)),
        title=f"Plimsoll: {story.scenario.name}",
        title_align="left",
    )


def write(story: Story, folder: Path) -> None:
    """`report.json` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REPORT).write_text(json.dumps(report(story), indent=2) + "\n", encoding="utf-8")


def report(story: Story) -> dict[str, object]:
    """Money in quote units, prices in WAD, times in seconds."""
    first, last = (story.samples[0], story.samples[-1]) if story.samples else (None, None)
    return {
        "liquidations": len(story.liquidations),
        "bankruptcies": len(story.bankruptcies),
        "deleveraging_rounds": len(story.rounds),
        "verified_rounds": story.verified_rounds,
        "counterparties": story.counterparties,
        "shortfall": story.shortfall,
        "insurance_paid": story.insurance_paid,
        "haircut": story.haircut,
        "refused_lists": len(story.refusals),
        "invariants": story.invariants,
        "keeper_misses": len(story.missed),
        "failures": failures(story),
        "scenario": {
            "name": story.scenario.name,
            "source": story.scenario.source,
            "starts_at": story.scenario.starts_at,
            "ends_at": story.scenario.ends_at,
            "seed": story.scenario.seed,
            "traders": story.scenario.traders,
        },
        "markets": {
            each.market.name: {"first": each.first, "lowest": each.lowest, "last": each.last}
            for each in falls(story)
        },
        "insurance_before": story.insurance_before,
        "insurance_left": last.insurance if last else story.insurance_before,
        "first_block": first.block if first else None,
        "last_block": last.block if last else None,
        "rounds_by_list": sum(each.by_list for each in story.rounds),
        "winners": len(winners(story)),
        "losers": len(losers(story)),
        "seconds": round(story.seconds, 3),
        "seconds_before": round(story.seconds_before, 3),
    }


def _happened(story: Story) -> list[tuple[str, str]]:
    moves = ", ".join(f"{each.market.name} {roe(each.worst)}" for each in falls(story))
    largest = largest_share(hits(story))
    most = f", at most {percent(*largest.as_integer_ratio())} of a profit" if largest is not None else ""
    left = story.samples[-1].insurance if story.samples else story.insurance_before
    return [
        ("crash, at the lowest", moves or "no price"),
        (
            "traders",
            f"{story.scenario.traders:,}: {len(winners(story)):,} won, {len(losers(story)):,} lost",
        ),
        (
            "liquidated",
            f"{count(len(story.liquidations), 'time')}, "
            f"{count(len(story.bankruptcies), 'account')} went bankrupt",
        ),
        ("they could not pay", money(story.shortfall)),
        (
            "insurance paid",
            f"{money(story.insurance_paid)} (had {money(story.insurance_before)}, has {money(left)})",
        ),
        ("winners went without", f"{money(story.haircut)}{most}"),
        (
            "deleveraging",
            f"{count(len(story.rounds), 'round')} closed {count(story.counterparties, 'winner')}, "
            "highest rank first",
        ),
    ]


def _checked(story: Story) -> list[tuple[str, str]]:
    held = sum(story.invariants.values())
    return [
        (
            "computed again",
            f"{story.verified_rounds:,} of {count(len(story.rounds), 'round')} came out the same",
        ),
        ("false lists", f"{len(story.refusals):,}, refused by the chain"),
        ("invariants", f"{held:,} of {len(story.invariants):,} hold"),
        ("left too long", count(len(story.missed), "account") if story.missed else "nobody"),
        ("time", f"{story.seconds:.0f} s, {story.seconds_before:.0f} s of them before the first price"),
    ]
