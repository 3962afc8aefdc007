"""Where no mark moves nobody goes bankrupt, nor earns by the waterfall: SYB-1 and MAR-2 call by call."""

from collections.abc import Iterable
from dataclasses import dataclass

from scripts.sandbox.invariants import check
from tests.helpers.model.arithmetic import favourable_price, value
from tests.helpers.model.deleveraging import Deleveraging
from tests.helpers.model.liquidation import Liquidated
from tests.helpers.model.protocol import Protocol

# After these a mark, a funding index or the clock is another.
MOVING = ("wait", "list_market", "report", "sync")


@dataclass(frozen=True)
class Worths:
    """Equities at one moment, as the waterfall sees them."""

    equity: dict[int, int]
    positions: dict[int, int]

    @classmethod
    def of(cls, model: Protocol) -> "Worths":
        state = model.state
        marks = {m: model.mark(m) for m in state.markets}
        equity = {}
        for i, account in state.accounts.items():
            total = account.cash
            for m, position in account.positions.items():
                mark = marks[m]
                price = mark.price
                if not mark.valid:
                    price = favourable_price(position.size, price, mark.stale_move_ppm)
                total += value(position.size, price, mark.index, state.markets[m].scale)
            equity[i] = total
        return cls(equity, {i: len(account.positions) for i, account in state.accounts.items()})

    def bankrupt(self) -> set[int]:
        return {i for i, equity in self.equity.items() if equity < 0}


def nobody_went_bankrupt(before: Worths, after: Worths) -> None:
    """Else one could bring oneself there, at marks of one's liking, and have the vault pay."""
    check("SYB-1", after.bankrupt() <= before.bankrupt(), ("went bankrupt", before.equity, after.equity))


def nobody_earned(
    before: Worths, after: Worths, owners: dict[int, str], receipt: Liquidated | Deleveraging
) -> None:
    """What an owner has, debts aside, grows by a reward for others' accounts and a unit a position."""
    for owner in set(owners.values()):
        own = [i for i, whose in owners.items() if whose == owner]
        gained = _above_zero(after, own) - _above_zero(before, own)
        allowed = sum(before.positions[i] for i in own)
        if isinstance(receipt, Liquidated) and owners[receipt.liquidator_account_id] == owner:
            allowed += 0 if owners[receipt.account_id] == owner else receipt.reward
        check("MAR-2", gained <= allowed, ("by the waterfall", owner, gained, allowed, receipt))


def _above_zero(worths: Worths, account_ids: Iterable[int]) -> int:
    return sum(max(worths.equity[i], 0) for i in account_ids)
