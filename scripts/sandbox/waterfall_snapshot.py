"""What the waterfall's invariants compare: a market in which an account is in trouble, at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from scripts.sandbox.invariants import Reader, accounts, merged, positions


class WaterfallReader(Reader, Protocol):
    """What can be read of an account in trouble, of the vault and of the clock."""

    def now(self) -> int: ...
    def waterfall_values(self, account_id: int, /) -> tuple[int, int]:
        """(equity, maintenance), unpriced legs in the account's favour."""

    def last_equity(self, account_id: int, /) -> int:
        """With every unpriced leg at its last accepted price."""

    def shortfall(self, account_id: int, market_id: int, /) -> int: ...
    def liquidatable_size(self, account_id: int, market_id: int, /) -> int: ...
    def insurance_capacity(self, market_id: int, /) -> int: ...
    def flagged_at(self, account_id: int, /) -> int: ...
    def vault_assets(self) -> int:
        """The vault's ledger and its credit."""


@dataclass(frozen=True)
class Snapshot:
    """A market in which an account is in trouble, at one moment; sizes are signed."""

    now: int
    mark: int
    account_id: int
    # Equity and maintenance as the waterfall sees them.
    worth: int
    maintenance: int
    shortfall: int
    liquidatable: int
    flagged_at: int
    open_markets: tuple[int, ...]
    capacity: int
    vault_assets: int
    vault_credit: int
    treasury_credit: int
    collateral: int
    cash: Mapping[int, int]
    equity: Mapping[int, int]
    sizes: Mapping[int, int]
    parked: frozenset[int]
    # (account, ROE) of the other side, in the order in which the chain pops them.
    queue: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        return self.sizes.get(self.account_id, 0)


def take(reader: WaterfallReader, account_id: int, market_id: int, is_long: bool) -> Snapshot:
    """To be taken at the second of the call; the market is priced, `is_long` the account's side before."""
    mark = reader.valid_mark(market_id)
    assert mark is not None, f"market {market_id} has no price"
    slots = positions(reader, market_id)
    everyone = accounts(reader)
    worth, maintenance = reader.waterfall_values(account_id)
    return Snapshot(
        reader.now(),
        mark,
        account_id,
        worth,
        maintenance,
        reader.shortfall(account_id, market_id),
        reader.liquidatable_size(account_id, market_id),
        reader.flagged_at(account_id),
        tuple(reader.open_markets(account_id)),
        reader.insurance_capacity(market_id),
        reader.vault_assets(),
        reader.vault_credit(),
        reader.treasury_credit(),
        reader.collateral_ledger(),
        {i: reader.cash(i) for i in everyone},
        {i: reader.last_equity(i) for i in everyone},
        {i: slot.size for i, slot in slots.items()},
        frozenset(i for i, slot in slots.items() if slot.parked),
        tuple(merged(reader, market_id, not is_long, mark)),
    )
