"""The folder that a replay leaves: the same bytes for the same input."""

import csv
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.demo.story import Liquidation
from scripts.replay.history import History
from scripts.replay.keeping import Done
from scripts.replay.records import Row, account_rows, events, round_row, score_rows
from scripts.replay.run import Filled, Outcome
from scripts.replay.words import money

FILES = ("events.jsonl", "accounts.csv", "rounds.csv", "summary.json")


def write(history: History, out: Outcome, folder: Path) -> dict[str, Any]:
    """All files; what summary.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row) for row in events(out))
    _put(folder / "events.jsonl", "".join(f"{line}\n" for line in lines))
    _table(folder / "accounts.csv", account_rows(out))
    _table(folder / "rounds.csv", (round_row(seen, out.names) for seen in out.rounds))
    summary = summarised(history, out)
    _put(folder / "summary.json", json.dumps(summary, indent=2) + "\n")
    return summary


def summarised(history: History, out: Outcome) -> dict[str, Any]:
    fills, liquidations, rounds = out.all(Filled), out.all(Liquidation), out.rounds
    reasons = Counter([each.reason for each in out.refused])
    reasons.update(fill.reason for fill in fills if fill.reason)
    setbacks = Counter(each.mined.reason for each in out.all(Done))
    by_rounds = [seen.receipt.round for seen in rounds]
    paid = sum(made.insurance_paid for made in by_rounds) + sum(each.insurance_paid for each in liquidations)
    haircut = sum(made.haircut for made in by_rounds)
    mapped = history.mapped
    return {
        "input": {
            "accounts": len(history.deposits),
            "markets": list(history.markets),
            "positions": len(history.holdings),
            "fills": len(history.trades),
            "prices": sum(len(of_time) for of_time in history.prices.values()),
            "first_time": history.times[0],
            "last_time": history.times[-1],
        },
        "mapped": {
            "leverages": [
                {"given": given, "tier": tier, "count": count}
                for (given, tier), count in mapped.leverages.items()
            ],
            "rounded_numbers": mapped.rounded,
            "replaced_prices": mapped.replaced,
        },
        "refused": {
            "positions": len(out.refused),
            "fills": sum(1 for fill in fills if fill.reason),
            "reasons": dict(sorted(reasons.items())),
            "keeper": sum(setbacks.values()),
            "keeper_reasons": dict(sorted(setbacks.items())),
        },
        "blocks": out.blocks,
        "keeper_transactions": out.actions,
        "latest_delay_seconds": out.late,
        "unfinished_times": out.unfinished,
        "liquidations": len(liquidations),
        "bankruptcies": len(out.bankrupt),
        "rounds": len(rounds),
        "verified_rounds": sum(seen.agrees for seen in rounds),
        "counterparties": sum(len(seen.hits) for seen in rounds),
        "passed_over": sum(len(made.visits) for made in by_rounds) - sum(len(seen.hits) for seen in rounds),
        "shortfall": money(paid + haircut),
        "insurance_before": money(history.terms.insurance),
        "insurance_paid": money(paid),
        "insurance_after": money(out.insurance_left),
        "haircut": money(haircut),
        "liquidatable_at_end": sum(each.is_liquidatable for each in out.after.values()),
        "bankrupt_at_end": sum(each.is_bankrupt for each in out.after.values()),
        "policies": score_rows(out),
    }


def _table(path: Path, rows: Iterable[Row]) -> None:
    """An empty file if there are no rows."""
    found = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]) if found else [], lineterminator="\n")
        if found:
            writer.writeheader()
            writer.writerows({name: _cell(value) for name, value in row.items()} for row in found)


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
