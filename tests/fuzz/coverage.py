"""What a run came to: outcomes by action, and how often it met what it is meant to meet."""

from collections import Counter

from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from tests.stateful.sights import EXPECTED

# Refusals named in a row.
REASONS = 4


def print_coverage(console: Console, outcomes: Counter[str], sights: Counter[str]) -> None:
    console.print(_outcomes(outcomes))
    seen = [f"{sights[name]:>6} {name}" for name in EXPECTED]
    console.print(Columns(seen, title="Met", equal=True, column_first=True))
    if never := missing(sights):
        console.print(f"never met: {', '.join(never)}")


def missing(sights: Counter[str]) -> list[str]:
    return [name for name in EXPECTED if not sights[name]]


def _outcomes(outcomes: Counter[str]) -> Table:
    """Outcomes are "fill", or "fill: order: expired"."""
    done = Counter({name: count for name, count in outcomes.items() if ":" not in name})
    refused: dict[str, Counter[str]] = {}
    for name, count in (outcomes - done).items():
        action, _, reason = name.partition(": ")
        refused.setdefault(action, Counter())[reason] = count
    table = Table(title="Actions", box=None, title_justify="left")
    for heading in ("", "done", "refused", "most often because"):
        table.add_column(heading, justify="right" if heading in ("done", "refused") else "left")
    for action in sorted(done | dict.fromkeys(refused, 0), key=lambda name: (-done[name], name)):
        reasons = refused.get(action, Counter())
        named = ", ".join(
            f"{reason or 'no reason'} {count}" for reason, count in reasons.most_common(REASONS)
        )
        table.add_row(action, str(done[action]), str(reasons.total()), named)
    return table
