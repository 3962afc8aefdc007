"""ClearingHouse.settle: one taker against makers in one market, on a state that may be thrown away."""

from dataclasses import dataclass, field, replace

from tests.helpers.model.accounts import Account, State
from tests.helpers.model.arithmetic import (
    LEVERAGES,
    MAX_CREDIT,
    MAX_OPEN_MARKETS,
    MAX_PRICE,
    MAX_SIZE,
    PPM,
    ceil_div,
    equity_share,
    fits_cash,
    floor_div,
    notional_down,
    notional_up,
    value,
)
from tests.helpers.model.errors import require
from tests.helpers.model.fills import Fill, Match, Side, changed_position, is_reduction
from tests.helpers.model.margin import (
    Marks,
    equity,
    initial,
    maintenance,
    unpriced_markets,
    unrealised_profit,
)
from tests.helpers.model.market import Market

OLD_EPOCH = "order: old epoch"
REDUCE_ONLY = "order: reduce only"


@dataclass
class Party:
    """An account before the call, at the call's marks, and what its fills in the call were like."""

    account: Account
    hint: int
    size: int
    leverage: int
    unpriced: bool
    equity: int
    maintenance: int
    open_markets: tuple[int, ...]
    traded: bool = False
    worse_than_mark: bool = False


@dataclass
class Settlement:
    """Runs one call; raises Revert half-way, so `state` must be a copy or be restored by the caller."""

    state: State
    market_id: int
    taker: Side
    taker_buys: bool
    matches: list[Match]
    marks: Marks
    parties: dict[int, Party] = field(default_factory=dict)

    @property
    def market(self) -> Market:
        return self.state.markets[self.market_id]

    def run(self, now: int) -> list[Fill]:
        market, mark = self.state.market(self.market_id), self.marks(self.market_id)
        require(mark.valid, "oracle: no valid price")
        self._store(market.accrue(now, mark.price, mark.valid))
        for side in [self.taker, *(match.maker for match in self.matches)]:
            self.parties.setdefault(side.account_id, self._party(side))
        require(self.taker.epoch == self._account(self.taker).epoch, OLD_EPOCH)

        open_interest = self.market.open_interest
        fills = [self._match(match) for match in self.matches]
        grown = self.market.open_interest > open_interest
        within = self.market.open_interest <= self.market.params.open_interest_cap
        require(not grown or within, "market: open interest cap")
        for account_id, party in self.parties.items():
            if party.traded:
                self._finish(account_id, party)
        self._credit(sum(fill.maker_fee + fill.taker_fee for fill in fills))
        return fills

    def _account(self, side: Side) -> Account:
        return self.state.accounts[side.account_id]

    def _store(self, market: Market) -> None:
        self.state.markets[self.market_id] = market

    def _party(self, side: Side) -> Party:
        account = self.state.accounts[side.account_id]
        unpriced = bool(unpriced_markets(account, self.marks))
        return Party(
            account,
            side.hint,
            account.size(self.market_id),
            account.positions[self.market_id].leverage if self.market_id in account.positions else 0,
            unpriced,
            0 if unpriced else equity(self.state, account, self.marks),
            0 if unpriced else maintenance(self.state, account, self.marks),
            tuple(account.positions),
        )

    def _match(self, match: Match) -> Fill:
        maker, taker = match.maker, self.taker
        mark, params = self.marks(self.market_id).price, self.market.params
        taker_change = match.size if self.taker_buys else -match.size
        require(match.size != 0, "fill: zero size")
        require(match.size <= MAX_SIZE, "fill: size overflow")
        require(0 < match.price <= MAX_PRICE, "fill: price out of range")
        far = abs(match.price - mark) * PPM > params.band_ppm * mark
        require(not far, "fill: outside price band")
        require(maker.account_id != taker.account_id, "fill: same account")
        if maker.epoch != self._account(maker).epoch:
            return Fill(skipped=OLD_EPOCH)
        if maker.reduce_only and not self._fits(maker, -taker_change):
            return Fill(skipped=REDUCE_ONLY)

        taker_fee = self._trade(taker, taker_change, match.price, params.taker_fee_ppm)
        maker_fee = self._trade(maker, -taker_change, match.price, params.maker_fee_ppm)
        self._store(self.market.sample(match.size, match.price, mark))
        return Fill(maker_fee, taker_fee)

    def _fits(self, side: Side, change: int) -> bool:
        """Whether the change is no larger than an opposite position."""
        size = self._account(side).size(self.market_id)
        return is_reduction(size, size + change)

    def _trade(self, side: Side, change: int, price: int, fee_ppm: int) -> int:
        """Cash, fee, position and open interest of one side; returns the fee."""
        party, market = self.parties[side.account_id], self.market
        account = party.account
        mark = self.marks(self.market_id)
        old = account.positions.get(self.market_id)
        before = account.size(self.market_id)
        after = before + change
        if not is_reduction(before, after):
            require(not side.reduce_only, REDUCE_ONLY)
            require(not market.reduce_only, "market: reduce only")
            require(abs(after) <= MAX_SIZE, "fill: size overflow")
            allowed = side.leverage in LEVERAGES and side.leverage <= market.params.max_leverage
            require(allowed, "market: bad leverage")

        fee = ceil_div(notional_up(change, price, market.scale) * fee_ppm, PPM)
        if is_reduction(before, after):
            fee = min(fee, self._fee_cap(party, change, price))
        moved = value(abs(change), price, mark.index, market.scale)
        account.cash += -moved if change > 0 else moved
        account.cash -= fee
        new = changed_position(old, change, price, side.leverage)
        if new is None:
            del account.positions[self.market_id]
        else:
            account.positions[self.market_id] = new
        longs = market.open_interest + max(after, 0) - max(before, 0)
        self._store(replace(market, open_interest=longs))
        party.traded = True
        party.worse_than_mark |= price > mark.price if change > 0 else price < mark.price
        return fee

    def _fee_cap(self, party: Party, change: int, price: int) -> int:
        """The largest fee of a reduction: what it releases of the account's equity."""
        market, mark = self.market, self.marks(self.market_id)
        if party.unpriced:
            # Equity is unknown: the fee may only take what the price is better than the mark.
            improvement = mark.price - price if change > 0 else price - mark.price
            return floor_div(abs(change) * max(0, improvement), market.scale)
        before = party.account.size(self.market_id)
        after = before + change
        total = maintenance(self.state, party.account, self.marks)
        released = market.maintenance(before, mark.price) - market.maintenance(after, mark.price)
        share = equity_share(equity(self.state, party.account, self.marks), total, total - released)
        # One unit is kept for the rounding of the settlement, unless nothing is left to be rounded.
        return max(0, share if after == 0 else share - 1)

    def _credit(self, fees: int) -> None:
        """One rounding for the fees of the whole call, for the vault."""
        state = self.state
        vault = ceil_div(fees * state.vault_fee_share_ppm, PPM)
        state.vault_credit += vault
        state.treasury_credit += fees - vault
        require(max(state.vault_credit, state.treasury_credit) <= MAX_CREDIT, "ledger: credit overflow")

    def _finish(self, account_id: int, party: Party) -> None:
        """After the last match: minimum notional, margin, place in the queue."""
        account, market = party.account, self.market
        size, mark = account.size(self.market_id), self.marks(self.market_id).price
        unchanged = size in (0, party.size)
        enough = unchanged or notional_down(size, mark, market.scale) >= market.params.min_notional
        require(enough, "fill: below minimum")
        self._check_margin(party, size)
        require(fits_cash(account.cash), "account: cash overflow")
        require(len(account.positions) <= MAX_OPEN_MARKETS, "account: too many markets")
        # A market closed and opened again in one call keeps its place among the open ones.
        order = [*party.open_markets, self.market_id]
        account.positions = {i: account.positions[i] for i in order if i in account.positions}
        position = account.positions.get(self.market_id)
        place = None if position is None else position.place
        self.state.queues[self.market_id].update(account_id, place, party.hint)
        if equity(self.state, account, self.marks) >= 0:
            account.flag = 0

    def _check_margin(self, party: Party, size: int) -> None:
        reduction = is_reduction(party.size, size)
        if party.unpriced:
            require(reduction and not party.worse_than_mark, "margin: unpriced leg")
            # At the last prices it may not be bankrupt: that is for the waterfall.
            worth = equity(self.state, party.account, self.marks)
            require(worth >= 0, "margin: insufficient")
            return
        worth = equity(self.state, party.account, self.marks)
        needed = initial(self.state, party.account, self.marks)
        if size * party.size > 0 and party.account.positions[self.market_id].leverage < party.leverage:
            # A lower rank is paid for with margin, not with the profit that is being ranked.
            needed += unrealised_profit(self.state, party.account, self.marks)
        if worth >= needed:
            return
        required = maintenance(self.state, party.account, self.marks)
        no_riskier = worth >= 0 and worth * party.maintenance >= party.equity * required
        require(reduction and no_riskier, "margin: insufficient")
