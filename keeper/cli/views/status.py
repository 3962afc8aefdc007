"""The venue and the keeper at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from keeper.arithmetic import PPM
from keeper.book.book import Book
from keeper.book.markets import Market
from keeper.chain.source_reads import address_of
from keeper.cli.views.account import state_of
from keeper.cli.views.units import ratio, tokens, wad, whole
from keeper.strategy.revaluation import revalue, suspects
from keeper.strategy.risk import Standing, standing
from keeper.strategy.sources import trouble as source_trouble
from keeper.types import Answers, Facts

# Rates of the premium: 1e-11 per 8 hours.
PREMIUM_DECIMALS = 11


@dataclass(frozen=True, slots=True)
class MarketLine:
    """`trouble`: why the accepted price is not valid. `premium`: what longs pay shorts in 8 hours, as a
    part.
    """

    market_id: int
    price: Decimal
    price_age: int
    trouble: str
    # Addresses of its price sources that have no usable price, and why.
    stale_sources: tuple[tuple[str, str], ...]
    waiting_price: Decimal | None
    open_interest: Decimal
    open_interest_cap: Decimal
    longs: int
    shorts: int
    parked: int
    premium: Decimal
    reduce_only: bool
    maintenance_rate: Decimal
    # What the vault pays now; None: not read.
    insurance: Decimal | None


@dataclass(frozen=True, slots=True)
class ThinLine:
    account_id: int
    state: str
    equity: Decimal
    maintenance: Decimal
    health: Decimal | None
    # 0: not flagged.
    flagged_at: int


@dataclass(frozen=True, slots=True)
class OwnLine:
    """The keeper's margin account. `usage`: initial requirement by equity; nothing more fits at 1."""

    account_id: int
    equity: Decimal
    initial: Decimal
    usage: Decimal | None
    positions: int


@dataclass(frozen=True, slots=True)
class StatusView:
    block: int
    timestamp: int
    accounts: int
    positions: int
    liquidatable: int
    bankrupt: int
    flagged: int
    # Worst first, not all.
    thin: tuple[ThinLine, ...]
    markets: tuple[MarketLine, ...]
    # None: nothing is taken over.
    own: OwnLine | None
    insurance: Decimal | None
    # 0: the gate is down.
    gate_until: int


def status_view(
    book: Book, at: int, own_account: int = 0, facts: Facts | None = None, most: int = 10
) -> StatusView:
    if book.head is None:
        raise LookupError("the book is empty")
    marks = book.marks(at)
    found = [standing(book, marks, book.account(int(i))) for i in suspects(revalue(book, marks))]
    thin = sorted((s for s in found if s.is_liquidatable), key=_worst_first)
    own = None
    if 1 <= own_account <= book.accounts.count:
        own = _own(book, standing(book, marks, book.account(own_account)))
    return StatusView(
        block=book.head.number,
        timestamp=book.head.timestamp,
        accounts=book.accounts.count,
        positions=sum(int(np.count_nonzero(p.size)) for p in book.positions.values()),
        liquidatable=len(thin),
        bankrupt=sum(s.is_bankrupt for s in thin),
        flagged=int(np.count_nonzero(book.accounts.flagged_at)),
        thin=tuple(_thin(book, s) for s in thin[:most]),
        markets=_markets(book, at, sorted(marks), facts),
        own=own,
        insurance=None if facts is None else tokens(facts.capacity_overall, book.scale),
        gate_until=facts.gate_until if facts is not None and facts.gate_until > at else 0,
    )


def _worst_first(seen: Standing) -> tuple[float, int]:
    # Only for the order of a list that people read.
    return seen.equity / max(seen.maintenance, 1), seen.account_id


def _thin(book: Book, seen: Standing) -> ThinLine:
    return ThinLine(
        account_id=seen.account_id,
        state=state_of(seen),
        equity=tokens(seen.equity, book.scale),
        maintenance=tokens(seen.maintenance, book.scale),
        health=ratio(seen.equity, seen.maintenance),
        flagged_at=seen.flagged_at,
    )


def _own(book: Book, seen: Standing) -> OwnLine:
    return OwnLine(
        account_id=seen.account_id,
        equity=tokens(seen.equity, book.scale),
        initial=tokens(seen.initial, book.scale),
        usage=ratio(seen.initial, seen.equity) if seen.equity > 0 else None,
        positions=len(seen.legs),
    )


def _markets(book: Book, at: int, market_ids: Sequence[int], facts: Facts | None) -> tuple[MarketLine, ...]:
    lines = []
    for market_id in market_ids:
        market, positions = book.markets[market_id], book.positions[market_id]
        size = positions.size
        trouble = ""
        if not market.price:
            trouble = "no price yet"
        elif market.in_doubt:
            trouble = "in doubt"
        elif not market.is_valid(at):
            trouble = "stale"
        capacity = None if facts is None else facts.capacity.get(market_id)
        lines.append(
            MarketLine(
                market_id=market_id,
                price=wad(market.price),
                price_age=max(at - market.updated_at, 0),
                trouble=trouble,
                stale_sources=_stale_sources(market, at, {} if facts is None else facts.answers),
                waiting_price=wad(market.waiting_price) if market.waiting_price else None,
                open_interest=wad(book.open_interest(market_id)),
                open_interest_cap=wad(market.params.open_interest_cap),
                longs=int(np.count_nonzero(size > 0)),
                shorts=int(np.count_nonzero(size < 0)),
                parked=int(np.count_nonzero((size != 0) & positions.parked)),
                premium=whole(market.premium, PREMIUM_DECIMALS),
                reduce_only=market.params.reduce_only,
                maintenance_rate=whole(market.params.maintenance_ppm, len(str(PPM)) - 1),
                insurance=None if capacity is None else tokens(capacity, book.scale),
            )
        )
    return tuple(lines)


def _stale_sources(market: Market, at: int, answers: Answers) -> tuple[tuple[str, str], ...]:
    told = (
        (address_of(source), source_trouble(market.source, seen, at))
        for (market_id, source), seen in answers.items()
        if market_id == market.market_id
    )
    return tuple((address, why) for address, why in told if why)
