"""One cycle: what is on the chain, what is to be done about it, and doing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keeper.beaten import Beaten
from keeper.book.book import Book
from keeper.calls import Calls, describe
from keeper.chain.errors import Transient
from keeper.chain.reads import Reads
from keeper.publisher import Publisher
from keeper.pusher import Pusher
from keeper.resting import Resting
from keeper.source_report import SourceReport
from keeper.strategy.plan import plan
from keeper.strategy.risk import standing
from keeper.strategy.sources import asked_sources
from keeper.telemetry.metrics import Metrics
from keeper.tx.fees import Fees
from keeper.tx.intents import InFlight
from keeper.types import (
    Action,
    ActionKey,
    BlockRef,
    Limits,
    Outcome,
    Own,
    Plan,
    Publish,
    Refused,
    Setback,
    Submission,
    Sync,
    TxRequest,
    Update,
)

# Findings that pass by themselves: not worth a line.
PASSING = ("partial", "small", "trivial")


class Submits(Protocol):
    """A sender, or one that only says what it would send."""

    address: str
    # Why the last tick could not look after something; empty: nothing to say.
    problem: str

    @property
    def replacements(self) -> int:
        """Transactions sent again at a higher fee, since the start."""
        ...

    @property
    def busy(self) -> frozenset[ActionKey]: ...
    def in_flight(self) -> list[InFlight]: ...
    async def submit(self, requests: Sequence[TxRequest]) -> list[Submission | Refused]: ...
    async def tick(self, head: BlockRef) -> list[Outcome]: ...
    def setbacks(self) -> list[Setback]: ...


@dataclass(slots=True)
class Watch:
    """Since when accounts are in trouble, block timestamps."""

    liquidatable: dict[int, int]
    bankrupt: dict[int, int]


class Operator:
    def __init__(
        self,
        reads: Reads,
        fees: Fees,
        sender: Submits,
        calls: Calls,
        publisher: Publisher,
        pusher: Pusher,
        limits: Limits,
        own: Own,
        metrics: Metrics,
        log: Any,
    ) -> None:
        self._reads = reads
        self._fees = fees
        self._sender = sender
        self._calls = calls
        self._publisher = publisher
        self._pusher = pusher
        self._limits = limits
        self._own = own
        self._metrics = metrics
        self._log = log
        self._watch = Watch({}, {})
        self._beaten = Beaten()
        self._resting = Resting()
        self._sources = SourceReport(metrics, log)
        # When a market's source was last asked for, block timestamps.
        self._synced: dict[int, int] = {}
        self._refusals: dict[ActionKey, str] = {}
        # What the last plan could not act on: kind, account, market.
        self._found: set[tuple[str, int, int]] = set()
        self._replacements = 0
        # Wei of the key that pays.
        self.balance = 0

    @property
    def unsettled(self) -> int:
        """Transactions that are not settled."""
        return len(self._sender.in_flight())

    @property
    def problem(self) -> str:
        """What is wrong with its transactions; empty: nothing."""
        return self._sender.problem

    async def act(self, book: Book) -> Plan:
        """Settle what was sent, decide at the book's head, send."""
        head = book.head
        if head is None:
            raise Transient("the book is empty")
        self._settle(await self._sender.tick(head))
        for setback in self._sender.setbacks():
            self._beaten.failed(setback.key, setback.reason, head.number)
            self._resting.reverted(setback.key, head.number)
        self._see_transactions()
        if self._sender.problem:
            self._log.warning("transactions", problem=self._sender.problem)
        marks = book.marks(head.timestamp)
        gas_price = await self._fees.gas_price()
        facts = await self._reads.facts(head, sorted(marks), gas_price, asked_sources(book.markets))
        self.balance = await self._reads.balance(head, self._sender.address)
        self._metrics.saw_key(self.balance, gas_price)
        self._sources.tell(book.markets, facts.answers, head.timestamp)
        own = self._own
        if own.account_id > book.accounts.count:
            self._log.warning("there is no such account: takes nothing over", account=own.account_id)
            own = Own()
        beaten = self._beaten.sides(head.number)
        busy = self._sender.busy | self._resting.keys(head.number)
        reports = [each for each in self._publisher.due(book, head.timestamp) if each.key not in busy]
        updates = await self._pusher.due(book, head, busy)
        # What is sent now need not be asked for.
        told = [each.market_id for each in reports] + [m for each in updates for m in each.market_ids]
        busy |= {("sync", 0, market_id) for market_id in told}
        decided = plan(book, marks, facts, self._limits, own, busy, beaten=beaten, synced=self._synced)
        self._notice(decided, head.timestamp)
        self._metrics.saw_insurance(facts.capacity, facts.capacity_overall, facts.gate_until)
        if own.account_id:
            values = standing(book, marks, book.account(own.account_id))
            self._metrics.saw_own(values.equity, values.initial, values.maintenance)
        await self._send([*reports, *updates, *decided.actions], book, head)
        return decided

    async def _send(self, actions: Sequence[Action], book: Book, head: BlockRef) -> None:
        if not actions:
            return
        for action in actions:
            self._beaten.listed(action, book)
            if isinstance(action, Sync):
                self._synced.update(dict.fromkeys(action.market_ids, head.timestamp))
        answers = await self._sender.submit([self._calls.request(action) for action in actions])
        # What is not asked for any more is forgotten.
        asked = {action.key for action in actions}
        self._refusals = {key: reason for key, reason in self._refusals.items() if key in asked}
        published: list[Publish] = []
        updated: list[Update] = []
        for action, answer in zip(actions, answers, strict=True):
            kind, account_id, market_id = answer.key
            facts: dict[str, object] = {"account": account_id, "market": market_id, "block": head.number}
            if isinstance(answer, Submission):
                self._refusals.pop(answer.key, None)
                self._metrics.staged(kind, "sent")
                if answer.tx_hash:
                    facts |= {"tx": answer.tx_hash, "nonce": answer.nonce}
                self._log.info("sent" if answer.tx_hash else "would send", what=describe(action), **facts)
                if isinstance(action, Publish):
                    published.append(action)
                elif isinstance(action, Update):
                    updated.append(action)
            else:
                self._metrics.staged(kind, "refused")
                self._beaten.failed(answer.key, answer.reason, head.number)
                # The same again is no news.
                quiet = self._refusals.get(answer.key) == answer.reason
                self._refusals[answer.key] = answer.reason
                tell = self._log.debug if quiet else self._log.warning
                tell("refused", what=describe(action), reason=answer.reason, **facts)
        self._publisher.sent(published, head.timestamp)
        self._pusher.sent(updated, head.timestamp)

    def _see_transactions(self) -> None:
        self._metrics.unsettled.set(self.unsettled)
        self._metrics.replaced.inc(self._sender.replacements - self._replacements)
        self._replacements = self._sender.replacements

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            kind, account_id, market_id = outcome.key
            waited = outcome.block_number - outcome.decided_at if outcome.block_number else 0
            self._metrics.settled(outcome, outcome.fee, max(waited, 0))
            facts = {
                "kind": kind,
                "account": account_id,
                "market": market_id,
                "tx": outcome.tx_hash,
                "nonce": outcome.nonce,
                "block": outcome.block_number,
            }
            if outcome.status == "confirmed":
                self._resting.succeeded(outcome.key)
                self._log.info("confirmed", gas=outcome.gas_used, **facts)
            else:
                self._log.warning(outcome.status, reason=outcome.reason, **facts)

    def _notice(self, decided: Plan, at: int) -> None:
        """Who is in trouble since when, and what the plan could not act on."""
        watch = self._watch
        watch.liquidatable = {a: watch.liquidatable.get(a, at) for a in decided.liquidatable}
        watch.bankrupt = {a: watch.bankrupt.get(a, at) for a in decided.bankrupt}
        self._metrics.planned(
            decided,
            min(watch.liquidatable.values(), default=0),
            min(watch.bankrupt.values(), default=0),
        )
        known, self._found = self._found, {(f.kind, f.account_id, f.market_id) for f in decided.findings}
        for finding in decided.findings:
            # The same again is no news.
            told = finding.kind in PASSING or (finding.kind, finding.account_id, finding.market_id) in known
            tell = self._log.debug if told else self._log.warning
            tell(
                "cannot act",
                kind=finding.kind,
                account=finding.account_id,
                market=finding.market_id,
                why=finding.text,
            )
