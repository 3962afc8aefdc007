"""What a long run should have met: the kinds of liquidations and rounds, by name, to be counted."""

from collections.abc import Iterator

from scripts.sandbox.waterfall_snapshot import Snapshot
from tests.helpers.model.deleveraging import Deleveraging
from tests.helpers.model.liquidation import Liquidated

# Seen now and then in any run of some length, or something is never tried.
EXPECTED = (
    "liquidation of a part",
    "liquidation of a whole",
    "penalty cut to the share of equity",
    "bankrupt: taken over, the vault pays",
    "bankrupt: taken over in parts",
    "bankrupt: no shortfall in this leg",
    "round: one counterparty",
    "round: two counterparties",
    "round: three and more counterparties",
    "round: nobody closed",
    "round: somebody passed over",
    "round: closed in part",
    "round: no insurance",
    "round: insurance for a part",
    "round: fully insured, past the grace",
    "round: no shortfall in this leg",
    "round: unused cover refunded",
    "round: bankrupt in several markets",
    "round: verified",
    "round: equal ROE in another order",
    "Flagged",
    "FlagCleared",
    "flagged anew",
    "GateRaised",
    "gate fell early",
    "Relinked",
)
COUNTED = ("nobody closed", "one counterparty", "two counterparties", "three and more counterparties")


def of_liquidation(before: Snapshot, receipt: Liquidated, most: int) -> Iterator[str]:
    """`most`: the penalty of what was closed, were there equity enough."""
    held = abs(before.size)
    if receipt.flags_cleared:
        yield "FlagCleared"
    if before.worth >= 0:
        yield "liquidation of a whole" if receipt.closed == held else "liquidation of a part"
        if receipt.penalty < most:
            yield "penalty cut to the share of equity"
        return
    if receipt.insurance_paid:
        yield "bankrupt: taken over, the vault pays"
    elif not before.shortfall:
        yield "bankrupt: no shortfall in this leg"
    if receipt.closed < held:
        yield "bankrupt: taken over in parts"


def of_deleveraging(before: Snapshot, receipt: Deleveraging) -> Iterator[str]:
    if receipt.flags_cleared:
        yield "FlagCleared"
    yield "round: " + COUNTED[min(len(receipt.counterparties), 3)]
    if receipt.passed_over:
        yield "round: somebody passed over"
    if receipt.left:
        yield "round: closed in part"
    if not receipt.shortfall:
        yield "round: no shortfall in this leg"
    elif receipt.insurance == receipt.shortfall:
        yield "round: fully insured, past the grace"
    elif receipt.insurance:
        yield "round: insurance for a part"
    else:
        yield "round: no insurance"
    if receipt.insurance > receipt.insurance_paid:
        yield "round: unused cover refunded"
    if len(before.open_markets) > 1:
        yield "round: bankrupt in several markets"
    if receipt.verified:
        yield "round: verified"
        order = [account_id for account_id, _ in before.queue]
        visited = [visit.counterparty for visit in receipt.visits]
        if visited != order[: len(visited)]:
            yield "round: equal ROE in another order"
