"""How much of a thin account is closed and who gets what of it: contracts/modules/liquidation.vy."""

from dataclasses import dataclass

from keeper.arithmetic import PPM, div_up, maintenance, notional_down, notional_up, value
from keeper.book.markets import MarketParams
from keeper.strategy.risk import Standing, part_up, share_down, shortfall
from keeper.strategy.venue import Venue
from keeper.types import PositionState


@dataclass(frozen=True, slots=True)
class Closing:
    """A part `closed` of a thin account's position, taken over at the mark; quote units.

    `moved` goes from the liquidator's cash to the account's; the account pays `penalty`, of it `reward` to
    the liquidator and the rest to the vault; the vault pays `insured` to the account.
    """

    closed: int
    # Signed.
    left: int
    moved: int
    penalty: int
    reward: int
    insured: int


def is_below_minimum(size: int, price: int, terms: MarketParams, scale: int) -> bool:
    """Whether a position is open and worth less than the market's minimum notional."""
    return size != 0 and notional_down(size, price, scale) < terms.min_notional


def smallest_size(price: int, terms: MarketParams, scale: int) -> int:
    """Base that is just worth the minimum notional, at least 1."""
    return max(div_up(terms.min_notional * scale, price), 1)


def needed(venue: Venue, seen: Standing, market_id: int) -> int:
    """What `liquidate` closes at most of a priced leg of a liquidatable account, base."""
    leg, terms = seen.legs[market_id], venue.markets[market_id].params
    held = abs(leg.size)
    if seen.equity < 0:
        return held
    missing = terms.target_ppm * seen.maintenance - seen.equity * PPM
    regained = terms.target_ppm * terms.maintenance_ppm - PPM * terms.penalty_ppm
    size = div_up(missing * venue.scale * PPM, leg.price * regained)
    if size >= held or is_below_minimum(held - size, leg.price, terms, venue.scale):
        return held
    return size


def liquidatable_size(venue: Venue, seen: Standing, market_id: int) -> int:
    """As `Lens.liquidatable_size`: 0 for a healthy account or no position."""
    if market_id not in seen.legs or not seen.is_liquidatable:
        return 0
    return needed(venue, seen, market_id)


def closing(venue: Venue, seen: Standing, market_id: int, closed: int) -> Closing:
    """What closing exactly `closed` of a leg pays to whom."""
    leg, terms, scale = seen.legs[market_id], venue.markets[market_id].params, venue.scale
    left = leg.size - closed if leg.size > 0 else leg.size + closed
    penalty = reward = insured = 0
    if seen.equity >= 0:
        freed = leg.maintenance - maintenance(left, leg.price, terms.maintenance_ppm, scale)
        share = share_down(max(seen.sure_equity, 0), freed, seen.maintenance)
        penalty = min(div_up(notional_up(closed, leg.price, scale) * terms.penalty_ppm, PPM), share)
        reward = min(notional_down(closed, leg.price, scale) * terms.reward_ppm // PPM, penalty)
    else:
        insured = part_up(shortfall(seen, market_id), closed, abs(leg.size))
    moved = leg.value - value(left, leg.price, leg.index, scale)
    return Closing(closed, left, moved, penalty, reward, insured)


def resized(position: PositionState, size: int) -> PositionState | None:
    """What is left of a position that was closed in part: entry, tier and place stay. None: nothing is."""
    if size == 0:
        return None
    return PositionState(size, position.entry_price, position.tier, position.parked, position.order)
