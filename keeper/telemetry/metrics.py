"""What happened, in numbers: the daemon says it in its own words, Prometheus reads it."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector

from keeper.arithmetic import WAD
from keeper.telemetry.instruments import (
    CYCLE_RESULTS,
    KINDS,
    RECONCILIATION_RESULTS,
    ROUND_RESULTS,
    STAGES,
    Instruments,
)
from keeper.types import Outcome, Plan

# A margin account that must hold margin and has no equity uses all of it, many times over.
NOTHING_LEFT = 1_000.0


class Metrics(Instruments):
    """All stands at 0 from the start: a rate over a series that appears later misses its first event."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        super().__init__(self.registry)
        ProcessCollector(registry=self.registry)
        # Quote units of a whole token, until `describe` says.
        self._token = 10**6
        for kind in KINDS:
            for stage in STAGES:
                self.actions.labels(kind, stage)
        for counter, results in (
            (self.cycles, CYCLE_RESULTS),
            (self.reconciliations, RECONCILIATION_RESULTS),
            (self.rounds, ROUND_RESULTS),
        ):
            for result in results:
                counter.labels(result)

    def describe(self, facts: Mapping[str, str], decimals: int) -> None:
        """Who this keeper is, and how many decimals its collateral has."""
        self.info.info(dict(facts))
        self._token = 10**decimals

    def know_feeds(self, market_ids: Iterable[int]) -> None:
        for market_id in market_ids:
            self.feed_up.labels(str(market_id))
            self.feed_errors.labels(str(market_id))

    def know_endpoints(self, names: Iterable[str]) -> None:
        """Names without the keys that endpoints' addresses hold."""
        for name in names:
            self.endpoint_up.labels(name)
            self.endpoint_lag.labels(name)
            self.endpoint_errors.labels(name)

    # --- chain and book ---------------------------------------------------------------------------------
    def saw_head(self, number: int, timestamp: int) -> None:
        self.heads.inc()
        self.head_block.set(number)
        self.head_timestamp.set(timestamp)

    def saw_reorg(self, depth: int) -> None:
        self.reorg_depth.observe(depth)

    def indexed(self, block: int, head: int, events: int) -> None:
        self.book_block.set(block)
        self.book_lag.set(max(head - block, 0))
        self.book_events.inc(events)

    def checkpointed(self, block: int, now: float) -> None:
        self.checkpoint_block.set(block)
        self.checkpoint_timestamp.set(now)

    def reconciled(self, block: int, now: float, differences: int) -> None:
        self.reconciled_block.set(block)
        self.reconciled_timestamp.set(now)
        self.differences.set(differences)
        self.reconciliations.labels("different" if differences else "same").inc()

    def not_reconciled(self) -> None:
        """The chain could not be read."""
        self.reconciliations.labels("failed").inc()

    def saw_market(
        self,
        market_id: int,
        *,
        price: int,
        updated_at: int,
        valid: bool,
        open_interest: int,
        positions: int,
        parked: int,
        funding_touched_at: int,
    ) -> None:
        label = str(market_id)
        self.price.labels(label).set(price / WAD)
        self.price_timestamp.labels(label).set(updated_at)
        self.price_valid.labels(label).set(valid)
        self.open_interest.labels(label).set(open_interest / WAD)
        self.positions.labels(label).set(positions)
        self.parked.labels(label).set(parked)
        self.funding_timestamp.labels(label).set(funding_touched_at)

    def saw_insurance(self, capacity: Mapping[int, int], overall: int, gate_until: int) -> None:
        for market_id, amount in capacity.items():
            self.capacity.labels(str(market_id)).set(amount / self._token)
        self.capacity_overall.set(overall / self._token)
        self.gate_until.set(gate_until)

    def saw_feed(self, market_id: int, answered: bool) -> None:
        self.feed_up.labels(str(market_id)).set(answered)
        if not answered:
            self.feed_errors.labels(str(market_id)).inc()

    def saw_source(self, market_id: int, address: str, timestamp: int, *, usable: bool) -> None:
        self.source_up.labels(str(market_id), address).set(usable)
        self.source_timestamp.labels(str(market_id), address).set(timestamp)

    def forget_source(self, market_id: int, address: str) -> None:
        """The market has another one now."""
        self.source_up.remove(str(market_id), address)
        self.source_timestamp.remove(str(market_id), address)

    # --- decisions and transactions ---------------------------------------------------------------------
    def planned(self, plan: Plan, liquidatable_since: float, bankrupt_since: float) -> None:
        """`..._since`: Unix time of the oldest one seen; 0: there is none."""
        self.liquidatable.set(len(plan.liquidatable))
        self.bankrupt.set(len(plan.bankrupt))
        self.liquidatable_since.set(liquidatable_since)
        self.bankrupt_since.set(bankrupt_since)
        for action in plan.actions:
            self.staged(action.key[0], "planned")
        # Kinds of earlier plans go back to 0 and do not vanish.
        tally = Tally(finding.kind for finding in plan.findings)
        seen = {sample.labels["kind"] for metric in self.findings.collect() for sample in metric.samples}
        for kind in seen | set(tally):
            self.findings.labels(kind).set(tally[kind])

    def staged(self, kind: str, stage: str) -> None:
        """An action's kind, and one of STAGES."""
        self.actions.labels(kind, stage).inc()

    def settled(self, outcome: Outcome, fee_wei: int, blocks: int) -> None:
        """`blocks`: from sending to inclusion; 0 if it was dropped."""
        self.actions.labels(outcome.key[0], outcome.status).inc()
        self.gas_used.inc(outcome.gas_used)
        self.fees.inc(fee_wei / WAD)
        if outcome.key[0] == "update":
            self.update_fees.inc(outcome.value / WAD)
        if blocks:
            self.inclusion.observe(blocks)

    def saw_own(self, equity: int, initial: int, maintenance: int) -> None:
        """The keeper's margin account, quote units."""
        self.own_equity.set(equity / self._token)
        self.own_initial.set(initial / self._token)
        self.own_maintenance.set(maintenance / self._token)
        usage = initial / equity if equity > 0 else (NOTHING_LEFT if initial else 0.0)
        self.own_usage.set(min(usage, NOTHING_LEFT))

    def saw_key(self, balance_wei: int, gas_price_wei: int) -> None:
        self.balance.set(balance_wei / WAD)
        self.gas_price.set(gas_price_wei)

    def checked_round(self, verified: bool) -> None:
        self.rounds.labels("verified" if verified else "mismatched").inc()

    def cycled(self, result: str, seconds: float, now: float) -> None:
        """`result`: one of ok, failed, overrun."""
        self.cycles.labels(result).inc()
        self.cycle_seconds.observe(seconds)
        if result == "ok":
            self.cycle_timestamp.set(now)
