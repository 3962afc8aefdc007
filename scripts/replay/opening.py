"""The venue before the first price: markets, insurance, accounts, and the positions of a snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from eth_account.signers.local import LocalAccount

from keeper.arithmetic import notional_down, notional_up
from scripts.replay.chain import Chain
from scripts.replay.history import DECIMALS, SCALE, History, Holding
from scripts.replay.trading import Trading
from scripts.sandbox.parameters import MarketParams, SourceConfig
from scripts.sandbox.venue import TOKEN, keeper_key

# What the other side of a snapshot brings: so many times all that it can come to hold.
DESK_MARGIN = 4
Progress = Callable[[str, int, int], None]
"""Called with what is going on, how many steps of it are done, and how many there are."""


@dataclass(frozen=True)
class Names:
    """Ids of the contracts by names of the input, and back. `desks`: the accounts that stand for the rest of
    the venue, by market; `keeper`: 0, it takes nothing over."""

    accounts: dict[str, int]
    markets: dict[str, int]
    desks: dict[str, int]
    keeper: int

    def account(self, account_id: int) -> str:
        return self._by_id[account_id]

    def market(self, market_id: int) -> str:
        return list(self.markets)[market_id - 1]

    @cached_property
    def _by_id(self) -> dict[int, str]:
        others = {account_id: f"(rest of {name})" for name, account_id in self.desks.items()}
        if self.keeper:
            others[self.keeper] = "(keeper)"
        return {account_id: name for name, account_id in self.accounts.items()} | others


@dataclass(frozen=True)
class Refused:
    """A position that could not be opened as recorded."""

    holding: Holding
    reason: str


def open_venue(chain: Chain, history: History, first: Mapping[str, int]) -> tuple[Names, LocalAccount]:
    """Markets at their first prices, insurance, and everybody with a deposit; without positions."""
    venue, market = chain.venue, chain.venue.market
    markets = {}
    for name, params in history.markets.items():
        source = params.source.words({"signed": market.system.source.address})
        config = SourceConfig(*source)
        markets[name] = market.list_market(first[name], MarketParams(*params.words(DECIMALS)), config)
    house = market.system.clearing_house.functions
    venue.fund(sum(history.deposits.values()) // TOKEN + 1)
    market.send_many((house.open_account() for _ in history.deposits), market.owner)
    accounts = {name: number for number, name in enumerate(history.deposits, 1)}
    paid = [(accounts[name], amount) for name, amount in history.deposits.items() if amount]
    market.send_many((house.deposit(*each) for each in paid), market.owner)
    given = history.terms
    buckets = {markets[name]: history.buckets.get(name, given.insurance) for name in markets}
    if given.insurance:
        venue.insure(given.insurance, {0: given.global_bucket, **buckets})
    key = keeper_key()
    keeper = venue.open_keeper(key, given.keeper_deposit) if given.keeper_deposit else 0
    if not keeper:
        venue.rpc("anvil_setBalance", key.address, hex(10**21))
    desks = {name: venue.open_account(margin) for name, margin in _desk_margins(history).items()}
    venue.rpc("evm_setAutomine", False)
    chain.follow()
    return Names(accounts, markets, desks, keeper), key


def _desk_margins(history: History) -> dict[str, int]:
    """Of markets with positions of a snapshot: so much that the other side is never in question."""
    sizes: dict[str, int] = {}
    highest: dict[str, int] = {}
    for holding in history.holdings:
        sizes[holding.market] = sizes.get(holding.market, 0) + abs(holding.size)
        highest[holding.market] = max(highest.get(holding.market, 0), holding.entry_price)
    for of_time in history.prices.values():
        for name in of_time.keys() & highest.keys():
            highest[name] = max(highest[name], of_time[name])
    return {
        name: DESK_MARGIN * notional_up(sizes[name], highest[name], SCALE)
        for name in history.markets
        if name in sizes
    }


def open_positions(
    chain: Chain, trading: Trading, history: History, names: Names, progress: Progress
) -> list[Refused]:
    """Account by account: its markets are at its entry prices, then it trades there with the rest of the
    venue."""
    by_account: dict[str, list[Holding]] = {}
    for holding in history.holdings:
        by_account.setdefault(holding.account, []).append(holding)
    refused = []
    for done, holdings in enumerate(by_account.values()):
        progress("opening positions", done, len(by_account))
        prices = {names.markets[h.market]: h.entry_price for h in holdings}
        trading.set_prices(prices)
        for holding in holdings:
            _open(chain, trading, history, names, holding)
        for holding, mined in zip(holdings, chain.mine(), strict=True):
            if mined.reason:
                refused.append(Refused(holding, mined.reason))
    return refused


def _open(chain: Chain, trading: Trading, history: History, names: Names, holding: Holding) -> None:
    market_id, desk = names.markets[holding.market], names.desks[holding.market]
    size = _without_dust(chain, history, names, holding)
    own, other = (names.accounts[holding.account], holding.leverage), (desk, 1)
    sides = (own, other) if size > 0 else (other, own)
    trading.fill(market_id, abs(size), holding.entry_price, sides)


def _without_dust(chain: Chain, history: History, names: Names, holding: Holding) -> int:
    """The size, or what closes the rest of the venue where that would be left with less than a position must
    be worth."""
    held = chain.book.position(names.desks[holding.market], names.markets[holding.market])
    left = (held.size if held else 0) - holding.size
    smallest = int(history.markets[holding.market].min_notional * TOKEN)
    if left and notional_down(left, holding.entry_price, SCALE) < smallest:
        return holding.size + left
    return holding.size
