"""Gas of liquidation and deleveraging, part of `make bench`.

Victims buy above everyone else's entry, so the accounts they buy from lead the queue of shorts; then the
price falls. A liquidator already holds a position on the victim's side, or opens one where the name says so.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Protocol

from scripts.sandbox.market import Market, opposite
from tests.helpers.parameters import WAD

COUNTERPARTIES = (1, 5, 10, 25, 100, 256)
# Within the band of the mark at 4,000, above every entry of the population.
ENTRY = 4_150 * WAD
# What each counterparty sells, and what the victim pays in for it: gone at 3,950.
PART = WAD // 10
MARGIN = 20 * 10**6
CRASH = 3_900 * WAD

# One unit bought at 4,010 with 140 tokens: 19.4 of maintenance, a penalty of 7.8.
THIN_ENTRY, THIN_MARGIN = 4_010 * WAD, 140 * 10**6
PRICES = {"liquidate_partial": 3_885 * WAD, "liquidate_full": 3_877 * WAD, "liquidate_bankrupt": 3_850 * WAD}
ALL = 2**255


class Measuring(Protocol):
    """What is asked of the bench: see tests/bench/gas.py."""

    market: Market
    snapshot: str

    def repeat(self, name: str, action: Callable[[], int]) -> None: ...
    def median(self, name: str, actions: Iterable[Callable[[], int]]) -> None: ...


def liquidations(bench: Measuring, market_id: int, liquidators: list[int], newcomers: list[int]) -> None:
    """`liquidators` have longs."""
    market, house = bench.market, bench.market.system.clearing_house.functions
    victim = market.open_accounts(1, THIN_MARGIN)[0]
    other = market.open_accounts(1, 10**11)[0]
    bid = market.order(victim, market_id, WAD, THIN_ENTRY, 50)
    market.fill(bid, replace(opposite(bid, other), leverage=10), WAD)
    insure(market, market_id, 10**10)
    start = market.rpc("evm_snapshot")

    def liquidate(account: int, price: int) -> Callable[[], int]:
        size = int(market.system.lens.functions.liquidatable_size(victim, market_id).call())
        entry = market.entry_after(account, market_id, size, price)
        hint = market.hint(market_id, True, entry, account)
        call = house.liquidate(victim, market_id, ALL, account, 10, hint)
        return partial(market.send_as_trader, call)

    for name, price in PRICES.items():
        market.report(market_id, price)
        bench.snapshot = market.rpc("evm_snapshot")
        bench.median(name, [liquidate(account, price) for account in liquidators])
        bench.median(f"{name}_opens", [liquidate(account, price) for account in newcomers])
        market.rpc("evm_revert", start)
        start = market.rpc("evm_snapshot")
    bench.snapshot = start


def deleveragings(bench: Measuring, market_id: int, counts: dict[str, int]) -> None:
    """By figure's name the number of counterparties, each closed in full, with nothing in the vault."""
    market = bench.market
    start = market.rpc("evm_snapshot")
    for name, count in counts.items():
        victim = wreck(market, market_id, count)
        bench.snapshot = market.rpc("evm_snapshot")
        house = market.system.clearing_house.functions
        if name.startswith("deleverage_next"):
            call = house.deleverage_next(victim, market_id, count)
        else:
            ranked = market.system.lens.functions.adl_queue(market_id, False, 0, count).call({"gas": 2**32})
            call = house.deleverage(victim, market_id, ranked)
        bench.repeat(name, partial(market.send_as_trader, call))
        market.rpc("evm_revert", start)
        start = market.rpc("evm_snapshot")
    bench.snapshot = start


def wreck(market: Market, market_id: int, counterparties: int) -> int:
    """A bankrupt account that bought the same from each of so many others."""
    victim = market.open_accounts(1, MARGIN * counterparties)[0]
    sellers = market.open_accounts(counterparties, 1_000 * 10**6)
    fills = []
    for place, seller in enumerate(sellers):
        # Shorts descend, so each stands behind the last.
        bid = market.order(victim, market_id, PART, ENTRY - place * WAD // 10_000, 100)
        ask = replace(opposite(bid, seller), leverage=10)
        fills.append(market.fill_call(bid, ask, PART, (0, sellers[place - 1] if place else 0)))
    market.send_many(fills)
    market.report(market_id, CRASH)
    return victim


def insure(market: Market, market_id: int, amount: int) -> None:
    """Deposit into the vault and let all of it be paid."""
    vault = market.system.vault.functions
    market.send(market.system.token.functions.drip(market.sender, amount))
    market.send(market.system.token.functions.approve(market.system.vault.address, amount))
    market.send(vault.deposit(amount, market.sender))
    for bucket in (0, market_id):
        market.send(vault.set_bucket(bucket, amount))
