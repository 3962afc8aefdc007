"""What one account is worth and must hold, to the unit: contracts/modules/margin.vy and bankruptcy.vy."""

from dataclasses import dataclass

from keeper.arithmetic import (
    MAX_PRICE,
    div_up,
    favoured_price,
    initial,
    loss_up,
    maintenance,
    profit_up,
    trunc_div,
    value,
)
from keeper.strategy.venue import Marks, Venue
from keeper.types import AccountState, PositionState


@dataclass(frozen=True, slots=True)
class Leg:
    """One position of an account, valued; a leg without a valid price has only a value and a favour."""

    market_id: int
    position: PositionState
    price: int
    index: int
    priced: bool
    # At the last accepted price, and what its move in the account's favour would add.
    value: int
    favour: int
    maintenance: int
    initial: int
    profit: int
    loss: int

    @property
    def size(self) -> int:
        return self.position.size


@dataclass(frozen=True, slots=True)
class Standing:
    """An account and the sums over its legs, quote units."""

    account_id: int
    cash: int
    flagged_at: int
    legs: dict[int, Leg]
    # Unpriced legs at their last price: what a withdrawal, a counterparty and a relink are judged by.
    sure_equity: int
    # Unpriced legs in the account's favour: what liquidation and bankruptcy are judged by.
    equity: int
    maintenance: int
    initial: int
    profit: int
    loss: int
    unpriced: bool

    @property
    def is_liquidatable(self) -> bool:
        return self.equity < self.maintenance

    @property
    def is_bankrupt(self) -> bool:
        return self.equity < 0


@dataclass(frozen=True, slots=True)
class AccountValues:
    equity: int
    initial_requirement: int
    maintenance_requirement: int
    withdrawable: int


class Unpriced(Exception):
    """An account that can not be valued: a leg has no valid price."""


def value_leg(venue: Venue, marks: Marks, market_id: int, position: PositionState) -> Leg:
    mark, scale, size = marks[market_id], venue.scale, position.size
    worth = value(size, mark.price, mark.index, scale)
    if not mark.valid:
        moved = favoured_price(size, mark.price, mark.stale_move_ppm)
        favour = value(size, moved, mark.index, scale) - worth
        return Leg(market_id, position, mark.price, mark.index, False, worth, favour, 0, 0, 0, 0)
    return Leg(
        market_id,
        position,
        mark.price,
        mark.index,
        True,
        worth,
        0,
        maintenance(size, mark.price, venue.markets[market_id].params.maintenance_ppm, scale),
        initial_of(venue, market_id, size, position.tier, mark.price, venue.open_interest(market_id)),
        profit_up(size, mark.price, position.entry_price, scale),
        loss_up(size, mark.price, position.entry_price, scale),
    )


def initial_of(venue: Venue, market_id: int, size: int, tier: int, price: int, open_interest: int) -> int:
    """Initial requirement of a position at an open interest."""
    terms = venue.markets[market_id].params
    return initial(
        size,
        price,
        tier,
        venue.scale,
        open_interest=open_interest,
        lower=terms.open_interest_lower,
        upper=terms.open_interest_upper,
        max_tier=terms.max_tier,
    )


def standing(venue: Venue, marks: Marks, account: AccountState) -> Standing:
    legs = {m: value_leg(venue, marks, m, position) for m, position in account.positions.items()}
    sure = account.cash
    favour = required = first = profit = loss = 0
    for leg in legs.values():
        sure += leg.value
        favour += leg.favour
        required += leg.maintenance
        first += leg.initial
        profit += leg.profit
        loss += leg.loss
    return Standing(
        account_id=account.account_id,
        cash=account.cash,
        flagged_at=account.flagged_at,
        legs=legs,
        sure_equity=sure,
        equity=sure + favour,
        maintenance=required,
        initial=first,
        profit=profit,
        loss=loss,
        unpriced=not all(leg.priced for leg in legs.values()),
    )


def withdrawable(seen: Standing) -> int:
    """Equity less initial requirement and unrealised profit; of an account all of whose legs have prices."""
    return max(seen.sure_equity - seen.initial - seen.profit, 0)


def account_values(seen: Standing) -> AccountValues:
    """As `ClearingHouse.account_values`; raises where that reverts."""
    if seen.unpriced:
        raise Unpriced(f"account {seen.account_id} has a leg without a valid price")
    return AccountValues(seen.sure_equity, seen.initial, seen.maintenance, withdrawable(seen))


def shortfall(seen: Standing, market_id: int) -> int:
    """H: what a priced leg of a bankrupt account is short of; 0 for a solvent account."""
    if seen.equity >= 0:
        return 0
    leg, debt = seen.legs[market_id], -seen.equity
    if seen.loss >= debt:
        return div_up(debt * leg.loss, seen.loss)
    return leg.loss + div_up((debt - seen.loss) * leg.maintenance, seen.maintenance)


def share_down(equity: int, freed: int, required: int) -> int:
    """Of a solvent account's equity, what goes with a part that frees `freed` of its maintenance."""
    return equity * freed // required


def part_up(whole: int, part: int, size: int) -> int:
    """Of a whole leg's amount, what falls on a part of its size."""
    return div_up(whole * part, size)


def bankruptcy_quote(venue: Venue, seen: Standing, market_id: int, size: int) -> int:
    """What closing `size` base at the bankruptcy price pays the account, without funding; any account."""
    leg, scale = seen.legs[market_id], venue.scale
    closed = size if leg.size > 0 else -size
    left = leg.size - closed
    if seen.equity < 0:
        share = -part_up(shortfall(seen, market_id), size, abs(leg.size))
    else:
        rate = venue.markets[market_id].params.maintenance_ppm
        freed = leg.maintenance - maintenance(left, leg.price, rate, scale)
        share = share_down(seen.equity, freed, seen.maintenance)
    moved = leg.value - value(left, leg.price, leg.index, scale)
    return moved - share + trunc_div(closed * leg.index, scale)


def liquidation_price(venue: Venue, seen: Standing, market_id: int) -> int | None:
    """The nearest price of a priced leg's market, all else unchanged, at which the account is liquidatable.

    WAD; None: no price makes it so. Today's price if it is already.
    """
    leg, scale = seen.legs[market_id], venue.scale
    rate = venue.markets[market_id].params.maintenance_ppm
    equity, required = seen.equity - leg.value, seen.maintenance - leg.maintenance

    def is_liquidatable(price: int) -> bool:
        worth = equity + value(leg.size, price, leg.index, scale)
        return worth < required + maintenance(leg.size, price, rate, scale)

    if is_liquidatable(leg.price):
        return leg.price
    # The account is safe at `safe` and not at `thin`; equity less requirement is monotone between them.
    safe, thin = leg.price, 1 if leg.size > 0 else MAX_PRICE
    if not is_liquidatable(thin):
        return None
    while abs(safe - thin) > 1:
        middle = (safe + thin) // 2
        if is_liquidatable(middle):
            thin = middle
        else:
            safe = middle
    return thin
