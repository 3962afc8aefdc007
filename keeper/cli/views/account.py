"""One account: what it is worth, how far from liquidation, where it stands, what a lower tier would do."""

from dataclasses import dataclass
from decimal import Decimal

from keeper.arithmetic import LEVERAGES, notional_down, roe
from keeper.book.book import Book
from keeper.cli.views.places import place
from keeper.cli.views.units import ratio, tokens, wad
from keeper.strategy.ranking import lights, rank_of
from keeper.strategy.risk import Leg, Standing, initial_of, liquidation_price, standing, withdrawable
from keeper.types import Mark


@dataclass(frozen=True, slots=True)
class TierView:
    """The position at a lower leverage. `missing`: tokens to deposit first; no `refusal`: allowed now."""

    leverage: int
    refusal: str
    missing: Decimal
    roe: Decimal
    rank: int
    lights: int


@dataclass(frozen=True, slots=True)
class LegView:
    """One position. `profit` is against its entry, without funding; `value` with it."""

    market_id: int
    side: str
    size: Decimal
    entry_price: Decimal
    price: Decimal
    price_is_valid: bool
    leverage: int
    notional: Decimal
    profit: Decimal
    maintenance: Decimal
    initial: Decimal
    roe: Decimal
    # None: no price of this market alone gets the account liquidated.
    liquidation_price: Decimal | None
    distance: Decimal | None
    parked: bool
    # 0: not ranked.
    rank: int
    ranked: int
    lights: int
    lower: tuple[TierView, ...]


@dataclass(frozen=True, slots=True)
class AccountView:
    """`equity` counts legs without a valid price in the account's favour, `sure_equity` at the last one."""

    account_id: int
    owner: str
    block: int
    state: str
    cash: Decimal
    equity: Decimal
    sure_equity: Decimal
    initial: Decimal
    maintenance: Decimal
    # Equity by maintenance; liquidatable below 1. None: it must hold nothing.
    health: Decimal | None
    # None: a leg has no valid price, nothing can be withdrawn.
    withdrawable: Decimal | None
    flagged_at: int
    legs: tuple[LegView, ...]


class NoSuchAccount(LookupError):
    """The account was never opened."""


def account_view(book: Book, at: int, account_id: int) -> AccountView:
    if book.head is None or not 1 <= account_id <= book.accounts.count:
        raise NoSuchAccount(f"there is no account {account_id}: the last one is {book.accounts.count}")
    marks = book.marks(at)
    seen = standing(book, marks, book.account(account_id))

    def amount(units: int) -> Decimal:
        return tokens(units, book.scale)

    return AccountView(
        account_id=account_id,
        owner=book.accounts.owner_of(account_id),
        block=book.head.number,
        state=state_of(seen),
        cash=amount(seen.cash),
        equity=amount(seen.equity),
        sure_equity=amount(seen.sure_equity),
        initial=amount(seen.initial),
        maintenance=amount(seen.maintenance),
        health=ratio(seen.equity, seen.maintenance),
        withdrawable=None if seen.unpriced else amount(withdrawable(seen)),
        flagged_at=seen.flagged_at,
        legs=tuple(_leg(book, marks[m], seen, leg) for m, leg in seen.legs.items()),
    )


def state_of(seen: Standing) -> str:
    if seen.is_bankrupt:
        return "bankrupt"
    if seen.is_liquidatable:
        return "liquidatable"
    return "healthy" if seen.legs else "flat"


def _leg(book: Book, mark: Mark, seen: Standing, leg: Leg) -> LegView:
    market_id, position, is_long = leg.market_id, leg.position, leg.size > 0
    rank = rank_of(book, market_id, seen.account_id, mark.price)
    limit = liquidation_price(book, seen, market_id) if leg.priced else None
    gain = leg.size * (mark.price - position.entry_price) // book.scale
    return LegView(
        market_id=market_id,
        side="long" if is_long else "short",
        size=wad(leg.size),
        entry_price=wad(position.entry_price),
        price=wad(mark.price),
        price_is_valid=leg.priced,
        leverage=LEVERAGES[position.tier],
        notional=tokens(notional_down(leg.size, mark.price, book.scale), book.scale),
        profit=tokens(gain, book.scale),
        maintenance=tokens(leg.maintenance, book.scale),
        initial=tokens(leg.initial, book.scale),
        roe=wad(roe(position.entry_price, position.tier, is_long, mark.price)),
        liquidation_price=None if limit is None else wad(limit),
        distance=None if limit is None else ratio(limit - mark.price, mark.price),
        parked=position.parked,
        rank=0 if rank is None else rank.rank + 1,
        ranked=0 if rank is None else rank.count,
        lights=0 if rank is None else lights(rank),
        lower=tuple(_tier(book, mark, seen, leg, tier) for tier in reversed(range(position.tier))),
    )


def _tier(book: Book, mark: Mark, seen: Standing, leg: Leg, tier: int) -> TierView:
    """As `set_leverage` decides: equity without unrealised profit must meet the requirement afterwards."""
    position, is_long = leg.position, leg.size > 0
    needed = (
        seen.initial
        - leg.initial
        + initial_of(book, leg.market_id, leg.size, tier, mark.price, book.open_interest(leg.market_id))
    )
    missing = max(needed - (seen.sure_equity - seen.profit), 0)
    refusal = ""
    if tier > book.markets[leg.market_id].params.max_tier:
        refusal = "above the maximum"
    elif seen.unpriced:
        refusal = "no valid price"
    elif position.parked and seen.sure_equity <= 0:
        refusal = "parked, no equity"
    elif missing:
        refusal = "margin"
    found = place(
        book.positions[leg.market_id], seen.account_id, is_long, tier, position.entry_price, mark.price
    )
    return TierView(
        leverage=LEVERAGES[tier],
        refusal=refusal,
        missing=tokens(missing, book.scale),
        roe=wad(roe(position.entry_price, tier, is_long, mark.price)),
        rank=found.rank + 1,
        lights=lights(found),
    )
