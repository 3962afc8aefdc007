"""The policies beside one another, over all rounds. Pure, exact integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scripts.replay.policies import POLICIES, Case, Policy, Share


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


def compare(cases: Sequence[Case]) -> list[Score]:
    """Each case as it was found: what a policy does in one round does not change the next."""
    return [_score(name, policy, cases) for name, policy in POLICIES.items()]


def _score(name: str, policy: Policy, cases: Sequence[Case]) -> Score:
    by_case = [policy(case) for case in cases]
    shares = [share for found in by_case for share in found]
    given: dict[int, int] = {}
    for share in shares:
        given[share.account_id] = given.get(share.account_id, 0) + share.haircut
    whole = sum(given.values())
    top = max(given, key=lambda account: (given[account], -account), default=0)
    return Score(
        policy=name,
        accounts_hit=len(given),
        closings=len(shares),
        fully_closed=sum(share.is_whole for share in shares),
        haircut=whole,
        largest_part=max((_part(share) for share in shares), default=Fraction(0)),
        top_account=top if whole else 0,
        top_part=Fraction(given[top], whole) if whole else Fraction(0),
        overshoot=sum(_overshoot(found) for found in by_case),
        bankrupted=sum(share.equity_after < 0 for share in shares),
        beyond_profit=sum(share.haircut > max(share.profit, 0) for share in shares),
    )


def _part(share: Share) -> Fraction:
    return Fraction(share.haircut, share.profit) if share.profit > 0 else Fraction(0)


def _overshoot(shares: Sequence[Share]) -> int:
    """Of one round."""
    realised = sum(share.closed_profit for share in shares)
    return max(realised - sum(share.haircut for share in shares), 0)
