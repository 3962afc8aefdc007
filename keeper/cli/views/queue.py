"""Who is closed first when the other side goes bankrupt."""

from dataclasses import dataclass
from decimal import Decimal

from keeper.book.book import Book
from keeper.cli.views.units import wad
from keeper.strategy.ranking import Rank, SideQueue, lights, top


@dataclass(frozen=True, slots=True)
class QueueRow:
    """`rank` 1 is closed first; five lights: among the first fifth."""

    rank: int
    account_id: int
    roe: Decimal
    leverage: int
    size: Decimal
    entry_price: Decimal
    lights: int


@dataclass(frozen=True, slots=True)
class QueueView:
    market_id: int
    side: str
    block: int
    # The last accepted one; not valid: nobody can be closed at it.
    price: Decimal
    price_is_valid: bool
    ranked: int
    parked: int
    rows: tuple[QueueRow, ...]


class NoSuchMarket(LookupError):
    """The market id is not listed."""


def queue_view(book: Book, at: int, market_id: int, is_long: bool, count: int, skip: int = 0) -> QueueView:
    market = book.markets.get(market_id)
    if market is None or not market.params.listed or book.head is None:
        listed = ", ".join(str(m) for m, each in sorted(book.markets.items()) if each.params.listed)
        raise NoSuchMarket(f"there is no market {market_id}: the listed ones are {listed or 'none'}")
    positions = book.positions[market_id]
    ranked = SideQueue(positions, is_long).count
    of_side = positions.size > 0 if is_long else positions.size < 0
    rows = tuple(
        QueueRow(
            rank=place + 1,
            account_id=each.account_id,
            roe=wad(each.roe),
            leverage=each.leverage,
            size=wad(each.size),
            entry_price=wad(each.entry_price),
            lights=lights(Rank(place, ranked)),
        )
        for place, each in enumerate(top(book, market_id, is_long, count, market.price, skip), skip)
    )
    return QueueView(
        market_id=market_id,
        side="long" if is_long else "short",
        block=book.head.number,
        price=wad(market.price),
        price_is_valid=market.is_valid(at),
        ranked=ranked,
        parked=int((of_side & positions.parked).sum()),
        rows=rows,
    )
