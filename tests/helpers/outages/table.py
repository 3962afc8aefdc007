"""contracts/OUTAGES.md as data: its words decide what is tried, so that it cannot say anything else."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.helpers.outages import checks, ends, keeper
from tests.helpers.outages.checks import Check
from tests.helpers.outages.rows import FIRST, Begin
from tests.helpers.outages.stage import LAST, NEW, Stage
from tests.helpers.undoing import undone

PAGE = Path(__file__).parents[3] / "contracts" / "OUTAGES.md"
HEAD = "| outage | trade | withdraw | liquidate | deleverage | funding | keeper | ends |"
REASONS_HEAD = "| column | **no** reads | what else |"
# Row and column.
Cell = tuple[str, str]

SILENT, DISOWNED = "has no usable price", "is in doubt"
# Of a "no", by column.
REASONS = {
    "trade": checks.NO_PRICE,
    "withdraw": checks.UNPRICED_LEG,
    "liquidate": checks.NO_PRICE,
    "deleverage": checks.NO_PRICE,
    "funding": checks.NO_PRICE,
}


def _priced(at: Callable[[Stage, int], None], stopped: Check) -> dict[str, Check]:
    """A column of what the chain does: at which price, or not."""

    def no(stage: Stage) -> None:
        # Whoever comes first is refused, and so is who comes after somebody had the router ask.
        with undone():
            stopped(stage)
        stage.sync()
        stopped(stage)

    def last_then_no(stage: Stage) -> None:
        with undone():
            at(stage, LAST)
        stage.lapse()
        no(stage)

    return {
        "last, then no": last_then_no,
        "new": lambda stage: at(stage, NEW),
        "first": lambda stage: at(stage, FIRST),
        "no": no,
    }


def _keeper_then_stale(stage: Stage) -> None:
    with undone():
        keeper.keeper_acts(stage, LAST, asks=False, source=SILENT)
    stage.lapse()
    keeper.keeper_waits(stage, "stale", SILENT)


# By column, what its words mean.
COLUMNS: dict[str, dict[str, Check]] = {
    "trade": _priced(checks.trade_at, checks.trade_stopped),
    "withdraw": _priced(checks.withdraw_at, checks.withdraw_stopped),
    "liquidate": _priced(checks.liquidate_at, checks.liquidate_stopped),
    "deleverage": _priced(checks.deleverage_at, checks.deleverage_stopped),
    "funding": _priced(checks.funding_at, checks.funding_stopped),
    "keeper": {
        "acts, then waits; `stale`": _keeper_then_stale,
        "acts, asks": lambda stage: keeper.keeper_acts(stage, FIRST, asks=True, answered=False),
        "asks, acts": lambda stage: keeper.keeper_acts(stage, NEW, asks=True),
        "waits; `stale`": lambda stage: keeper.keeper_waits(stage, "stale", SILENT),
        "asks, waits; `in doubt`": lambda stage: keeper.keeper_asks_then_waits(stage, DISOWNED),
        "asks, again after `confirm`; `in doubt`": keeper.keeper_asks_twice,
    },
    "ends": {
        "at the next good round": ends.with_next_round,
        "at the next narrow update": ends.with_next_update,
        "`grace` after the sequencer's return": ends.after_grace,
        "`confirm` after it was noticed": ends.after_confirm,
        "has ended": ends.ended,
        "in the next block": ends.in_next_block,
    },
}


def cells(rows: Iterable[str]) -> list[Cell]:
    return [(row, column) for row in rows for column in COLUMNS]


def page() -> dict[Cell, str]:
    """The page's words, by the names that tests have: no spaces, no commas."""
    _, *columns = _split(HEAD)
    found: dict[Cell, str] = {}
    for row, *words in _rows(HEAD):
        name = row.replace(",", "").replace(" ", "_")
        found |= {(name, column): word for column, word in zip(columns, words, strict=True)}
    return found


def reasons() -> dict[str, str]:
    """What the page says a "no" reads."""
    return {column: reason.strip("`") for column, reason, _ in _rows(REASONS_HEAD)}


def play(stage: Stage, begin: Begin, cell: Cell) -> None:
    """Bring the outage about and try what the page says of it."""
    column = cell[1]
    stage.reset()
    if column == "funding":
        stage.premium()
    begin(stage)
    COLUMNS[column][page()[cell]](stage)


def _rows(head: str) -> Iterator[list[str]]:
    """Those of the table with this head."""
    lines = PAGE.read_text().splitlines()
    for line in lines[lines.index(head) + 2 :]:
        if not line.startswith("|"):
            break
        yield _split(line)


def _split(line: str) -> list[str]:
    return [each.strip() for each in line.strip("|").split("|")]
