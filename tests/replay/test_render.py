"""What a terminal shows of a summary."""

from copy import deepcopy
from typing import Any

from rich.console import Console

from scripts.replay.render import closing

SCORE = {
    "policy": "queue",
    "accounts_hit": 12,
    "fully_closed": 3,
    "largest_haircut_of_profit": "1.25",
    "top_account_share": "0.333333333333",
    "overshoot": "1234567.89",
    "negative_after": 1,
    "beyond_profit": 2,
}
SUMMARY: dict[str, Any] = {
    "input": {
        "accounts": 2,
        "markets": ["BTC", "ETH"],
        "positions": 3,
        "fills": 4,
        "prices": 5,
        "first_time": 1_700_000_000,
        "last_time": 1_700_000_060,
    },
    "mapped": {"leverages": [], "rounded_numbers": 0, "replaced_prices": 0},
    "refused": {"positions": 0, "fills": 0, "reasons": {}},
    "unfinished_times": 0,
    "latest_delay_seconds": 0,
    "liquidations": 6,
    "bankruptcies": 7,
    "rounds": 8,
    "verified_rounds": 8,
    "counterparties": 9,
    "passed_over": 10,
    "shortfall": "1234.5",
    "insurance_before": "100",
    "insurance_paid": "60",
    "insurance_after": "40.001",
    "haircut": "1174.5",
    "policies": [SCORE],
}


def shown(**changes: Any) -> list[str]:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(closing(deepcopy(SUMMARY) | changes))
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_closing__nothing_special__has_no_line_for_it() -> None:
    lines = shown()
    assert "read 2 accounts, 3 positions, 4 fills, 5 prices of BTC, ETH" in lines
    assert "insurance 100.00, paid 60.00, left 40.00" in lines
    assert "queue 12 3 125.00 % 33.33 % 1,234,568 1 2" in lines
    for word in ("leverages", "simplified", "refused", "unfinished", "delay"):
        assert not any(line.startswith(word) for line in lines)


def test_closing__everything_that_was_mapped_and_missed__is_said() -> None:
    leverages = [{"given": "7", "tier": 10, "count": 3}, {"given": "8", "tier": 10, "count": 2}]
    leverages.append({"given": "0.4", "tier": 1, "count": 4})
    lines = shown(
        mapped={"leverages": leverages, "rounded_numbers": 5, "replaced_prices": 6},
        refused={"positions": 1, "fills": 2, "reasons": {"margin: insufficient": 3}},
        unfinished_times=2,
        latest_delay_seconds=7,
    )
    assert "leverages 9 are no tier: taken 4 as 1x, 5 as 10x" in lines
    assert "simplified 5 numbers cut off, 6 prices replaced" in lines
    assert "refused 1 positions, 2 fills: margin: insufficient (3)" in lines
    assert "unfinished after 2 times something was left to be done" in lines
    assert "delay 7 s at most" in lines


def test_closing__no_round__compares_nothing() -> None:
    assert shown(rounds=0)[-1] == "no round of deleveraging: nothing to compare"
