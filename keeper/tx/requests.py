"""Actions as contract calls."""

from collections.abc import Sequence
from typing import Any

from keeper.chain.calls import function
from keeper.types import (
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
)


def request_of(action: Action, clearing_house: str, router: str, gas: int = 0) -> TxRequest:
    """The transaction that carries the action out. `gas`: its limit, 0 to have it estimated.

    A price to publish needs its signatures: `report_request`.
    """
    if isinstance(action, Publish):
        raise TypeError("a price is published with its signatures")
    if isinstance(action, Sync):
        data = function("OracleRouter", "sync").encoded(list(action.market_ids))
        return TxRequest(action.key, router, data, gas, f"sync of markets {_listed(action.market_ids)}")
    name, args, note = _call(action)
    data = function("ClearingHouse", name).encoded(*args)
    return TxRequest(action.key, clearing_house, data, gas, note)


def report_request(
    action: Publish,
    source: str,
    prices: Sequence[int],
    timestamps: Sequence[int],
    signatures: Sequence[bytes],
    gas: int = 0,
) -> TxRequest:
    """The report to the SignedSource at `source`; signers ascending."""
    report = action.market_id, list(prices), list(timestamps), list(signatures)
    data = function("SignedSource", "report").encoded(*report)
    return TxRequest(action.key, source, data, gas, f"price {action.price} of market {action.market_id}")


def _call(
    action: Liquidate | Flag | Deleverage | DeleverageNext | Relink | Accrue,
) -> tuple[str, tuple[Any, ...], str]:
    """Function of ClearingHouse, arguments, and what to tell the operator."""
    if isinstance(action, Accrue):
        return "accrue_funding", (action.market_id,), f"funding of market {action.market_id}"
    account = action.account_id
    if isinstance(action, Flag):
        return "flag_bankrupt", (account,), f"flag of account {account}"
    market = action.market_id
    where = f"of account {account} in market {market}"
    if isinstance(action, Liquidate):
        taken = action.size, action.liquidator_account_id, action.leverage, action.hint
        return "liquidate", (account, market, *taken), f"liquidation of up to {action.size} {where}"
    if isinstance(action, Deleverage):
        ranked = list(action.ranked)
        return "deleverage", (account, market, ranked), f"deleveraging {where}, {len(ranked)} listed"
    if isinstance(action, DeleverageNext):
        count = action.max_count
        return "deleverage_next", (account, market, count), f"deleveraging {where}, next {count}"
    return "relink", (account, market, action.hint), f"relinking {where}"


def _listed(market_ids: Sequence[int]) -> str:
    return ", ".join(map(str, market_ids))
