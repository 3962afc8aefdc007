"""What the waterfall owes to the unit, in fractions: DESIGN section 7, written from it and not from the
contract.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from tests.helpers.desk import Desk
from tests.helpers.parameters import PLAIN, WAD, MarketParams


@dataclass(frozen=True)
class Leg:
    """A priced position: signed size, entry price, the mark and the funding index F."""

    size: int
    entry_price: int
    price: int
    index: int = 0
    params: MarketParams = PLAIN
    decimals: int = 6

    @property
    def scale(self) -> int:
        return int(10 ** (36 - self.decimals))

    def value(self, size: int) -> int:
        return floor(Fraction(size * (self.price - self.index), self.scale))

    def maintenance(self, size: int) -> int:
        notional = ceil(Fraction(abs(size) * self.price, self.scale))
        return ceil(notional * Fraction(self.params.maintenance_rate, WAD))

    @property
    def loss(self) -> int:
        return max(0, -floor(Fraction(self.size * (self.price - self.entry_price), self.scale)))

    def after(self, part: int) -> int:
        """What is left of the position when `part` of it is closed."""
        return self.size - part if self.size > 0 else self.size + part

    def moved(self, part: int) -> int:
        return self.value(self.size) - self.value(self.after(part))


@dataclass(frozen=True)
class Account:
    """Cash and priced legs, and what unpriced legs add to equity."""

    cash: int
    legs: tuple[Leg, ...]
    unpriced: int = 0

    @property
    def equity(self) -> int:
        return self.cash + self.unpriced + sum(leg.value(leg.size) for leg in self.legs)

    @property
    def maintenance(self) -> int:
        return sum(leg.maintenance(leg.size) for leg in self.legs)

    @property
    def losses(self) -> int:
        return sum(leg.loss for leg in self.legs)

    def shortfall(self, leg: Leg) -> int:
        """H."""
        if self.equity >= 0:
            return 0
        if self.losses >= -self.equity:
            return -floor(self.equity * Fraction(leg.loss, self.losses))
        rest = Fraction(leg.maintenance(leg.size), self.maintenance)
        return leg.loss - floor((self.equity + self.losses) * rest)

    def share(self, leg: Leg, part: int) -> int:
        if self.equity < 0:
            return -ceil(Fraction(self.shortfall(leg) * part, abs(leg.size)))
        freed = leg.maintenance(leg.size) - leg.maintenance(leg.after(part))
        return floor(Fraction(self.equity * freed, self.maintenance))

    def quote(self, leg: Leg, part: int) -> int:
        """What the account receives for `part` at the bankruptcy price, funding aside."""
        closed = part if leg.size > 0 else -part
        return leg.moved(part) - self.share(leg, part) + int(Fraction(closed * leg.index, leg.scale))

    def needed(self, leg: Leg) -> int:
        """The least that brings equity back to the target, or all."""
        whole = abs(leg.size)
        if self.equity < 0:
            return whole
        target = Fraction(leg.params.liquidation_target, WAD)
        healed = target * Fraction(leg.params.maintenance_rate, WAD)
        healed -= Fraction(leg.params.liquidation_penalty, WAD)
        size = ceil((target * self.maintenance - self.equity) * leg.scale / (leg.price * healed))
        left = whole - size
        is_dust = floor(Fraction(left * leg.price, leg.scale)) < leg.params.min_notional
        return whole if size >= whole or is_dust else size

    def penalty(self, leg: Leg, part: int) -> tuple[int, int]:
        """What a solvent account pays, and the liquidator's part of it."""
        notional = Fraction(part * leg.price, leg.scale)
        full = ceil(ceil(notional) * Fraction(leg.params.liquidation_penalty, WAD))
        penalty = min(full, self.share(leg, part))
        return penalty, min(penalty, floor(floor(notional) * Fraction(leg.params.liquidator_reward, WAD)))


def read_leg(desk: Desk, account_id: int, market_id: int = 1, params: MarketParams = PLAIN) -> Leg:
    """A position as the chain has it."""
    slot = desk.slot(account_id, market_id)
    return Leg(
        slot.size,
        slot.entry_price,
        int(desk.clearing_house.mark_price(market_id)),
        int(desk.clearing_house.funding_index(market_id)),
        params,
        len(str(desk.unit)) - 1,
    )


def read_account(desk: Desk, account_id: int, *market_ids: int, params: MarketParams = PLAIN) -> Account:
    """An account with its priced legs in these markets, by default in market 1."""
    legs = tuple(read_leg(desk, account_id, market_id, params) for market_id in market_ids or (1,))
    return Account(desk.cash(account_id), legs)


def visits_of(account: Account, leg: Leg, insurance: int, parts: list[int]) -> list[tuple[int, int]]:
    """What each counterparty in turn pays: the bankrupt position's loss of value, and its haircut of the
    round.
    """
    uninsured = Fraction(account.shortfall(leg) - insurance, abs(leg.size))
    paid: list[tuple[int, int]] = []
    done = 0
    for part in parts:
        haircut = ceil(uninsured * (done + part)) - ceil(uninsured * done)
        paid.append((leg.moved(done + part) - leg.moved(done), haircut))
        done += part
    return paid
