"""A small world around the model: prices set by hand, one call per trade."""

from dataclasses import replace

import pytest

from scripts.sandbox.orders import ZERO_ADDRESS, Order
from tests.helpers.model.accounts import Account
from tests.helpers.model.errors import Revert
from tests.helpers.model.exchange import BatchResult
from tests.helpers.model.fills import Fill
from tests.helpers.model.market import MarketParams
from tests.helpers.model.orders import Signature
from tests.helpers.model.protocol import Protocol

WAD = 10**18
USD = 10**6
START = 1_700_000_000
FILLER = "filler"

PARAMS = MarketParams(
    max_leverage=20,
    maintenance_rate=2 * WAD // 100,
    maker_fee=200 * 10**12,
    taker_fee=500 * 10**12,
    price_band=5 * WAD // 100,
    open_interest_cap=10_000 * WAD,
    open_interest_lower=5_000 * WAD,
    open_interest_upper=10_000 * WAD,
    min_notional=10 * USD,
    funding_cap=WAD // 100,
    funding_depth=1_000_000 * USD,
    funding_tau=8 * 3600,
    liquidation_target=125 * WAD // 100,
    liquidation_penalty=WAD // 100,
    liquidator_reward=WAD // 200,
)
NO_FEES = {"maker_fee": 0, "taker_fee": 0}


def refused(reason: str) -> pytest.RaisesExc[Revert]:
    """A block that the model refuses with exactly this reason."""
    return pytest.RaisesExc(Revert, match=f"^{reason}$")


class FixedOracle:
    """The last accepted price of each market, whether it is valid, and its stale move."""

    def __init__(self) -> None:
        self.quotes: dict[int, tuple[int, bool, int]] = {}

    def quote(self, market_id: int, now: int, /) -> tuple[int, bool, int]:
        return self.quotes.get(market_id, (0, False, 0))


class Scenario:
    """A protocol with market 1 at 2,000 and market 2 at 50, and traders named by role."""

    def __init__(self, params: MarketParams = PARAMS) -> None:
        self.oracle = FixedOracle()
        self.protocol = Protocol(self.oracle, now=START)
        self.salt = 0
        for market_id, dollars in ((1, 2_000), (2, 50)):
            self.protocol.write_market(market_id, params)
            self.set_price(market_id, dollars * WAD)

    def set_price(self, market_id: int, price: int, stale_move_ppm: int = 100_000) -> None:
        self.oracle.quotes[market_id] = (price, True, stale_move_ppm)

    def unprice(self, market_id: int) -> None:
        price, _, stale_move_ppm = self.oracle.quotes[market_id]
        self.oracle.quotes[market_id] = (price, False, stale_move_ppm)

    def trader(self, owner: str, dollars: int) -> int:
        account_id = self.protocol.open_account(owner)
        self.protocol.deposit(owner, account_id, dollars * USD)
        return account_id

    def account(self, account_id: int) -> Account:
        return self.protocol.state.accounts[account_id]

    def order(
        self,
        account_id: int,
        size: int,
        price: int | None = None,
        leverage: int = 10,
        market_id: int = 1,
        reduce_only: bool = False,
        post_only: bool = False,
        filler: str = ZERO_ADDRESS,
        expires_at: int = START + 10**6,
    ) -> Order:
        """A fresh order; its limit is the market's price unless given."""
        self.salt += 1
        return Order(
            account_id,
            market_id,
            size,
            self.oracle.quotes[market_id][0] if price is None else price,
            leverage,
            reduce_only,
            post_only,
            filler,
            expires_at,
            self.protocol.state.accounts[account_id].epoch,
            self.salt,
        )

    def signature(self, order: Order) -> Signature:
        return Signature(self.protocol.owner_of(order.account_id))

    def fill(self, maker: Order, taker: Order, size: int, hint: int = 0) -> Fill:
        """Both signed by their owners."""
        return self.protocol.fill(
            FILLER,
            maker,
            self.signature(maker),
            taker,
            self.signature(taker),
            size,
            taker_hint=hint,
        )

    def trade(
        self,
        taker: int,
        maker: int,
        size: int,
        price: int | None = None,
        leverage: int = 10,
        market_id: int = 1,
    ) -> Fill:
        """The taker buys `size` (sells if negative) from the maker at `price`, else at the mark."""
        bid = self.order(taker, size, price, leverage, market_id)
        ask = self.order(maker, -size, price, leverage, market_id)
        return self.fill(ask, bid, abs(size))


def traded(leverage: int = 10) -> tuple[Scenario, int, int]:
    """A long and a short of 1 at 2,000 without fees, 1,000 dollars each."""
    world = Scenario(replace(PARAMS, **NO_FEES))
    long, short = world.trader("long", 1_000), world.trader("short", 1_000)
    world.trade(long, short, WAD, leverage=leverage)
    return world, long, short


class Pair(Scenario):
    """A maker who sells 1 at the mark and a taker who buys it."""

    def __init__(self) -> None:
        super().__init__(replace(PARAMS, **NO_FEES))
        self.seller = self.trader("seller", 9_000)
        self.buyer = self.trader("buyer", 9_000)
        self.maker = self.order(self.seller, -WAD)
        self.taker = self.order(self.buyer, WAD)

    def batch(self, makers: list[Order], taker: Order | None = None, size: int = WAD // 2) -> BatchResult:
        taker = self.taker if taker is None else taker
        return self.protocol.fill_batch(
            FILLER,
            makers,
            [self.signature(maker) for maker in makers],
            taker,
            self.signature(taker),
            [size] * len(makers),
            [0] * (len(makers) + 1),
        )
