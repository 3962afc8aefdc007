"""What an account is worth and what it must hold, at given marks."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.helpers.model.accounts import Account, State
from tests.helpers.model.arithmetic import favourable_price, value


@dataclass(frozen=True)
class Mark:
    """A market's price now: the accepted price, whether it is valid, and F accrued to now.

    Without a valid price `price` is the last accepted one and `index` is F as stored.
    """

    price: int
    valid: bool
    stale_move_ppm: int
    index: int


Marks = Callable[[int], Mark]


@dataclass(frozen=True)
class AccountValues:
    """The view of the same name."""

    equity: int
    initial_requirement: int
    maintenance_requirement: int
    withdrawable: int


def unpriced_markets(account: Account, marks: Marks) -> list[int]:
    """Markets of the account without a valid price."""
    return [i for i in account.positions if not marks(i).valid]


def equity(state: State, account: Account, marks: Marks) -> int:
    """Cash and the value of every position, an unpriced one at its last accepted price."""
    return account.cash + sum(
        value(position.size, marks(i).price, marks(i).index, state.markets[i].scale)
        for i, position in account.positions.items()
    )


def maintenance(state: State, account: Account, marks: Marks) -> int:
    return sum(
        state.markets[i].maintenance(position.size, marks(i).price)
        for i, position in account.positions.items()
    )


def initial(state: State, account: Account, marks: Marks) -> int:
    return sum(
        state.markets[i].initial(position.size, marks(i).price, position.leverage)
        for i, position in account.positions.items()
    )


def unrealised_profit(state: State, account: Account, marks: Marks) -> int:
    """Positive unrealised PnL against entry, rounded up per position."""
    return sum(
        position.unrealised_profit(marks(i).price, state.markets[i].scale)
        for i, position in account.positions.items()
    )


def account_values(state: State, account: Account, marks: Marks) -> AccountValues:
    """Equity, requirements and what may leave; all prices must be valid."""
    worth = equity(state, account, marks)
    required = initial(state, account, marks)
    profit = unrealised_profit(state, account, marks)
    return AccountValues(
        worth,
        required,
        maintenance(state, account, marks),
        max(0, worth - required - profit),
    )


def waterfall_values(state: State, account: Account, marks: Marks) -> tuple[int, int]:
    """(equity, maintenance) for liquidation and deleveraging.

    An unpriced leg counts at its last accepted price moved in the account's favour and adds nothing
    to maintenance: a dust position in a dead market must not make an account immune.
    """
    worth, required = account.cash, 0
    for i, position in account.positions.items():
        mark, market = marks(i), state.markets[i]
        price = mark.price
        if mark.valid:
            required += market.maintenance(position.size, price)
        else:
            price = favourable_price(position.size, price, mark.stale_move_ppm)
        worth += value(position.size, price, mark.index, market.scale)
    return worth, required
