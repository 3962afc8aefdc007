"""Metrics: names, zeros from the start, and the units of what the daemon says."""

from prometheus_client import generate_latest

from keeper.telemetry.metrics import Metrics
from keeper.types import Accrue, Finding, Flag, Outcome, Plan


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"plimsoll_{name}", labels)


def test_metrics__fresh__every_counter_of_known_labels_is_zero() -> None:
    metrics = Metrics()
    for kind in ("liquidate", "flag", "deleverage", "relink", "accrue", "sync", "publish"):
        for stage in ("planned", "sent", "refused", "confirmed", "reverted", "cancelled", "dropped"):
            assert value(metrics, "actions_total", kind=kind, stage=stage) == 0
    assert value(metrics, "cycles_total", result="overrun") == 0
    assert value(metrics, "reconciliations_total", result="different") == 0
    assert value(metrics, "deleveraging_rounds_total", result="mismatched") == 0


def test_metrics__two_in_one_process__do_not_share() -> None:
    first, second = Metrics(), Metrics()
    first.saw_head(9, 1_000)
    assert value(first, "head_block") == 9
    assert value(second, "head_block") == 0


def test_know_feeds_endpoints__named__zero() -> None:
    metrics = Metrics()
    metrics.know_feeds([1])
    metrics.know_endpoints(["ws://node"])
    assert value(metrics, "feed_errors_total", market="1") == 0
    assert value(metrics, "endpoint_errors_total", endpoint="ws://node") == 0


def test_saw_market__wad__whole_units() -> None:
    metrics = Metrics()
    metrics.saw_market(
        1,
        price=4_000 * 10**18,
        updated_at=1_700_000_000,
        valid=True,
        open_interest=25 * 10**17,
        positions=7,
        parked=1,
        funding_touched_at=1_699_999_000,
    )
    assert value(metrics, "price_tokens", market="1") == 4_000
    assert value(metrics, "price_valid", market="1") == 1
    assert value(metrics, "open_interest_base", market="1") == 2.5
    assert value(metrics, "parked_positions", market="1") == 1
    assert value(metrics, "funding_timestamp_seconds", market="1") == 1_699_999_000


def test_saw_insurance__quote_units__tokens_of_the_collateral() -> None:
    metrics = Metrics()
    metrics.describe({"version": "1"}, 18)
    metrics.saw_insurance({1: 3 * 10**18, 2: 0}, 5 * 10**18, 77)
    assert value(metrics, "insurance_capacity_tokens", market="1") == 3
    assert value(metrics, "insurance_capacity_overall_tokens") == 5
    assert value(metrics, "gate_until_timestamp_seconds") == 77
    assert value(metrics, "keeper_info", version="1") == 1


def test_saw_own__equity__usage_by_initial_requirement() -> None:
    metrics = Metrics()
    metrics.saw_own(10_000_000, 4_000_000, 1_000_000)
    assert value(metrics, "own_equity_tokens") == 10
    assert value(metrics, "own_margin_usage_ratio") == 0.4
    metrics.saw_own(0, 1, 1)
    assert value(metrics, "own_margin_usage_ratio") == 1_000
    metrics.saw_own(0, 0, 0)
    assert value(metrics, "own_margin_usage_ratio") == 0


def test_planned__next_plan_without_a_finding__goes_back_to_zero() -> None:
    metrics = Metrics()
    short = Finding("no capital", 3, 1, "cannot carry it")
    metrics.planned(Plan((Flag(3), Accrue(1)), (short,), (3, 4), (3,)), 100, 101)
    assert value(metrics, "actions_total", kind="flag", stage="planned") == 1
    assert value(metrics, "findings", kind="no capital") == 1
    assert value(metrics, "liquidatable_accounts") == 2
    assert value(metrics, "bankrupt_accounts") == 1
    assert value(metrics, "bankrupt_since_timestamp_seconds") == 101
    metrics.planned(Plan((), (), (), ()), 0, 0)
    assert value(metrics, "findings", kind="no capital") == 0
    assert value(metrics, "bankrupt_since_timestamp_seconds") == 0


def test_settled__reverted__counts_gas_and_fee() -> None:
    metrics = Metrics()
    outcome = Outcome(("liquidate", 3, 1), 5, "0x", "reverted", 100, 116_000, "liq: not liquidatable")
    metrics.settled(outcome, 25 * 10**14, 2)
    assert value(metrics, "actions_total", kind="liquidate", stage="reverted") == 1
    assert value(metrics, "gas_used_total") == 116_000
    assert value(metrics, "transaction_fees_native_total") == 0.0025
    assert value(metrics, "inclusion_blocks_bucket", le="2.0") == 1
    assert value(metrics, "inclusion_blocks_bucket", le="1.0") == 0


def test_cycled__failed__last_good_one_stays() -> None:
    metrics = Metrics()
    metrics.cycled("ok", 0.02, 1_000)
    metrics.cycled("failed", 0.3, 1_001)
    assert value(metrics, "cycle_timestamp_seconds") == 1_000
    assert value(metrics, "cycles_total", result="failed") == 1
    assert value(metrics, "cycle_seconds_count") == 2


def test_reconciled__differences__counted_as_different() -> None:
    metrics = Metrics()
    metrics.reconciled(5, 1_000, 0)
    metrics.reconciled(9, 1_010, 3)
    metrics.not_reconciled()
    assert value(metrics, "reconciliation_differences") == 3
    assert value(metrics, "reconciled_block") == 9
    for result in ("same", "different", "failed"):
        assert value(metrics, "reconciliations_total", result=result) == 1


def test_metrics__all__have_the_prefix_or_are_the_process() -> None:
    names = [
        line.split()[2]
        for line in generate_latest(Metrics().registry).decode().splitlines()
        if "# TYPE" in line
    ]
    assert len(names) > 50
    assert all(name.startswith(("plimsoll_", "process_")) for name in names)
