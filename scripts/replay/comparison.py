"""The policies beside one another, over all rounds. Pure, exact integers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scripts.replay.policies import POLICIES, Case, Share


@dataclass(frozen=True)
class Score:
    """Of one policy. Money in quote units; `top_account` 0: nobody gave up anything.

    `accounts_hit` counts each account once, `closings` each time. `largest_part`: haircut / profit of the
    position, of those in profit. `overshoot`: profit that was realised by force beyond the haircut.
    `bankrupted`: closings that left an account below 0; `beyond_profit`: that took more than the position's
    profit.
    """

    policy: str
    accounts_hit: int
    closings: int
    fully_closed: int
    haircut: int
    largest_part: Fraction
    top_account: int
    top_part: Fraction
    overshoot: int
    bankrupted: int
    beyond_profit: int


class Comparison:
    """Rounds one after the other, each as it was found: what a policy does in one changes none after it."""

    def __init__(self) -> None:
        self._tallies = {name: _Tally() for name in POLICIES}

    def add(self, case: Case) -> None:
        for name, policy in POLICIES.items():
            self._tallies[name].add(policy(case))

    def scores(self) -> list[Score]:
        """In the order of the policies."""
        return [tally.score(name) for name, tally in self._tallies.items()]


class _Tally:
    def __init__(self) -> None:
        # Haircuts by account.
        self._given: Counter[int] = Counter()
        self._closings = self._whole = self._bankrupted = self._beyond = self._overshoot = 0
        self._largest = Fraction(0)

    def add(self, shares: Sequence[Share]) -> None:
        """Of one round."""
        for share in shares:
            self._given[share.account_id] += share.haircut
            self._closings += 1
            self._whole += share.is_whole
            self._bankrupted += share.equity_after < 0
            self._beyond += share.haircut > max(share.profit, 0)
            if share.profit > 0:
                self._largest = max(self._largest, Fraction(share.haircut, share.profit))
        realised = sum(share.closed_profit for share in shares)
        self._overshoot += max(realised - sum(share.haircut for share in shares), 0)

    def score(self, policy: str) -> Score:
        given, whole = self._given, self._given.total()
        top = max(given, key=lambda account: (given[account], -account)) if whole else 0
        return Score(
            policy=policy,
            accounts_hit=len(given),
            closings=self._closings,
            fully_closed=self._whole,
            haircut=whole,
            largest_part=self._largest,
            top_account=top,
            top_part=Fraction(given[top], whole) if whole else Fraction(0),
            overshoot=self._overshoot,
            bankrupted=self._bankrupted,
            beyond_profit=self._beyond,
        )
