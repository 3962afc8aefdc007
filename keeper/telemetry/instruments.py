"""Every metric the keeper exports, by name. Base units: seconds, blocks, whole tokens and coins.

Times are exported as Unix times, not ages: an age would stand still when the keeper does.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

KINDS = ("liquidate", "flag", "deleverage", "relink", "accrue", "sync", "publish", "update")
STAGES = ("planned", "sent", "refused", "confirmed", "reverted", "cancelled", "dropped")
CYCLE_RESULTS = ("ok", "failed", "overrun")
RECONCILIATION_RESULTS = ("same", "different", "failed")
ROUND_RESULTS = ("verified", "mismatched")
CYCLE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
BLOCK_BUCKETS = (1, 2, 3, 5, 8, 13, 21, 34, 64, 128)


class Instruments:
    """`registry`: a fresh one for each, so that two keepers fit one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"plimsoll_{name}", text, labels, registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"plimsoll_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"plimsoll_{name}", text, registry=registry, buckets=buckets)

        self.info = Info("plimsoll_keeper", "version, chain, contract, account, dry run", registry=registry)

        self.head_block = gauge("head_block", "newest block seen")
        self.head_timestamp = gauge("head_timestamp_seconds", "its time")
        self.heads = counter("heads", "blocks seen")
        self.reorg_depth = histogram("reorg_depth_blocks", "blocks undone by a reorganisation", BLOCK_BUCKETS)

        self.endpoint_up = gauge("endpoint_up", "1: the endpoint is used or could be", "endpoint")
        self.endpoint_lag = gauge("endpoint_lag_blocks", "blocks behind the best endpoint", "endpoint")
        self.endpoint_errors = counter("endpoint_errors", "failed calls", "endpoint")
        self.failovers = counter("endpoint_failovers", "changes to another endpoint")

        self.book_block = gauge("book_block", "block that the book stands at")
        self.book_lag = gauge("book_lag_blocks", "head block less book block")
        self.book_events = counter("book_events", "events applied")
        self.book_rebuilds = counter("book_rebuilds", "times the book was thrown away and filled again")
        self.checkpoint_block = gauge("checkpoint_block", "block of the last checkpoint")
        self.checkpoint_timestamp = gauge("checkpoint_timestamp_seconds", "time of the last checkpoint")
        self.reconciled_block = gauge("reconciled_block", "block of the last comparison with the chain")
        self.reconciled_timestamp = gauge("reconciled_timestamp_seconds", "time of that comparison")
        self.differences = gauge("reconciliation_differences", "differences that it found")
        self.reconciliations = counter("reconciliations", "comparisons with the chain", "result")

        self.accounts = gauge("accounts", "margin accounts")
        self.liquidatable = gauge("liquidatable_accounts", "accounts below their maintenance requirement")
        self.bankrupt = gauge("bankrupt_accounts", "accounts with negative equity")
        self.liquidatable_since = gauge(
            "liquidatable_since_timestamp_seconds", "since when the oldest of them is liquidatable; 0: none"
        )
        self.bankrupt_since = gauge(
            "bankrupt_since_timestamp_seconds", "since when the oldest of them is bankrupt; 0: none"
        )
        self.flagged = gauge("flagged_accounts", "accounts flagged bankrupt")
        self.gate_until = gauge(
            "gate_until_timestamp_seconds", "end of the withdrawal gate; past: it is down"
        )
        self.capacity_overall = gauge("insurance_capacity_overall_tokens", "what the vault pays in all, now")

        self.positions = gauge("positions", "open positions", "market")
        self.parked = gauge("parked_positions", "positions passed over and not ranked", "market")
        self.open_interest = gauge("open_interest_base", "sum of longs", "market")
        self.price = gauge("price_tokens", "accepted price", "market")
        self.price_timestamp = gauge("price_timestamp_seconds", "its time", "market")
        self.price_valid = gauge("price_valid", "1: fresh and not in doubt", "market")
        self.funding_timestamp = gauge("funding_timestamp_seconds", "when funding was last touched", "market")
        self.capacity = gauge(
            "insurance_capacity_tokens", "what the vault pays for the market, now", "market"
        )
        self.source_up = gauge(
            "source_up", "1: the price source on the chain says a price that can be used", "market", "source"
        )
        self.source_timestamp = gauge(
            "source_timestamp_seconds", "time of the price that it says; 0: none", "market", "source"
        )
        self.feed_up = gauge("feed_up", "1: the price feed answered at the last look", "market")
        self.feed_errors = counter("feed_errors", "price feeds that gave no price", "market")

        self.actions = counter("actions", "actions by kind and what became of them", "kind", "stage")
        self.findings = gauge("findings", "things the last plan saw and could not act on", "kind")
        self.rounds = counter("deleveraging_rounds", "rounds recomputed, ours and others'", "result")

        self.fees = counter("transaction_fees_native", "coins spent on gas, reverted transactions included")
        self.update_fees = counter("update_fees_native", "coins paid to Pyth for updates of prices")
        self.gas_used = counter("gas_used", "gas of settled transactions")
        self.gas_price = gauge("gas_price_wei", "wei per gas that a transaction of now pays")
        self.replaced = counter("transactions_replaced", "stuck transactions sent again at a higher fee")
        self.unsettled = gauge("journal_unsettled", "transactions in the journal that are not settled")
        self.inclusion = histogram("inclusion_blocks", "blocks from sending to inclusion", BLOCK_BUCKETS)
        self.balance = gauge("balance_native", "coins of the key that pays for gas")
        self.own_equity = gauge("own_equity_tokens", "equity of the keeper's margin account")
        self.own_initial = gauge("own_initial_requirement_tokens", "its initial requirement")
        self.own_maintenance = gauge("own_maintenance_requirement_tokens", "its maintenance requirement")
        self.own_usage = gauge(
            "own_margin_usage_ratio", "initial requirement by equity; 1: nothing more fits"
        )

        self.cycle_seconds = histogram("cycle_seconds", "duration of a cycle", CYCLE_BUCKETS)
        self.cycles = counter("cycles", "cycles by result", "result")
        self.cycle_timestamp = gauge("cycle_timestamp_seconds", "time of the last good cycle")
