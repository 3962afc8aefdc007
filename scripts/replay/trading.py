"""Prices and fills as transactions: the same ones in every run."""

from collections.abc import Mapping

from keeper.arithmetic import LEVERAGES, WAD
from keeper.strategy.ranking import HINTED, hint
from scripts.replay.chain import Chain
from scripts.sandbox.market import REPORTERS
from scripts.sandbox.orders import Order

NEVER = 2**64
# Prices that move too far are held back until they are said again a second later; so often they are said.
CONFIRMATIONS = 3
# Fills of one block. Their hints are of the block before, and the chain walks 128 places from a hint.
MOST_FILLS = 60
Sides = tuple[tuple[int, int], tuple[int, int]]
"""Account and leverage of the buyer, and of the seller who takes."""


class Trading:
    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._salt = 0

    def report(self, prices: Mapping[int, int], at: int = 0) -> None:
        """For the next block, by market id, and of its time: `at`, or a second after the last."""
        market = self._chain.venue.market
        for market_id, price in prices.items():
            arguments = market.reports.report(REPORTERS, market_id, price, self._chain.next_time(at))
            self._chain.send(market.system.source.functions.report(*arguments))

    def set_prices(self, prices: Mapping[int, int], at: int = 0) -> None:
        """In blocks of their own, the first one at a time, until every price is the mark."""
        missing = dict(prices)
        for _ in range(CONFIRMATIONS):
            self.report(missing, at)
            self._chain.mine(at)
            missing = {m: p for m, p in missing.items() if not self.is_mark(m, p)}
            if not missing:
                return
        raise RuntimeError(f"prices {missing} were not accepted")

    def is_far(self, market_id: int, price: int) -> bool:
        """Whether it would be held back at first: further from the mark than is believed at once."""
        market = self._chain.book.markets[market_id]
        return abs(price - market.price) * WAD > market.source.max_move * market.price

    def is_mark(self, market_id: int, price: int) -> bool:
        market = self._chain.book.markets[market_id]
        return market.price == price and not market.in_doubt

    def fill(self, market_id: int, size: int, price: int, sides: Sides) -> None:
        """For the next block, of which there are `MOST_FILLS` at most."""
        signed = (size, -size)
        orders = [
            Order(account, market_id, each, price, leverage, expires_at=NEVER, salt=self._next())
            for (account, leverage), each in zip(sides, signed, strict=True)
        ]
        hints = (self._hint(orders[0]), self._hint(orders[1]))
        self._chain.send(self._chain.venue.market.fill_call(orders[0], orders[1], size, hints))

    def _next(self) -> int:
        self._salt += 1
        return self._salt

    def _hint(self, order: Order) -> int:
        """Where the position will stand as the book is; a stale one costs steps, nothing else."""
        book = self._chain.book
        held = book.position(order.account_id, order.market_id)
        size, entry = (held.size, held.entry_price) if held else (0, 0)
        after = size + order.size
        if after == 0:
            return 0
        tier = LEVERAGES.index(order.leverage)
        if size * order.size > 0:
            entry = (abs(size) * entry + abs(order.size) * order.limit_price) // abs(after)
        elif size * after <= 0:
            entry = order.limit_price
        elif held is not None:
            tier = held.tier
        packed = hint(book, order.market_id, after > 0, tier, entry)
        ids = [packed >> 32 * i & 2**32 - 1 for i in range(HINTED)]
        # A node is not its own predecessor.
        others = [each for each in ids if each not in (0, order.account_id)]
        return sum(each << 32 * i for i, each in enumerate(others))
