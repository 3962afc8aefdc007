"""MAR-2 over whole sequences: what an owner gains by trading among its own accounts only."""

from dataclasses import dataclass

from scripts.sandbox import invariants
from scripts.sandbox.invariants import Reader
from tests.helpers.model.protocol import Protocol
from tests.stateful.pair import Entry

TRADES = ("fill", "fill_batch")
# Actions that leave every equity as it is.
NEUTRAL = ("set_leverage", "set_delegate", "cancel", "cancel_all", "wait")


@dataclass(frozen=True)
class Anchor:
    equity: int
    positions: int


class Wealth:
    """Where no price and no funding moves: compares with when somebody else was last involved."""

    def __init__(self, model: Protocol) -> None:
        self.model = model
        self._anchors: dict[str, Anchor] = {}

    def after(self, entry: Entry, reader: Reader) -> None:
        """`entry` has just been carried out, or refused, which changes nothing either."""
        if entry.name in NEUTRAL:
            return
        traders = self._owners_in(entry) if entry.name in TRADES else set()
        for owner, account_ids in self._accounts().items():
            if len(traders) == 1 and owner in self._anchors:
                anchor = self._anchors[owner]
                invariants.mar_2(reader, account_ids, anchor.equity, anchor.positions)
            else:
                equity = invariants.sum_of_equities(reader, account_ids)
                self._anchors[owner] = Anchor(equity, invariants.count_positions(reader, account_ids))

    def _accounts(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for account_id, account in self.model.state.accounts.items():
            found.setdefault(account.owner, []).append(account_id)
        return found

    def _owners_in(self, entry: Entry) -> set[str]:
        signed = [entry.arguments["taker"], *entry.arguments.get("makers", [entry.arguments.get("maker")])]
        return {self.model.owner_of(s.order.account_id) for s in signed}
