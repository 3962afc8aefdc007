"""What traders do while the price falls: some buy from the desks, some bring more margin."""

import random
from collections import defaultdict
from dataclasses import replace

from scripts.demo.crowd import Kind
from scripts.demo.opening import Crowd, Trader
from scripts.sandbox.market import opposite
from scripts.sandbox.node import Anvil
from scripts.sandbox.population import TOKEN, base_of
from scripts.sandbox.venue import Venue

# Wei per gas: less than a keeper, more than new prices; a deposit before the trade that it is for.
TRADE_FEE, DEPOSIT_FEE = 10**8, 2 * 10**8
# Of the blocks: those in which latecomers arrive, and a hundred of them with a margin call that is met.
ARRIVALS, CALLS = 0.8, 15
# Of what a latecomer's margin would carry.
USED = 0.8


class Flow:
    """`act` once for every price. What of it the chain refuses is the traders' business."""

    def __init__(self, venue: Venue, node: Anvil, crowd: Crowd, seed: int, blocks: int) -> None:
        self._venue = venue
        self._node = node
        self._crowd = crowd
        self._rng = rng = random.Random(seed + 1)
        self._filler = list(venue.w3.eth.accounts)[2]
        # Quote units by account.
        self.deposited: dict[int, int] = defaultdict(int)
        self._arrivals: dict[int, list[Trader]] = defaultdict(list)
        for trader in crowd.of(Kind.LATE):
            self._arrivals[rng.randint(1, max(int(blocks * ARRIVALS), 1))].append(trader)
        self._callable = crowd.of(Kind.RETAIL)

    def act(self, count: int) -> None:
        """Before the block of the price of that number, from 1."""
        for trader in self._arrivals.pop(count, []):
            self._deposit(trader, trader.pocket)
            self._buy(trader)
        if self._callable and self._rng.randint(1, 100) <= CALLS:
            trader = self._callable.pop(self._rng.randrange(len(self._callable)))
            self._deposit(trader, trader.pocket)

    def _deposit(self, trader: Trader, amount: int) -> None:
        call = self._venue.system.clearing_house.functions.deposit(trader.account_id, amount)
        self._node.rpc("eth_sendRawTransaction", trader.wallet.sign(call, DEPOSIT_FEE))
        self.deposited[trader.account_id] += amount

    def _buy(self, trader: Trader) -> None:
        """From a desk of the market, at the last price; the desk's order rests."""
        market_id = self._rng.choice(trader.person.markets)
        desks = [desk for desk in self._crowd.of(Kind.DESK) if market_id in desk.person.markets]
        desk, price = self._rng.choice(desks), self._venue.marks[market_id]
        deals, market = self._crowd.deals, self._venue.market
        leverage = deals.tier(trader.person, market_id)
        size = base_of(trader.pocket / TOKEN * leverage * USED, price)
        ask = market.order(desk.account_id, market_id, -size, price, deals.tier(desk.person, market_id))
        bid = replace(opposite(ask, trader.account_id), leverage=leverage)
        self._venue.send_soon(market.fill_call(ask, bid, size), self._filler, tip=0, max_fee=TRADE_FEE)
