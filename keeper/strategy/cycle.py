"""One cycle's plan in the making: what is left of the operator's limits, what was decided, what could not
be.
"""

from collections import Counter
from collections.abc import Sequence

from keeper.strategy.draft import Draft
from keeper.strategy.gas import VISIT
from keeper.types import Action, ActionKey, Facts, Finding, Limits, Own, Side

# Of a kind, so many findings are told apart; the rest is counted.
MOST_FINDINGS = 20
# Accounts of a kind that are looked at exactly in one cycle.
EXAMINED = 2_000


class Cycle:
    """`busy`: keys in flight. `beaten`: sides of markets where lists are beaten."""

    def __init__(
        self,
        draft: Draft,
        facts: Facts,
        limits: Limits,
        own: Own,
        busy: frozenset[ActionKey],
        beaten: frozenset[Side],
    ) -> None:
        self.draft, self.facts, self.limits, self.own = draft, facts, limits, own
        self.busy, self.beaten = busy, beaten
        self.at = facts.block.timestamp
        self.actions: list[Action] = []
        self.keys: set[ActionKey] = set()
        # By side (market, is long): what bankrupt positions opposite still owe, quote units, for how much
        # base.
        self.owed: dict[tuple[int, bool], list[tuple[int, int]]] = {}
        # Sides on which nobody is left to be visited for them.
        self.short: set[tuple[int, bool]] = set()
        # Gas ended before every bankrupt account was looked at.
        self.is_cut = False
        self._gas = 0
        # By what it is about: the first text stands.
        self._findings: dict[tuple[str, int, int], Finding] = {}

    # -- limits

    def gas_left(self, share_percent: int) -> int:
        """Gas that one more transaction may use, if up to now at most this share of the cycle's is to be
        used.
        """
        if len(self.actions) * 100 >= self.limits.max_actions * share_percent:
            return 0
        left = self.limits.gas_per_cycle * share_percent // 100 - self._gas
        return max(min(left, self.limits.gas_per_tx), 0)

    def is_free(self, key: ActionKey) -> bool:
        return key not in self.busy and key not in self.keys

    def cost(self, gas: int) -> int:
        """Of gas, quote units, rounded up."""
        return -(-gas * self.facts.gas_price * self.limits.native_price // 10**18)

    # -- decisions

    def act(self, action: Action, gas: int) -> None:
        self.actions.append(action)
        self.keys.add(action.key)
        self._gas += gas

    def find(self, kind: str, account_id: int, market_id: int, text: str) -> None:
        about = (kind, account_id, market_id)
        if about not in self._findings:
            self._findings[about] = Finding(kind, account_id, market_id, text)

    def findings(self) -> tuple[Finding, ...]:
        """The first of every kind, and how many more there are."""
        found: Counter[str] = Counter()
        told = []
        for each in self._findings.values():
            found[each.kind] += 1
            if found[each.kind] <= MOST_FINDINGS:
                told.append(each)
        more = {kind: count - MOST_FINDINGS for kind, count in found.items() if count > MOST_FINDINGS}
        return (*told, *(Finding(kind, 0, 0, f"{count} more") for kind, count in more.items()))

    # -- a part of many

    def window(self, ids: Sequence[int]) -> list[int]:
        """The most urgent half of what can be looked at, and a part of the rest that each block's hash picks,
        whichever blocks the keeper gets to see:

        accounts for which nothing can be done never keep others from being looked at.
        """
        if len(ids) <= EXAMINED:
            return list(ids)
        half = EXAMINED // 2
        rest = ids[half:]
        start = int(self.facts.block.hash, 16) * half % len(rest)
        moving = [rest[(start + i) % len(rest)] for i in range(min(half, len(rest)))]
        return [*ids[:half], *moving]


def reach(limits: Limits, busy: frozenset[ActionKey]) -> int:
    """Counterparties that the gas of a cycle can pay for, behind those of rounds in flight."""
    return limits.gas_per_cycle // VISIT + limits.max_list * (len(busy) + 1)
