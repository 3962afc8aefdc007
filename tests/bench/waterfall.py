"""Gas of liquidation and deleveraging, part of `make bench`.

A victim at 100x buys from fresh accounts above everyone else's entry, so they lead the queue of shorts; then the
price falls. Each figure is the median receipt of at least 20 calls from the same chain state.
"""

from collections.abc import Callable
from functools import partial

from tests.bench.market import Market, opposite
from tests.helpers.parameters import WAD

PRICE = 4_000 * WAD
# Within the band of the mark, above every entry of the population.
VICTIM_ENTRY = 4_060 * WAD
# 4,060 * 0.1 units at 100x need 4.06 tokens.
PART = WAD // 10
CALL_LIMIT = 256


class Wreck:
    """A market with one account that can be closed by others."""

    def __init__(self, market: Market, market_id: int) -> None:
        self.market = market
        self.market_id = market_id
        self.house = market.system.clearing_house.functions

    def crash(self, counterparties: int, price: int, margin: int, leverage: int = 10) -> tuple[int, list[int]]:
        """A victim of `margin` tokens a part against so many accounts, and the price where it is in trouble."""
        market = self.market
        victim = market.open_accounts(1, margin * counterparties)[0]
        sellers = market.open_accounts(counterparties, 1_000 * 10**6)
        fills = []
        for place, seller in enumerate(sellers):
            bid = market.order(victim, self.market_id, PART, VICTIM_ENTRY - place * WAD // 1000, 100)
            ask = opposite(bid, seller, leverage)
            # Shorts descend: each stands behind the last.
            fills.append(market.fill_call(bid, ask, PART, (0, sellers[place - 1] if place else 0)))
        market.send_many(fills)
        market.report(self.market_id, price)
        return victim, sellers

    def deleverage(self, victim: int, count: int) -> Callable[[], int]:
        """With the list the chain itself gives, as a keeper's own would be."""
        ranked = self.market.system.lens.functions.adl_queue(self.market_id, False, 0, count).call({"gas": 2**32})
        return partial(self.market.gas, self.house.deleverage(victim, self.market_id, ranked))

    def deleverage_next(self, victim: int, count: int) -> Callable[[], int]:
        return partial(self.market.gas, self.house.deleverage_next(victim, self.market_id, count))
