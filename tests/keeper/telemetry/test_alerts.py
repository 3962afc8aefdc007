"""Alert rules: every metric and label in them exists, and every alert says what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from keeper.telemetry.instruments import (
    CYCLE_RESULTS,
    KINDS,
    RECONCILIATION_RESULTS,
    ROUND_RESULTS,
    STAGES,
)
from keeper.telemetry.metrics import Metrics

KEEPER = Path(__file__).resolve().parents[3] / "keeper"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((KEEPER / "ops" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
NAME = re.compile(r"\b((?:plimsoll|process)_\w+)(?:\{([^}]*)\})?")
# What a scraper adds.
FOREIGN = {"job"}
README = (KEEPER / "README.md").read_text()


def samples() -> dict[str, set[str]]:
    """Names as Prometheus stores them, and their labels."""
    metrics = Metrics()
    metrics.saw_market(
        1, price=0, updated_at=0, valid=False, open_interest=0, positions=0, parked=0, funding_touched_at=0
    )
    metrics.saw_insurance({1: 0}, 0, 0)
    metrics.know_feeds([1])
    metrics.saw_source(1, "0x01", 0, usable=False)
    metrics.know_endpoints(["ws://node"])
    metrics.findings.labels("any")
    metrics.describe({"version": "0"}, 6)
    found: dict[str, set[str]] = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


SAMPLES = samples()
VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "plimsoll_actions_total": {"kind": KINDS, "stage": STAGES},
    "plimsoll_cycles_total": {"result": CYCLE_RESULTS},
    "plimsoll_reconciliations_total": {"result": RECONCILIATION_RESULTS},
    "plimsoll_deleveraging_rounds_total": {"result": ROUND_RESULTS},
    "plimsoll_reorg_depth_blocks_bucket": {"le": ("8.0",)},
}


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_alert__expression__metrics_labels_and_values_exist(rule: dict[str, Any]) -> None:
    expression = rule["expr"]
    used = NAME.findall(expression)
    assert used or expression.startswith("up{")
    for name, selector in used:
        assert name in SAMPLES, name
        for label, text in re.findall(r'(\w+)="([^"]*)"', selector):
            if label not in FOREIGN:
                assert label in SAMPLES[name], label
                assert text in VALUES[name][label], text
    for label in re.findall(r"\$labels\.(\w+)", str(rule["annotations"])):
        assert all(label in SAMPLES[name] for name, _ in used)


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_alert__each__says_what_to_do_and_is_in_the_readme(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "do"}
    for text in rule["annotations"].values():
        assert len(text) > 20
        assert text.endswith(".")
    assert f"| `{rule['alert']}` | {rule['labels']['severity']} |" in README


def test_alerts__names__are_unique() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))


def test_alerts__metrics_named_in_advice__exist() -> None:
    for rule in RULES:
        for name in re.findall(r"plimsoll_\w+", rule["annotations"]["do"]):
            assert any(sample in {name, f"{name}_bucket"} for sample in SAMPLES), name


def test_readme__metrics_table__names_every_metric_and_no_other() -> None:
    families = {f.name for f in Metrics().registry.collect() if f.name.startswith("plimsoll_")}
    listed = set(re.findall(r"^\| `(plimsoll_\w+)`", README, re.MULTILINE))
    names = {name.removesuffix("_total").removesuffix("_info") for name in listed}
    assert names == families
