"""One liquidation or deleveraging: what is to be known around it, asked of the contracts and of the book.

Accounts and positions are those of the keeper's book; the mark, sums, the vault, shortfalls and what accounts
are worth are what the contracts themselves say at that place of the chain.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from keeper.arithmetic import roe
from keeper.book.book import Book
from keeper.strategy.risk import standing
from keeper.types import PositionState
from scripts.sandbox.history import Doubtful
from scripts.sandbox.simulation import Call, Outcome, view
from scripts.sandbox.waterfall_snapshot import Snapshot
from scripts.sandbox.words import HOUSE
from scripts.system import System

OF_A_POSITION = ("shortfall", "liquidatable_size")
# A contract and its function, or ClearingHouse and an account to be valued.
Asked = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """Whom it is about, on which side of which market, and who else is closed or passed over for it."""

    account_id: int
    market_id: int
    is_long: bool
    others: tuple[int, ...] = ()

    def asked(self, system: System) -> dict[Asked, Call]:
        """Every question."""
        house, lens = system.clearing_house.address, system.lens.address
        vault, account_id, market_id = system.vault.address, self.account_id, self.market_id
        asked = {
            (HOUSE, name): view(house, HOUSE, name)
            for name in ("total_cash", "vault_credit", "treasury_credit", "collateral_ledger")
        }
        asked[HOUSE, "mark_price"] = view(house, HOUSE, "mark_price", market_id)
        asked["InsuranceVault", "totalAssets"] = view(vault, "InsuranceVault", "totalAssets")
        asked["Lens", "insurance_capacity"] = view(lens, "Lens", "insurance_capacity", market_id)
        for name in OF_A_POSITION:
            asked["Lens", name] = view(lens, "Lens", name, account_id, market_id)
        for i in (account_id, *self.others):
            asked[HOUSE, str(i)] = view(house, HOUSE, "account_values", i)
        return asked

    def snapshot(self, book: Book, now: int, said: Mapping[Asked, Outcome]) -> Snapshot:
        """`said`: the answers, at the place where the book is."""

        def number(contract: str, name: str) -> int:
            outcome = said[contract, name]
            if not outcome.succeeded:
                raise Doubtful(f"{name}, around account {self.account_id}'s closing: {outcome.refusal}")
            return int.from_bytes(outcome.data, "big", signed=True)

        # Of a position; refused where it is closed already.
        of_the_position = {
            name: number("Lens", name) if said["Lens", name].succeeded else 0 for name in OF_A_POSITION
        }
        mark = number(HOUSE, "mark_price")
        cash = {i: book.accounts.cash_of(i) for i in range(1, book.accounts.count + 1)}
        total = number(HOUSE, "total_cash")
        if sum(cash.values()) != total:
            raise Doubtful(f"cash is {sum(cash.values())} by the logs, {total} by the contract")
        worth, maintenance, equity = self._worth(book, now, said)
        positions = _positions(book, self.market_id)
        return Snapshot(
            now=now,
            mark=mark,
            account_id=self.account_id,
            worth=worth,
            maintenance=maintenance,
            shortfall=of_the_position["shortfall"],
            liquidatable=of_the_position["liquidatable_size"],
            flagged_at=book.accounts.flag_of(self.account_id),
            open_markets=tuple(book.accounts.open_markets(self.account_id)),
            capacity=number("Lens", "insurance_capacity"),
            vault_assets=number("InsuranceVault", "totalAssets"),
            vault_credit=number(HOUSE, "vault_credit"),
            treasury_credit=number(HOUSE, "treasury_credit"),
            collateral=number(HOUSE, "collateral_ledger"),
            cash=cash,
            equity=equity,
            sizes={i: each.size for i, each in positions.items()},
            parked=frozenset(i for i, each in positions.items() if each.parked),
            queue=_queue(positions, not self.is_long, mark),
        )

    def _worth(self, book: Book, now: int, said: Mapping[Asked, Outcome]) -> tuple[int, int, dict[int, int]]:
        """Equity and maintenance of the account as the waterfall sees them; everybody's equity.

        The contract values nobody who has a leg without a price: the book does.
        """
        marks = book.marks(now)
        valued = {}
        for i in (self.account_id, *self.others):
            values = said[HOUSE, str(i)].answer(HOUSE, "account_values")
            if values is not None:
                equity, _, maintenance, _ = values
                valued[i] = equity, maintenance, equity
            else:
                seen = standing(book, marks, book.account(i))
                valued[i] = seen.equity, seen.maintenance, seen.sure_equity
        worth, maintenance, _ = valued[self.account_id]
        return worth, maintenance, {i: equity for i, (_, _, equity) in valued.items()}


def _positions(book: Book, market_id: int) -> dict[int, PositionState]:
    """Every open position of a market by account."""
    rows = book.positions[market_id]
    states = ((int(account), rows.state(row)) for row, account in enumerate(rows.account))
    return {account: state for account, state in states if state.size}


def _queue(positions: dict[int, PositionState], is_long: bool, mark: int) -> tuple[tuple[int, int], ...]:
    """(account, ROE) of a side's linked positions, best first, sorted here and not by the chain."""
    ranked = [
        (i, roe(each.entry_price, each.tier, is_long, mark))
        for i, each in positions.items()
        if (each.size > 0) == is_long and not each.parked
    ]
    return tuple(sorted(ranked, key=lambda each: -each[1]))
