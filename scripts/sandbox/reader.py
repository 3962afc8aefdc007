"""An `invariants.Reader` over a deployed system, pinned to a block; whether one may leave is tried."""

from functools import cached_property

from web3 import Web3

from keeper.arithmetic import LEVERAGES, notional_down
from scripts.sandbox.history import Doubtful
from scripts.sandbox.node_reader import NodeReader
from scripts.sandbox.orders import Order
from scripts.sandbox.simulation import Call
from scripts.sandbox.slots import PositionSlot
from scripts.sandbox.trial import Trial
from scripts.system import System

# More than any position's notional, and a sum of one for every market is still cash.
FORTUNE = 2**120
# Seconds that a gate stands at most.
GATE = 3_600
# An account and a market: its position is closed. An account and 0: all its cash is withdrawn.
Exit = tuple[int, int]


class Reader(NodeReader):
    """`owner`: of the contracts."""

    def __init__(self, w3: Web3, system: System, owner: str, block: int) -> None:
        super().__init__(w3, system, block)
        self.trial = Trial(self, owner)

    def refusal_of_close(self, account_id: int, market_id: int) -> str | None:
        """Dust worth less than the smallest minimum that Governance allows finds takers only among its
        opposites: it is left out."""
        return self.refusals.get((account_id, market_id))

    def refusal_of_withdrawal(self, account_id: int, amount: int) -> str | None:
        """Inside a gate nothing is judged but that it is the gate, and that it falls within the hour."""
        refusal, until = self.refusals[account_id, 0], self.gate_until()
        if not until:
            return refusal
        lasting = refusal == "withdraw: gated" and until <= self.time + GATE
        return None if lasting else f"{refusal} until {until}"

    @cached_property
    def refusals(self) -> dict[Exit, str | None]:
        """Everybody leaves, one after the other: every position of solvent accounts is taken over by a rich
        one of its market, then those who were flat before withdraw all they have."""
        prepared = [*self.trial.loosened(), *self.trial.endowed(len(self._markets), FORTUNE)]
        solvent = [
            i
            for i in self._accounts
            if self.open_markets(i) and (values := self.priced_values(i)) is not None and values.equity >= 0
        ]
        prepared += [self.trial.delegated(account_id) for account_id in solvent]
        exits: dict[Exit, Call] = {}
        for account_id in solvent:
            exits |= self._closes(account_id)
        for account_id in self._accounts:
            cash = self.cash(account_id)
            if not self.open_markets(account_id) and cash > 0:
                owner = self.owner_of(account_id)
                exits[account_id, 0] = self.trial.house("withdraw", account_id, cash, owner, sender=owner)
        outcomes = self.trial.run([*prepared, *exits.values()])
        if failed := [each.refusal for each in outcomes[: len(prepared)] if not each.succeeded]:
            raise Doubtful(f"leaving cannot be tried: {failed[0]}")
        return {
            leaver: outcome.refusal for leaver, outcome in zip(exits, outcomes[len(prepared) :], strict=True)
        }

    def _closes(self, account_id: int) -> dict[Exit, Call]:
        closes = {}
        for market_id in self.open_markets(account_id):
            size = PositionSlot.decode(self.position_slot(market_id, account_id)).size
            price = self.valid_mark(market_id)
            assert price is not None, f"market {market_id} of a valued account has no price"
            if notional_down(size, price, self.trial.scale) < self.trial.cheapest:
                continue
            rich = self.account_count() + 1 + self._markets.index(market_id)
            # The rich one's orders may be the same but for the salt.
            maker = Order(rich, market_id, size, price, self._emptiest[market_id], salt=account_id)
            taker = Order(account_id, market_id, -size, price, 1, epoch=self.epoch(account_id))
            closes[account_id, market_id] = self.trial.fill(maker, taker, abs(size))
        return closes

    @cached_property
    def _emptiest(self) -> dict[int, int]:
        """By market the leverage that the fewest have: a long list cannot be entered without a hint."""
        found = {}
        for market_id in self._markets:
            allowed = [each for each in LEVERAGES if each <= self.trial.params[market_id].max_leverage]
            slots = [PositionSlot.decode(self.position_slot(market_id, i)) for i in self._accounts]
            taken = [slot.leverage for slot in slots if slot.size]
            found[market_id] = min(allowed, key=taken.count)
        return found
