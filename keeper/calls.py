"""Actions as transactions: call data, a gas limit with room, and one line for logs."""

from collections.abc import Callable
from dataclasses import dataclass

from keeper.chain.calls import function
from keeper.feeds.base import from_wad
from keeper.strategy import gas
from keeper.types import (
    AccountState,
    Accrue,
    Action,
    Deleverage,
    DeleverageNext,
    Flag,
    Liquidate,
    Publish,
    Relink,
    Sync,
    TxRequest,
    Update,
)

# Of the expected cost, and for some steps in the queue from a hint that has become stale.
ROOM_PERCENT = 130
WALK = 60_000
# A report with one signature that is accepted by the router; each further signature.
REPORT = 150_000
SIGNATURE = 12_000
# Counterparties that are not known beforehand may all be in eight markets, and change that meanwhile.
UNKNOWN_MARKETS = 7


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where transactions go, but for prices."""

    clearing_house: str
    router: str


class Calls:
    """`account`: the book's. `report`: where a signed price goes, its call data, the number of signatures."""

    def __init__(
        self,
        addresses: Addresses,
        account: Callable[[int], AccountState],
        report: Callable[[Publish], tuple[str, str, int]],
    ) -> None:
        self._addresses = addresses
        self._account = account
        self._report = report

    def request(self, action: Action) -> TxRequest:
        to, data, cost = self._call(action)
        value = action.fee if isinstance(action, Update) else 0
        return TxRequest(action.key, to, data, cost * ROOM_PERCENT // 100, describe(action), value)

    def _call(self, action: Action) -> tuple[str, str, int]:
        house = self._addresses.clearing_house
        match action:
            case Liquidate(account_id, market_id, size, own_id, leverage, hint):
                own = self._account(own_id)
                cost = WALK + gas.liquidation(self._account(account_id), own, market_id, insured=1)
                arguments = account_id, market_id, size, own_id, leverage, hint
                return house, _data("liquidate", *arguments), cost
            case Flag(account_id):
                return house, _data("flag_bankrupt", account_id), gas.flag(self._account(account_id))
            case Deleverage(account_id, market_id, ranked):
                cost = gas.round_base(len(self._account(account_id).positions), insurance=1)
                priced: set[int] = set()
                cost += sum(gas.visit(self._account(each), market_id, priced) for each in ranked)
                return house, _data("deleverage", account_id, market_id, ranked), cost
            case DeleverageNext(account_id, market_id, count):
                each = gas.VISIT + UNKNOWN_MARKETS * gas.FURTHER_MARKET
                cost = gas.round_base(len(self._account(account_id).positions), insurance=1)
                cost += each * count + UNKNOWN_MARKETS * gas.PRICE
                return house, _data("deleverage_next", account_id, market_id, count), cost
            case Relink(account_id, market_id, hint):
                cost = WALK + gas.relink(self._account(account_id))
                return house, _data("relink", account_id, market_id, hint), cost
            case Accrue(market_id):
                return house, _data("accrue_funding", market_id), gas.ACCRUAL + gas.POLL
            case Sync(market_ids):
                data = function("OracleRouter", "sync").encoded(market_ids)
                return self._addresses.router, data, gas.sync(market_ids)
            case Publish():
                source, data, signatures = self._report(action)
                return source, data, REPORT + SIGNATURE * signatures
            case Update(source, _, market_ids, updates, _):
                # What Pyth does with an update only the node can tell: estimated.
                return source, function("PythSource", "update").encoded(updates, market_ids), 0


def describe(action: Action) -> str:
    """One line for logs."""
    match action:
        case Liquidate(account_id, market_id, size):
            return f"liquidate {from_wad(size)} of account {account_id} in market {market_id}"
        case Flag(account_id):
            return f"flag account {account_id} bankrupt, or clear its flag"
        case Deleverage(account_id, market_id, ranked):
            return f"deleverage account {account_id} in market {market_id} against {len(ranked)} listed"
        case DeleverageNext(account_id, market_id, count):
            return f"deleverage account {account_id} in market {market_id} against the chain's next {count}"
        case Relink(account_id, market_id):
            return f"relink account {account_id} in market {market_id}"
        case Accrue(market_id):
            return f"accrue funding of market {market_id}"
        case Sync(market_ids):
            return f"sync prices of markets {', '.join(map(str, market_ids))}"
        case Publish(market_id, price, timestamp):
            return f"publish {from_wad(price)} of {timestamp} for market {market_id}"
        case Update(_, _, market_ids, _, fee):
            return f"update Pyth's prices of markets {', '.join(map(str, market_ids))} for {fee} wei"


def _data(name: str, *arguments: object) -> str:
    return function("ClearingHouse", name).encoded(*arguments)
