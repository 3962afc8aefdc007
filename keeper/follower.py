"""Keeps the book at the head of the chain: history in chunks, new blocks one by one, reorganisations."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from keeper.book.book import KEPT_BLOCKS, Book, clocked
from keeper.book.effects import Changes
from keeper.book.errors import Reorged, Unusable
from keeper.book.events import Decoder, Event
from keeper.book.rounds import Observer
from keeper.chain.blocks import block_at, blocks, timestamps
from keeper.chain.logs import LogFilter, block_logs
from keeper.chain.rpc import Node
from keeper.chain.scan import scan
from keeper.types import BlockRef, RawLog

# Blocks this far below the head are read as history, which cannot be undone.
FINAL = KEPT_BLOCKS // 2
# Blocks whose logs are asked for in one message.
SLICE = 32

Progress = Callable[[int, int], None]
"""Called with the block reached and the block aimed at."""


@dataclass(slots=True)
class Step:
    """What an advance did. `undone`: blocks that a reorganisation took away. `leapt`: history was read."""

    blocks: int = 0
    events: int = 0
    undone: int = 0
    # The lowest block that stayed, if some were undone.
    common: int = -1
    leapt: bool = False
    changes: list[Changes] = field(default_factory=list)


class Follower:
    """`start_block`: the first one that may hold an event."""

    def __init__(self, node: Node, decoder: Decoder, addresses: Collection[str], start_block: int) -> None:
        self._node = node
        self._decoder = decoder
        self._wanted = LogFilter.of(addresses, decoder.topics())
        self._start = start_block

    async def advance(
        self,
        book: Book,
        head: BlockRef,
        observer: Observer | None = None,
        progress: Progress | None = None,
        step: Step | None = None,
    ) -> Step:
        """Bring the book to `head`, or to what replaced it meanwhile. TooDeep, Unusable: it must be rebuilt.

        `step` is filled as it goes: what was done before an exception was done.
        """
        step = Step() if step is None else step
        # First: history goes on top of blocks that stand, and cannot be undone.
        await self._step_back(book, head, step)
        await self._history(book, head.number - FINAL, step, observer, progress)
        first = self._next(book)
        while first <= head.number:
            path = await blocks(self._node, first, min(first + SLICE - 1, head.number))
            found = await block_logs(self._node, path, self._wanted)
            for block, logs in zip(path, found, strict=True):
                events = self._events(logs)
                try:
                    step.changes.append(book.apply(block, events, observer))
                except Reorged:
                    # Between two messages. The next head leads back.
                    return step
                step.blocks += 1
                step.events += len(events)
            first += len(path)
            if progress is not None:
                progress(first - 1, head.number)
        return step

    async def _history(
        self, book: Book, last: int, step: Step, observer: Observer | None, progress: Progress | None
    ) -> None:
        first = self._next(book)
        # A gap that is shorter can be undone as well.
        if last - first < FINAL:
            return
        # The timestamps that are needed are known after decoding.
        async for chunk in scan(self._node, self._wanted, first, last, stamped=()):
            events = self._events(chunk.logs)
            stamps = await timestamps(self._node, sorted(clocked(events)))
            step.leapt = True
            try:
                book.extend(events, chunk.upto, stamps, observer)
            except Exception as error:
                # Half of it may be in the book.
                raise Unusable(f"up to block {chunk.upto.number}: {type(error).__name__} {error}") from error
            step.blocks += chunk.upto.number - chunk.first + 1
            step.events += len(events)
            if progress is not None:
                progress(chunk.upto.number, last)

    async def _step_back(self, book: Book, head: BlockRef, step: Step) -> None:
        """Undo what is no longer on the chain."""
        if book.head is None:
            return
        top = book.head.number
        number = min(top, head.number)
        canonical = head if number == head.number else await block_at(self._node, number)
        while (known := book.block_hash(number)) != canonical.hash:
            number -= 1
            if known is None:
                # Below what is kept, as `rewind` will say.
                break
            canonical = await block_at(self._node, number)
        if number < top:
            book.rewind(number)
            step.undone, step.common = top - number, number

    def _next(self, book: Book) -> int:
        return self._start if book.head is None else book.head.number + 1

    def _events(self, logs: Sequence[RawLog]) -> list[Event]:
        decoded = map(self._decoder.decode, logs)
        return [event for event in decoded if event is not None]
