"""Which part of an account's equity or shortfall each of its legs carries (DESIGN section 7)."""

from dataclasses import dataclass

from tests.helpers.model.accounts import Account, State
from tests.helpers.model.arithmetic import ceil_div, equity_share, floor_div, trunc_div, value
from tests.helpers.model.margin import Mark, Marks, waterfall_values


def change_of(size: int, part: int) -> int:
    """The signed change that closes `part` (unsigned) of a position."""
    return -part if size > 0 else part


def released_value(size: int, part: int, mark: Mark, scale: int) -> int:
    """What a close of `part` moves in cash: the difference of whole-position values."""
    left = size + change_of(size, part)
    return value(size, mark.price, mark.index, scale) - value(left, mark.price, mark.index, scale)


def whole_share(equity: int, loss: int, losses: int, maintenance: int, maintenances: int) -> int:
    """What a leg carries of a negative equity: first its loss, then by maintenance what no loss explains."""
    if losses >= -equity:
        return floor_div(equity * loss, losses)
    return -loss + floor_div((equity + losses) * maintenance, maintenances)


@dataclass(frozen=True)
class Leg:
    """A priced leg: its loss against entry and its maintenance requirement, both >= 0."""

    loss: int
    maintenance: int


@dataclass(frozen=True)
class Standing:
    """An account as the waterfall sees it: unpriced legs count in its favour and are no legs."""

    equity: int
    maintenance: int
    legs: dict[int, Leg]

    @property
    def losses(self) -> int:
        return sum(leg.loss for leg in self.legs.values())

    @property
    def is_liquidatable(self) -> bool:
        return self.equity < self.maintenance

    @property
    def is_bankrupt(self) -> bool:
        return self.equity < 0

    def shortfall(self, market_id: int) -> int:
        """H of a priced leg; 0 if solvent."""
        if not self.is_bankrupt:
            return 0
        leg = self.legs[market_id]
        return -whole_share(self.equity, leg.loss, self.losses, leg.maintenance, self.maintenance)


def standing(state: State, account: Account, marks: Marks) -> Standing:
    equity, maintenance = waterfall_values(state, account, marks)
    legs: dict[int, Leg] = {}
    for i, position in account.positions.items():
        mark, market = marks(i), state.markets[i]
        if mark.valid:
            loss = max(0, -position.pnl(mark.price, market.scale))
            legs[i] = Leg(loss, market.maintenance(position.size, mark.price))
    return Standing(equity, maintenance, legs)


def share(state: State, account: Account, marks: Marks, market_id: int, part: int) -> int:
    """What closing `part` of a priced leg takes along of the account's equity."""
    seen, size = standing(state, account, marks), account.size(market_id)
    if seen.is_bankrupt:
        return -ceil_div(seen.shortfall(market_id) * part, abs(size))
    return solvent_share(state, account, marks, market_id, part, seen.equity)


def solvent_share(
    state: State, account: Account, marks: Marks, market_id: int, part: int, equity: int
) -> int:
    """What falls of an equity >= 0 on `part` of a priced leg: by the maintenance that its close frees."""
    market, mark, size = state.markets[market_id], marks(market_id), account.size(market_id)
    required = standing(state, account, marks).maintenance
    left = market.maintenance(size + change_of(size, part), mark.price)
    released = market.maintenance(size, mark.price) - left
    return equity_share(equity, required, required - released)


def bankruptcy_quote(state: State, account: Account, marks: Marks, market_id: int, part: int) -> int:
    """What the account receives (a long) or pays (a short, negative) for `part`, quote units."""
    scale, mark, size = state.markets[market_id].scale, marks(market_id), account.size(market_id)
    received = released_value(size, part, mark, scale) - share(state, account, marks, market_id, part)
    return received + trunc_div(-change_of(size, part) * mark.index, scale)
