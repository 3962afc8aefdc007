"""Random books around an account in trouble, written straight into the model's state."""

from dataclasses import replace
from fractions import Fraction
from math import trunc
from random import Random

from scripts.sandbox.invariants_waterfall import check_deleveraging, check_liquidation
from scripts.sandbox.waterfall_snapshot import Snapshot, take
from tests.helpers.model.accounts import Position
from tests.helpers.model.arithmetic import scale_of
from tests.helpers.model.deleveraging import Deleveraging
from tests.helpers.model.liquidation import Liquidated
from tests.helpers.model.market import Funding, MarketParams
from tests.helpers.model.reader import ModelReader
from tests.helpers.receipts import as_round
from tests.unit.model.scenario import PARAMS, START, USD, WAD, Scenario

# The account in trouble, one that can take anything over, and the first of the others.
TROUBLED, LIQUIDATOR, OTHERS = 1, 2, 3
TIERS = (1, 2, 3, 5, 10, 20)
FORTUNE = 10**15 * USD
# More than any position.
ALL = 10**30


def market_params(rng: Random) -> MarketParams:
    """Within Governance's bounds, often on them."""
    maintenance = rng.choice((20_000, 1, 10_000, 40_000, rng.randint(1, 40_000)))
    target = rng.choice((10**6, 1_250_000, 10**12 // (maintenance * 20)))
    target = min(target, 10**12 // (maintenance * 20), 2**24 - 1)
    penalty = rng.choice((0, maintenance // 2, rng.randint(0, maintenance // 2)))
    return replace(
        PARAMS,
        maintenance_rate=maintenance * 10**12,
        liquidation_target=target * 10**12,
        liquidation_penalty=penalty * 10**12,
        liquidator_reward=rng.randint(0, penalty) * 10**12,
        min_notional=rng.choice((1, 10 * USD, 500 * USD)),
        open_interest_cap=10**9 * WAD,
        open_interest_lower=10**9 * WAD,
        open_interest_upper=2 * 10**9 * WAD,
    )


class Trouble(Scenario):
    """`equity`: of the account in trouble, in the waterfall's eyes; `easy`: every leg has a valid price,
    nobody is thin, the vault can send and the liquidator has a position to which dust may be added.
    """

    def __init__(self, seed: int, equity: int, *, markets: int | None = None, easy: bool = False) -> None:
        super().__init__()
        self.rng = rng = Random(seed)
        self.easy = easy
        self.protocol.state.markets.clear()
        self.protocol.state.queues.clear()
        count = rng.choice((1, 1, 2, 3)) if markets is None else markets
        accounts = rng.randint(OTHERS, 8)
        for owner in ("troubled", "liquidator", *(f"other {i}" for i in range(OTHERS, accounts + 1))):
            self.protocol.open_account(owner)
        for market_id in range(1, count + 1):
            self._list(market_id)
            self._fill_in(market_id, accounts)
        if not easy and rng.random() < 0.3:
            self.unprice(rng.randint(1, count))
        self._fund(equity, accounts)
        self._insure()
        self.reader = ModelReader(self.protocol)

    @property
    def state_total(self) -> int:
        """All cash and credits and what the vault holds."""
        state = self.protocol.state
        owed = sum(account.cash for account in state.accounts.values()) + state.treasury_credit
        return owed + state.vault_credit + state.vault.ledger

    def priced_legs(self) -> list[int]:
        legs = self.account(TROUBLED).positions
        return [i for i in legs if self.protocol.mark(i).valid]

    def snapshot(self, market_id: int, size: int) -> Snapshot:
        return take(self.reader, TROUBLED, market_id, size > 0)

    def liquidate(self, market_id: int, part: int = ALL) -> Liquidated:
        """By the rich liquidator; every invariant checked."""
        size = self.account(TROUBLED).size(market_id)
        before = self.snapshot(market_id, size)
        receipt = self.protocol.liquidate("liquidator", TROUBLED, market_id, part, LIQUIDATOR, 1)
        params = self.protocol.state.markets[market_id].params
        check_liquidation(before, self.snapshot(market_id, size), receipt, params)
        return receipt

    def deleverage(self, market_id: int, count: int = 256, *, verified: bool = False) -> Deleveraging:
        size = self.account(TROUBLED).size(market_id)
        before = self.snapshot(market_id, size)
        if verified:
            ranked = self.named(market_id, count)
            receipt = self.protocol.deleverage(TROUBLED, market_id, ranked)
        else:
            receipt = self.protocol.deleverage_next(TROUBLED, market_id, count)
        check_deleveraging(before, self.snapshot(market_id, size), as_round(receipt))
        self._check_prices(before, receipt)
        return receipt

    def _check_prices(self, before: Snapshot, receipt: Deleveraging) -> None:
        """The fill price that would have moved the same cash, truncated; not below 0."""
        mark = self.protocol.mark(receipt.market_id)
        for visit in receipt.counterparties:
            paid = before.cash[visit.counterparty] - visit.cash
            unit = trunc(Fraction(paid * scale_of(self.protocol.decimals), visit.size))
            assert visit.price == max(0, mark.index + unit)

    def named(self, market_id: int, count: int) -> list[int]:
        """The top of the queue, ties in a random order."""
        is_long = self.account(TROUBLED).size(market_id) < 0
        mark = self.protocol.mark_price(market_id)
        groups = self.protocol.state.queues[market_id].tie_groups(is_long, mark)
        ranked = [i for _, group in groups for i in self.rng.sample(sorted(group), len(group))]
        return ranked[:count]

    def _list(self, market_id: int) -> None:
        rng = self.rng
        self.protocol.write_market(market_id, market_params(rng))
        price = rng.choice((2_000, 1, 61_234, 100)) * WAD + rng.randint(0, WAD)
        self.set_price(market_id, price, rng.choice((100_000, 500_000, 10**6)))
        index = rng.choice((0, 1, -1)) * rng.randint(0, price // 10)
        market = self.protocol.state.markets[market_id]
        funding = Funding(index, 0, START)
        self.protocol.state.markets[market_id] = replace(market, funding=funding)

    def _fill_in(self, market_id: int, accounts: int) -> None:
        """Sizes that sum to 0; everybody but the liquidator may hold some."""
        rng, side = self.rng, self.rng.choice((1, -1))
        sizes = {TROUBLED: side * rng.randint(10**15, 5 * WAD)}
        for i in range(OTHERS, accounts):
            if rng.random() < 0.7:
                sizes[i] = rng.choice((-side, -side, side)) * rng.randint(10**14, 3 * WAD)
        if self.easy:
            sizes[LIQUIDATOR] = side * 1_000 * WAD
        sizes[accounts] = -sum(sizes.values())
        price = self.protocol.mark_price(market_id)
        state = self.protocol.state
        # Few entries, so that ranks tie.
        entries = [price * rng.randint(500, 2_000) // 1_000 + rng.randint(0, 9) for _ in range(4)]
        for i, size in sizes.items():
            if size == 0:
                continue
            position = Position(size, rng.choice(entries), rng.choice(TIERS))
            self.account(i).positions[market_id] = position
            place = position.place
            state.queues[market_id].update(i, place, state.queues[market_id].exact_hint(place))
        longs = sum(size for size in sizes.values() if size > 0)
        state.markets[market_id] = replace(state.markets[market_id], open_interest=longs)

    def _fund(self, equity: int, accounts: int) -> None:
        """Others are rich or thin, some negative."""
        rng = self.rng
        for i in range(1, accounts + 1):
            wanted = rng.choice((rng.randint(-100, 100), rng.randint(0, 3_000) * USD, FORTUNE))
            if i == TROUBLED:
                wanted = equity
            elif i == LIQUIDATOR or self.easy:
                wanted = FORTUNE
            worth, _ = self.protocol.waterfall_values(i)
            self.account(i).cash = wanted - worth
        self.protocol.state.vault_credit = rng.choice((0, rng.randint(0, 50 * USD)))
        total = self.protocol.total_cash() + self.protocol.state.vault_credit
        self.protocol.state.ledger = total

    def _insure(self) -> None:
        rng = self.rng
        self.protocol.vault_deposit("depositor", rng.choice((1, 100, 10**6)) * USD, "depositor")
        for market_id in range(len(self.protocol.state.markets) + 1):
            if rng.random() < 0.8:
                self.protocol.set_bucket(market_id, rng.choice((1, rng.randint(1, 200 * USD), 10**6 * USD)))
        self.protocol.vault_token_works = self.easy or rng.random() < 0.9
