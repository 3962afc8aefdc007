"""A round of deleveraging put together from its receipts."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from keeper.book.errors import BrokenHistory
from keeper.book.events import Event
from keeper.types import Deleveraged, Mark, PassedOver, Round, RoundReceipt, Visit

STARTED, ENDED = "DeleveragingStarted", "DeleveragingEnded"


class Observer(Protocol):
    """Is shown every round before its effects are applied, with the marks that it was done at."""

    def round(self, receipt: RoundReceipt, marks: Mapping[int, Mark]) -> None: ...


def receipt(events: Sequence[Event], timestamp: int) -> RoundReceipt:
    """Of the ClearingHouse's events from DeleveragingStarted to DeleveragingEnded."""
    started, ended = events[0], events[-1]
    account_id, market_id, size, equity, shortfall, insurance, verified = started.args
    if any(e.tx_hash != started.tx_hash for e in events) or ended.args[:2] != started.args[:2]:
        raise BrokenHistory(f"the round of account {account_id} in {started.tx_hash} does not end")
    visits: list[Visit] = []
    for event in events:
        if event.name == "Deleveraged":
            visits.append(Deleveraged(*event.args[2:]))
        elif event.name == "PassedOver":
            visits.append(PassedOver(*event.args[2:]))
    _, _, closed, left, _, insurance_paid, haircut = ended.args
    found = Round(
        account_id=account_id,
        market_id=market_id,
        size=size,
        equity=equity,
        shortfall=shortfall,
        insurance=insurance,
        verified=bool(verified),
        visits=tuple(visits),
        closed=closed,
        left=left,
        insurance_paid=insurance_paid,
        haircut=haircut,
    )
    return RoundReceipt(found, started.block, timestamp, started.tx_hash, started.log_index)
