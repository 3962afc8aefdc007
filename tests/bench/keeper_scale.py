"""The keeper's pure parts with a million accounts, in processes of their own: `prepare`, then `measure`.

`measure` is a keeper that comes back from its checkpoint: what it holds in memory is what a keeper holds.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from keeper.arithmetic import WAD
from keeper.book.book import Book
from keeper.book.store import Store
from keeper.strategy.ranking import top
from keeper.strategy.revaluation import revalue, suspects
from keeper.types import Mark, RawLog
from tests.keeper.crowd_book import GENESIS, HOUSE, PRICE, decoder, header, synthetic_book, synthetic_logs

ACCOUNTS, MARKETS, POSITIONS = 1_000_000, 8, 2_000_000
EVENTS = 2_000
APPLIED_BLOCKS, SYNCED_BLOCKS = 25, 60
REVALUATIONS = 41
TOP = 256
CHAIN_ID = 1


def store(folder: Path) -> Store:
    return Store(folder / "book.sqlite", CHAIN_ID, HOUSE)


def prepare(folder: Path) -> None:
    """A checkpoint of the whole crowd."""
    store(folder).save(synthetic_book(ACCOUNTS, MARKETS, POSITIONS, seed=1))


def milliseconds(actions: Iterable[Callable[[], Any]]) -> float:
    """Median of one run of each."""
    times = []
    for action in actions:
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1_000, 2)


def moved(marks: dict[int, Mark], step: int) -> dict[int, Mark]:
    """All prices a little lower at every step."""
    return {
        market_id: Mark(mark.price - step * WAD // 2, mark.valid, mark.stale_move_ppm, mark.index)
        for market_id, mark in marks.items()
    }


def measure(folder: Path) -> dict[str, float]:
    """Tells on a line of its own when the book is there, so that the start can be timed from outside."""
    checkpoints = store(folder)
    book = checkpoints.load()
    if book is None:
        raise RuntimeError("there is no checkpoint: prepare comes first")
    print("loaded", flush=True)
    marks = book.marks(GENESIS)

    figures: dict[str, float] = {
        "accounts": book.accounts.count,
        "positions": sum(int(np.count_nonzero(each.size)) for each in book.positions.values()),
    }
    figures["revalue_ms_p50"] = milliseconds(
        partial(find_thin, book, moved(marks, step)) for step in range(REVALUATIONS)
    )
    figures["rank_top256_ms_p50"] = milliseconds(
        partial(top, book, market_id, is_long, TOP, PRICE * WAD)
        for market_id in marks
        for is_long in (True, False)
    )
    figures["block_2000_events_ms_p50"] = milliseconds(applied(book))
    figures["checkpoint_ms"] = milliseconds([partial(checkpoints.save, book)])
    figures["sync_events_per_s"] = synced(book)
    figures["rss_mb"] = peak_megabytes()
    return figures


def find_thin(book: Book, marks: dict[int, Mark]) -> int:
    """How many accounts would be looked at exactly."""
    return len(suspects(revalue(book, marks)))


def applied(book: Book) -> Iterable[Callable[[], Any]]:
    """One block after the other, decoding included; made while the clock stands."""
    for number, logs in enumerate(synthetic_logs(book, range(1, APPLIED_BLOCKS + 1), EVENTS, seed=2), 1):
        yield partial(apply_block, book, number, logs)


def apply_block(book: Book, number: int, logs: list[RawLog]) -> None:
    decode = decoder().decode
    book.apply(header(number), [event for log in logs if (event := decode(log)) is not None])


def synced(book: Book) -> float:
    """Events of history in a second, decoding included."""
    decode = decoder().decode
    first = APPLIED_BLOCKS + 1
    seconds, events = 0.0, 0
    blocks = range(first, first + SYNCED_BLOCKS)
    for number, logs in zip(blocks, synthetic_logs(book, blocks, EVENTS, seed=3), strict=True):
        start = time.perf_counter()
        found = [event for log in logs if (event := decode(log)) is not None]
        book.extend(found, header(number), {number: header(number).timestamp})
        seconds += time.perf_counter() - start
        events += len(found)
    return round(events / seconds)


def peak_megabytes() -> float:
    """The most this process ever had resident."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def main() -> int:
    step, folder = sys.argv[1], Path(sys.argv[2])
    if step == "prepare":
        prepare(folder)
    else:
        print(json.dumps(measure(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
