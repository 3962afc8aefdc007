"""ClearingHouse.liquidate: how much is taken over, who pays what, what the liquidator must hold."""

from dataclasses import dataclass, field, replace

from tests.helpers.model import flags, insurance
from tests.helpers.model.accounts import Account, State
from tests.helpers.model.arithmetic import (
    LEVERAGES,
    MAX_OPEN_MARKETS,
    MAX_SIZE,
    PPM,
    ceil_div,
    fits_cash,
    floor_div,
    notional_down,
    notional_up,
)
from tests.helpers.model.bankruptcy import Standing, change_of, released_value, solvent_share, standing
from tests.helpers.model.errors import require
from tests.helpers.model.fills import changed_position, is_reduction
from tests.helpers.model.margin import Mark, Marks, equity, initial, unpriced_markets, unrealised_profit
from tests.helpers.model.market import Market, MarketParams

BELOW_MINIMUM = "liq: below minimum"
DELEVERAGE = "liq: deleverage"


@dataclass(frozen=True)
class Liquidated:
    """The event, and what is not in it: `from_credit` of the insurance, whose flags were cleared."""

    account_id: int
    market_id: int
    liquidator_account_id: int
    size: int
    price: int
    penalty: int
    reward: int
    insurance_paid: int
    from_credit: int = field(default=0, compare=False)
    flags_cleared: tuple[int, ...] = field(default=(), compare=False)

    @property
    def closed(self) -> int:
        """What the chain's function returns."""
        return abs(self.size)


def healing_size(worth: int, required: int, price: int, params: MarketParams, scale: int) -> int:
    """The least close, penalty paid, after which equity is target x maintenance; for 0 <= worth < required.

    Governance's bounds make the divisor positive: target >= 1 and penalty <= maintenance / 2.
    """
    missing = params.target_ppm * required - PPM * worth
    healed = params.target_ppm * params.maintenance_ppm - PPM * params.penalty_ppm
    return ceil_div(missing * scale * PPM, price * healed)


def liquidatable_size(seen: Standing, size: int, mark: Mark, market: Market) -> int:
    """How much of a leg a liquidator may take over now, unsigned."""
    whole = abs(size)
    if not seen.is_liquidatable:
        return 0
    if seen.is_bankrupt:
        return whole
    part = healing_size(seen.equity, seen.maintenance, mark.price, market.params, market.scale)
    if part >= whole or is_dust(whole - part, mark, market):
        return whole
    return part


def is_dust(size: int, mark: Mark, market: Market) -> bool:
    return notional_down(size, mark.price, market.scale) < market.params.min_notional


@dataclass
class Liquidation:
    """Runs one call after the market was touched; raises Revert half-way, on a state to be thrown away."""

    state: State
    account_id: int
    market_id: int
    liquidator_id: int
    marks: Marks
    now: int

    @property
    def market(self) -> Market:
        return self.state.markets[self.market_id]

    @property
    def mark(self) -> Mark:
        return self.marks(self.market_id)

    def run(self, size: int, leverage: int, hint: int) -> Liquidated:
        account = self.state.accounts.get(self.account_id, Account(""))
        require(self.market_id in account.positions, "position: none")
        require(size != 0, "liq: zero size")
        seen = standing(self.state, account, self.marks)
        require(seen.is_liquidatable, "liq: not liquidatable")

        held = account.size(self.market_id)
        part = min(liquidatable_size(seen, held, self.mark, self.market), size)
        left = abs(held) - part
        require(left == 0 or not is_dust(left, self.mark, self.market), BELOW_MINIMUM)
        moved = released_value(held, part, self.mark, self.market.scale)
        if seen.is_bankrupt:
            penalty = reward = 0
            paid, from_credit = self._insure(seen.shortfall(self.market_id), part, abs(held))
        else:
            penalty, reward = self._penalty(account, part)
            paid = from_credit = 0
            insurance.add_credit(self.state, penalty - reward)

        change = change_of(held, part)
        account.cash += moved - penalty + paid
        require(fits_cash(account.cash), "account: cash overflow")
        self._shrink(account, change)
        cleared = [self.account_id] if seen.equity - penalty + paid >= 0 and flags.clear(account) else []
        self._take_over(-change, reward - moved, leverage, hint)
        if flags.clear(self.state.accounts[self.liquidator_id]):
            cleared.append(self.liquidator_id)
        return Liquidated(
            self.account_id,
            self.market_id,
            self.liquidator_id,
            change,
            self.mark.price,
            penalty,
            reward,
            paid,
            from_credit,
            tuple(cleared),
        )

    def _insure(self, shortfall: int, part: int, whole: int) -> tuple[int, int]:
        """(paid, from credit) for a part of a bankrupt account's leg, if the vault can meet the whole of it.

        Else whoever takes the first part has all the insurance, and the winners left all the haircut.
        """
        if shortfall == 0:
            return 0, 0
        require(shortfall <= insurance.capacity(self.state, self.market_id, self.now), DELEVERAGE)
        paid = ceil_div(shortfall * part, whole)
        from_credit = insurance.draw(self.state, self.market_id, paid, self.now)
        require(from_credit is not None, DELEVERAGE)
        assert from_credit is not None
        return paid, from_credit

    def _penalty(self, account: Account, part: int) -> tuple[int, int]:
        """(penalty, the liquidator's reward out of it)."""
        params, price, scale = self.market.params, self.mark.price, self.market.scale
        # An unpriced leg counts in its favour when judging it, but nothing is paid out of that.
        sure = max(0, equity(self.state, account, self.marks))
        most = solvent_share(self.state, account, self.marks, self.market_id, part, sure)
        penalty = min(ceil_div(notional_up(part, price, scale) * params.penalty_ppm, PPM), most)
        reward = floor_div(notional_down(part, price, scale) * params.reward_ppm, PPM)
        return penalty, min(penalty, reward)

    def _shrink(self, account: Account, change: int) -> None:
        """What is left keeps its entry, tier and place."""
        position = account.positions[self.market_id]
        self._count(position.size, position.size + change)
        if position.size + change == 0:
            del account.positions[self.market_id]
            self.state.queues[self.market_id].update(self.account_id, None)
        else:
            account.positions[self.market_id] = replace(position, size=position.size + change)

    def _count(self, before: int, after: int) -> None:
        longs = self.market.open_interest + max(after, 0) - max(before, 0)
        self.state.markets[self.market_id] = replace(self.market, open_interest=longs)

    def _take_over(self, change: int, received: int, leverage: int, hint: int) -> None:
        """The liquidator's position changes at the mark, whatever reduce-only, cap and band say."""
        account = self.state.accounts[self.liquidator_id]
        old = account.positions.get(self.market_id)
        before = account.size(self.market_id)
        after = before + change
        if not is_reduction(before, after):
            require(abs(after) <= MAX_SIZE, "fill: size overflow")
            allowed = leverage in LEVERAGES and leverage <= self.market.params.max_leverage
            require(allowed, "market: bad leverage")
        new = changed_position(old, change, self.mark.price, leverage)
        account.cash += received
        self._count(before, after)
        if new is None:
            del account.positions[self.market_id]
        else:
            account.positions[self.market_id] = new
            require(not is_dust(after, self.mark, self.market), BELOW_MINIMUM)

        require(not unpriced_markets(account, self.marks), "margin: unpriced leg")
        needed = initial(self.state, account, self.marks)
        if old is not None and new is not None and before * after > 0 and new.leverage < old.leverage:
            needed += unrealised_profit(self.state, account, self.marks)
        require(equity(self.state, account, self.marks) >= needed, "margin: insufficient")
        require(fits_cash(account.cash), "account: cash overflow")
        require(len(account.positions) <= MAX_OPEN_MARKETS, "account: too many markets")
        place = None if new is None else new.place
        self.state.queues[self.market_id].update(self.liquidator_id, place, hint)
