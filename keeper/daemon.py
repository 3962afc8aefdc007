"""The keeper's life: a cycle on every head, what passes is survived, the end is clean or says why not."""

import asyncio
import signal
import sqlite3
from collections.abc import Callable
from typing import Any

from keeper.arithmetic import WAD
from keeper.audit import Audit
from keeper.book.book import KEPT_BLOCKS
from keeper.book.errors import BrokenHistory, MalformedLog, TooDeep, Unusable
from keeper.chain.endpoint import jittered
from keeper.chain.errors import ChainError, Fatal, Transient
from keeper.chain.heads import heads
from keeper.chain.rpc import Node
from keeper.config import Settings
from keeper.follower import Follower, Step
from keeper.operator import Operator
from keeper.publisher import Publisher
from keeper.pusher import Pusher
from keeper.reconciler import Reconciler
from keeper.records import Records
from keeper.report import NodeReport, tell_book
from keeper.shelf import Shelf
from keeper.telemetry.health import Health
from keeper.telemetry.metrics import Metrics
from keeper.types import BlockRef

# Seconds between two checkpoints, with a line that says how far, of the first catch-up.
PROGRESS = 10.0
# Cycles that are tried at one head, and seconds before the second one, doubled by each further one.
ATTEMPTS, RETRY_SECONDS = 4, 0.25
# Seconds before a book that does not fit is built again.
LONGEST_PAUSE = 300.0
# Times that a block may not fit before the book is thought wrong.
DOUBTS = 3
# Calls that may hang in a cycle that ends all the same.
HANGING_CALLS = 3


class Daemon:
    """`clock`: Unix seconds. `run` ends by a signal, or by the Fatal that an operator must see to."""

    def __init__(
        self,
        settings: Settings,
        node: Node,
        shelf: Shelf,
        follower: Follower,
        operator: Operator,
        publisher: Publisher,
        pusher: Pusher,
        reconciler: Reconciler,
        records: Records,
        metrics: Metrics,
        health: Health,
        log: Any,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._node = node
        self._shelf = shelf
        self._follower = follower
        self._operator = operator
        self._publisher = publisher
        self._pusher = pusher
        self._reconciler = reconciler
        self._metrics = metrics
        self._health = health
        self._log = log
        self._clock = clock
        # Calls that hang must fail, and go to the next endpoint, before their cycle does.
        self._deadline = max(settings.keeper.cycle_seconds, HANGING_CALLS * settings.chain.call_timeout)
        self._report = NodeReport(metrics, node)
        self._audit = Audit(lambda: shelf.book, records, metrics, health, log)
        self._stop = asyncio.Event()
        # Held through a cycle: stopping waits for its end.
        self._cycling = asyncio.Lock()
        self._saved_at = clock()
        self._caught_up = False
        # Times in a row that a block did not fit the book.
        self._doubts = 0
        # Since the book was last found right, and when the next attempt may begin.
        self._rebuilds = 0
        self._not_before = 0.0
        # Block of the last comparison with the chain; 0: the book was not compared yet.
        self._reconciled_at = 0

    async def run(self) -> None:
        """Until SIGTERM or SIGINT, or a Fatal."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        self._log.info("book", found=self._shelf.open())
        self._forget_unread()
        tasks = [
            asyncio.create_task(self._follow()),
            asyncio.create_task(self._reconcile()),
            asyncio.create_task(self._publisher.watch(self._settings.chain.poll_seconds)),
            asyncio.create_task(self._pusher.watch(self._settings.chain.poll_seconds)),
            asyncio.create_task(self._tell_nodes()),
        ]
        stopped = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
            if stopped not in done:
                # A task ends only by an exception.
                for task in done:
                    task.result()
            self._log.info("stopping", why="signal")
            if self._caught_up:
                # Its deadline bounds the wait.
                async with self._cycling:
                    pass
        finally:
            for task in (*tasks, stopped):
                task.cancel()
            await asyncio.gather(*tasks, stopped, return_exceptions=True)
            if self._caught_up:
                await self._save()
            self._log.info("stopped")

    # -- heads

    async def _follow(self) -> None:
        async for head in heads(self._node, self._settings.chain.poll_seconds, self._trouble):
            self._metrics.saw_head(head.number, head.timestamp)
            self._health.head_block, self._health.head_timestamp = head.number, head.timestamp
            async with self._cycling:
                if self._stop.is_set():
                    return
                for attempt in range(ATTEMPTS):
                    if self._clock() < self._not_before or await self._cycle(head) or self._stop.is_set():
                        break
                    await asyncio.sleep(jittered(RETRY_SECONDS * 2**attempt))

    async def _cycle(self, head: BlockRef) -> bool:
        """Whether it got through."""
        began = self._clock()
        # The first catch-up takes as long as it takes.
        deadline = self._deadline if self._caught_up else None
        result = "failed"
        try:
            async with asyncio.timeout(deadline):
                await self._work(head)
            result = "ok"
        except TimeoutError:
            result = "overrun"
            self._log.warning("cycle overran its deadline", block=head.number, seconds=deadline)
        except TooDeep as error:
            # At least.
            self._metrics.saw_reorg(KEPT_BLOCKS + 1)
            self._rebuild(str(error))
        except Unusable as error:
            self._rebuild(str(error))
        except BrokenHistory as error:
            # The block did not go into the book. Asked again it may be told otherwise.
            self._doubts += 1
            if self._doubts < DOUBTS:
                self._trouble(Transient(f"the logs do not fit the book: {error}"))
            else:
                self._rebuild(str(error))
        except MalformedLog as error:
            # Nothing of it went into the book.
            self._trouble(Transient(f"a node answered a log that cannot be: {str(error)[:300]}"))
        except Transient as error:
            self._trouble(error)
        except Fatal:
            raise
        except Exception:
            # Whatever it is, the next block may be handled; /healthz says that no cycle gets through.
            self._log.exception("cycle failed", block=head.number)
        now = self._clock()
        self._metrics.cycled(result, now - began, now)
        if result == "ok":
            self._health.last_cycle_at = now
            self._doubts = 0
        return result == "ok"

    async def _work(self, head: BlockRef) -> None:
        book = self._shelf.book
        step = Step()
        try:
            await self._follower.advance(book, head, self._audit, self._progress, step)
        finally:
            # Also what was done before it failed: records and comparisons must know.
            self._moved(step)
        self._after(step, head)
        self._caught_up = True
        try:
            await self._operator.act(book)
        except Transient:
            # Fees may be too high for hours: the book stands all the same.
            await self._save_when_due()
            raise
        self._health.unsettled = self._operator.unsettled
        if self._operator.problem:
            self._health.raise_alarm("transactions", self._operator.problem)
        else:
            self._health.clear_alarm("transactions")
        self._health.balance = f"{self._operator.balance / WAD:.6g}"
        await self._save_when_due()

    def _moved(self, step: Step) -> None:
        for changes in step.changes:
            self._reconciler.touched(changes.accounts)
        if step.undone or step.leapt:
            self._reconciler.rewound()
        if step.undone:
            self._log.warning("reorganisation", undone=step.undone, common=step.common)
            self._metrics.saw_reorg(step.undone)
            self._audit.forget_after(step.common)
        self._audit.write()

    def _after(self, step: Step, head: BlockRef) -> None:
        book = self._shelf.book
        number = book.head.number if book.head is not None else 0
        self._metrics.indexed(number, head.number, step.events)
        tell_book(self._metrics, book)
        self._health.book_block = number

    def _rebuild(self, why: str) -> None:
        """The next one in a row waits longer: history that does not fit must not be read without end."""
        self._rebuilds += 1
        pause = min(2.0**self._rebuilds, LONGEST_PAUSE)
        self._not_before = self._clock() + pause
        self._log.error("the book is rebuilt from the beginning", why=why, pause_seconds=pause)
        self._metrics.book_rebuilds.inc()
        self._shelf.discard()
        # Its rounds are found again with it, and it is not trusted before it was compared.
        self._forget_unread()
        self._reconciler.rewound()
        self._reconciled_at = self._health.reconciled_block = 0
        self._doubts = 0
        self._caught_up = False

    def _forget_unread(self) -> None:
        """Rounds above the book's head are seen again, if they still stand."""
        head = self._shelf.book.head
        self._audit.forget_after(-1 if head is None else head.number)

    async def _save_when_due(self) -> None:
        if self._clock() - self._saved_at >= self._settings.keeper.checkpoint_every_seconds:
            await self._save()

    async def _save(self) -> None:
        try:
            await self._shelf.save()
        except (OSError, sqlite3.Error) as error:
            # A full disk, say. What was done stands; the journal speaks for itself.
            self._log.error("checkpoint not written", reason=str(error))
            return
        self._saved_at = self._clock()
        head = self._shelf.book.head
        self._metrics.checkpointed(head.number if head else 0, self._saved_at)

    # -- beside the cycles

    async def _reconcile(self) -> None:
        """A pass at the start, and one every so many blocks."""
        while True:
            await asyncio.sleep(self._settings.chain.poll_seconds)
            head = self._shelf.book.head
            if not self._caught_up or head is None:
                continue
            last, every = self._reconciled_at, self._settings.keeper.reconcile_every_blocks
            if last and head.number < last + every:
                continue
            book = self._shelf.book
            try:
                block, differences = await self._reconciler.run()
            except ChainError as error:
                self._metrics.not_reconciled()
                self._log.warning("not reconciled", reason=str(error))
                continue
            if self._shelf.book is not book:
                # Rebuilt meanwhile: this says nothing of the new one.
                continue
            self._reconciled_at = block.number
            now = self._clock()
            self._metrics.reconciled(block.number, now, len(differences))
            self._health.reconciled_block = block.number
            self._health.differences = len(differences)
            if differences:
                shown = [repr(difference) for difference in differences[:10]]
                self._log.error("book and chain differ", count=len(differences), differences=shown)
                async with self._cycling:
                    self._rebuild(f"{len(differences)} differences from the chain at block {block.number}")
            else:
                self._rebuilds = 0
                self._log.info("reconciled", block=block.number, accounts=self._shelf.book.accounts.count)

    # -- telling

    async def _tell_nodes(self) -> None:
        """By the clock: when no node answers there is no cycle, and that is when it matters."""
        while True:
            self._report.tell()
            await asyncio.sleep(self._settings.chain.poll_seconds)

    def _trouble(self, error: Transient) -> None:
        self._log.warning("trouble, trying again", reason=str(error))

    def _progress(self, reached: int, aim: int) -> None:
        """The first catch-up: long, and not to be done again after a kill."""
        if self._caught_up or self._clock() - self._saved_at < PROGRESS:
            return
        self._log.info("catching up", block=reached, aim=aim)
        self._shelf.save_now()
        self._saved_at = self._clock()
