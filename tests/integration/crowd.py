"""Hundreds of accounts and positions, written into storage: as they would stand after as many fills."""

import json

from conftest import ROOT
from scripts.sandbox.slots import PositionSlot
from tests.helpers import anvil
from tests.helpers.desk import PRICE, USD, WAD, Desk

LAYOUT = {
    v["name"]: v["slot"] for v in json.loads((ROOT / "tests/snapshots/layout/ClearingHouse.json").read_text())
}
# Of each of the crowd: base per market, and margin. The victim has half of what it loses at 3,900.
PART = WAD // 10
MARGIN = 1_000 * USD
# 10x
TIER = 4


class Crowd:
    """One account long in market 1 against `count` shorts of a tenth base at 4,000; each of these is also
    long a tenth base in every further market, against one account. Ids in the order of rank."""

    def __init__(self, desk: Desk, count: int, markets: int) -> None:
        self.desk = desk
        first = int(desk.clearing_house.account_count()) + 1
        self.victim, self.other = first, first + 1
        self.ids = list(range(first + 2, first + 2 + count))
        self.markets = list(range(1, markets + 1))
        paid = PART * PRICE // 10**30
        rest = len(self.markets) - 1
        self.set_account(self.victim, 5 * USD * count - paid * count, [1])
        self.set_account(self.other, 100_000 * USD + paid * count * rest, self.markets[1:])
        for place, account in enumerate(self.ids):
            self.set_account(account, MARGIN + paid - paid * rest, self.markets)
            links = (self.ids[place - 1] if place else 0, self.ids[place + 1] if place + 1 < count else 0)
            for market_id in self.markets:
                self._position(account, market_id, -PART if market_id == 1 else PART, *links)
        self._position(self.victim, 1, PART * count)
        for market_id in self.markets:
            crowd_is_long = market_id != 1
            self._head(market_id, crowd_is_long, self.ids[0])
            self._head(market_id, not crowd_is_long, self.victim if market_id == 1 else self.other)
            if market_id != 1:
                self._position(self.other, market_id, -PART * count)
            longs, shorts = (1, count) if market_id == 1 else (count, 1)
            self._write("queue.counts", market_id, longs | shorts << 128)
            state = self._slot("markets.states", market_id)
            anvil.write(self.house, state, anvil.read(self.house, state) | PART * count << 88)
        anvil.write(self.house, LAYOUT["ledger.account_count"], self.ids[-1])
        total = (5 * count + 100_000) * USD + MARGIN * count
        anvil.write(self.house, LAYOUT["ledger.collateral"], total)
        desk.token.mint(desk.clearing_house, total, sender=desk.owner)

    @property
    def house(self) -> object:
        return self.desk.clearing_house

    def _slot(self, name: str, key: int) -> int:
        return anvil.entry_slot(LAYOUT[name], key)

    def _write(self, name: str, key: int, value: int) -> None:
        anvil.write(self.house, self._slot(name, key), value)

    def set_account(self, account: int, cash: int, markets: list[int]) -> None:
        word = cash % 2**128 | sum(m << 128 + 8 * i for i, m in enumerate(markets))
        self._write("ledger.words", account, word)
        self._write("ledger.owners", account, int(str(self.desk.owner), 16))

    def _position(self, account: int, market_id: int, size: int, previous: int = 0, next_: int = 0) -> None:
        word = PositionSlot(size, PRICE, previous, next_, TIER, False).encode()
        self._write("queue.slots", market_id << 32 | account, word)

    def _head(self, market_id: int, is_long: bool, account: int) -> None:
        self._write("queue.heads", market_id << 1 | is_long, account << 32 * TIER)
