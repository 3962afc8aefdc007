"""The model's receipts as the events that the chain must log, in order and to the unit."""

from dataclasses import asdict, fields
from typing import Any, TypeVar

from keeper import types
from scripts.sandbox.logs import Event
from tests.helpers.model.deleveraging import Deleveraged, Deleveraging, Visit
from tests.helpers.model.flags import Flagging
from tests.helpers.model.liquidation import Liquidated
from tests.helpers.model.protocol import Protocol

LIQUIDATED, TAKEN_OVER, DELEVERAGED = 3, 4, 5
T = TypeVar("T", types.Deleveraged, types.PassedOver, types.Round)


def of_liquidation(model: Protocol, receipt: Liquidated) -> list[Event]:
    account_id, market_id = receipt.account_id, receipt.market_id
    return [
        *_cleared(account_id, receipt.flags_cleared),
        _position_changed(model, account_id, market_id, receipt.price, LIQUIDATED),
        _position_changed(model, receipt.liquidator_account_id, market_id, receipt.price, TAKEN_OVER),
        _logged("Liquidated", receipt),
        _funding_accrued(model, market_id),
    ]


def of_deleveraging(model: Protocol, receipt: Deleveraging) -> list[Event]:
    whole = {"account_id": receipt.account_id, "market_id": receipt.market_id}
    started = {
        name: getattr(receipt, name) for name in ("size", "equity", "shortfall", "insurance", "verified")
    }
    totals = ("closed", "left", "shortfall", "insurance_paid", "haircut")
    return [
        Event("DeleveragingStarted", whole | started),
        *[_visit(visit) for visit in receipt.visits],
        *_cleared(receipt.account_id, receipt.flags_cleared),
        _position_changed(model, receipt.account_id, receipt.market_id, receipt.price, DELEVERAGED),
        Event("DeleveragingEnded", whole | {name: getattr(receipt, name) for name in totals}),
        _funding_accrued(model, receipt.market_id),
    ]


def as_round(receipt: Deleveraging) -> types.Round:
    """The model's receipt as the keeper's type, of which the invariants speak."""
    visits = tuple(
        _as(types.Deleveraged, visit) if isinstance(visit, Deleveraged) else _as(types.PassedOver, visit)
        for visit in receipt.visits
    )
    return _as(types.Round, receipt, visits=visits)


def _as(kind: type[T], of: object, **given: Any) -> T:
    """The fields of another dataclass that this kind has too."""
    names = [each.name for each in fields(kind) if each.name not in given]
    shared: dict[str, Any] = {name: getattr(of, name) for name in names}
    return kind(**shared, **given)


def of_flagging(receipt: Flagging) -> list[Event]:
    account_id, events = receipt.account_id, []
    if receipt.cleared:
        events.append(Event("FlagCleared", {"account_id": account_id}))
    if receipt.flagged_at is not None:
        arguments = {"flagged_at": receipt.flagged_at, "shortfall": receipt.shortfall}
        events.append(Event("Flagged", {"account_id": account_id, **arguments}))
    if receipt.gate_until is not None:
        events.append(Event("GateRaised", {"account_id": account_id, "until": receipt.gate_until}))
    return events


def of_vault(receipt: Liquidated | Deleveraging) -> list[Event]:
    """What the vault itself says of it."""
    drawn = receipt.insurance if isinstance(receipt, Deleveraging) else receipt.insurance_paid
    unused, market = drawn - receipt.insurance_paid, {"market_id": receipt.market_id}
    events = []
    if drawn:
        events.append(Event("Covered", market | {"amount": drawn, "from_credit": receipt.from_credit}))
    if unused:
        events.append(Event("Refunded", market | {"amount": unused}))
    return events


def _visit(visit: Visit) -> Event:
    return Event(type(visit).__name__, asdict(visit))


def _logged(name: str, receipt: Any) -> Event:
    """The fields that are compared are the event's."""
    return Event(name, {f.name: getattr(receipt, f.name) for f in fields(receipt) if f.compare})


def _cleared(account_id: int, flags_cleared: tuple[int, ...]) -> list[Event]:
    """Of the account that is closed; its liquidator's or a counterparty's flag falls silently."""
    return [Event("FlagCleared", {"account_id": account_id})] if account_id in flags_cleared else []


def _position_changed(model: Protocol, account_id: int, market_id: int, price: int, reason: int) -> Event:
    account = model.state.accounts[account_id]
    position = account.positions.get(market_id)
    entry_price, leverage = (0, 0) if position is None else (position.entry_price, position.leverage)
    return Event(
        "PositionChanged",
        {
            "account_id": account_id,
            "market_id": market_id,
            "size": account.size(market_id),
            "entry_price": entry_price,
            "leverage": leverage,
            "cash": account.cash,
            "price": price,
            "reason": reason,
        },
    )


def _funding_accrued(model: Protocol, market_id: int) -> Event:
    funding, mark = model.state.markets[market_id].funding, model.mark(market_id).price
    arguments = {"index": funding.index, "premium": funding.premium, "mark": mark}
    return Event("FundingAccrued", {"market_id": market_id, **arguments})
