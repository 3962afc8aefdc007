"""Past rounds of deleveraging, and whether recomputing them gave the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from keeper.cli.views.units import tokens, wad
from keeper.records import CheckedRound
from keeper.types import Deleveraged


@dataclass(frozen=True, slots=True)
class VisitView:
    """A counterparty: closed in whole or part, or passed over (`closed` 0) and parked."""

    account_id: int
    closed: Decimal
    price: Decimal | None
    haircut: Decimal
    roe: Decimal | None
    passed_over: bool


@dataclass(frozen=True, slots=True)
class RoundView:
    """`shortfall` = `insurance` + `haircut` if nothing is `left`. `listed`: a keeper's list was verified."""

    block: int
    timestamp: int
    tx_hash: str
    account_id: int
    market_id: int
    size: Decimal
    closed: Decimal
    left: Decimal
    shortfall: Decimal
    insurance: Decimal
    haircut: Decimal
    listed: bool
    verified: bool
    differences: tuple[str, ...]
    visits: tuple[VisitView, ...]


def rounds_view(rounds: Sequence[CheckedRound], scale: int) -> tuple[RoundView, ...]:
    return tuple(_round(each, scale) for each in rounds)


def _round(checked: CheckedRound, scale: int) -> RoundView:
    receipt, made = checked.receipt, checked.receipt.round
    visits = tuple(
        VisitView(
            account_id=visit.counterparty,
            closed=wad(visit.size),
            price=wad(visit.price),
            haircut=tokens(visit.haircut, scale),
            roe=wad(visit.roe),
            passed_over=False,
        )
        if isinstance(visit, Deleveraged)
        else VisitView(visit.counterparty, wad(0), None, tokens(0, scale), None, passed_over=True)
        for visit in made.visits
    )
    return RoundView(
        block=receipt.block_number,
        timestamp=receipt.timestamp,
        tx_hash=receipt.tx_hash,
        account_id=made.account_id,
        market_id=made.market_id,
        size=wad(made.size),
        closed=wad(made.closed),
        left=wad(made.left),
        shortfall=tokens(made.shortfall, scale),
        insurance=tokens(made.insurance_paid, scale),
        haircut=tokens(made.haircut, scale),
        listed=made.verified,
        verified=not checked.differences,
        differences=checked.differences,
        visits=visits,
    )
