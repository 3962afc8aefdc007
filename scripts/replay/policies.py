"""Who is closed in a round, and who gives up how much: this queue and four other rules, exact integers.

Pure. Each rule closes the same size and takes the same haircut in sum, so the columns of a comparison
differ in nothing but the choice. README.md has each rule's formula and where it comes from.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from keeper.arithmetic import div_up, value


@dataclass(frozen=True, slots=True)
class Counterparty:
    """A ranked position opposite the bankrupt one. `size` signed, `profit` against entry at the mark,
    negative for a loss; `rest`: the account's equity without this position; `leverage`: WAD, notional /
    equity."""

    account_id: int
    size: int
    profit: int
    rest: int
    leverage: int


@dataclass(frozen=True, slots=True)
class Case:
    """What a round had to do: close `closed` of a bankrupt position of signed `size`, whose whole would cost
    the winners `owed`. `unit`: mark less funding index. `counterparties`: by rank, the best first."""

    size: int
    closed: int
    owed: int
    unit: int
    scale: int
    counterparties: tuple[Counterparty, ...]

    def haircut(self, done: int) -> int:
        """Of all who closed `done` together."""
        return div_up(self.owed * done, abs(self.size))

    def left_value(self, done: int) -> int:
        """Of what is left of the bankrupt position."""
        left = self.size - done if self.size > 0 else self.size + done
        return value(left, self.unit, 0, self.scale)


@dataclass(frozen=True, slots=True)
class Share:
    """What one counterparty bears. `size`: of it that is closed, unsigned; `held`: all of it."""

    account_id: int
    size: int
    held: int
    haircut: int
    profit: int
    equity_after: int

    @property
    def is_whole(self) -> bool:
        return self.size == self.held

    @property
    def closed_profit(self) -> int:
        """Of the part that is closed, floored; 0 for a loser."""
        return max(self.profit, 0) * self.size // self.held


Policy = Callable[[Case], tuple[Share, ...]]


def queue(case: Case) -> tuple[Share, ...]:
    """By rank; whom its share would bankrupt is passed over, as the chain does."""
    return _in_order(case, case.counterparties, passes_over=True)


def by_profit(case: Case) -> tuple[Share, ...]:
    """The largest profit first."""
    return _in_order(case, sorted(case.counterparties, key=lambda each: -each.profit))


def by_leverage(case: Case) -> tuple[Share, ...]:
    """The highest leverage first, of those in profit; then of the others."""
    return _in_order(case, sorted(case.counterparties, key=lambda each: (each.profit <= 0, -each.leverage)))


def pro_rata_by_size(case: Case) -> tuple[Share, ...]:
    """The same part of every position in profit; of the others what those cannot close."""
    sizes = _sizes_pro_rata(case)
    done, shares = 0, []
    for each, part in zip(case.counterparties, sizes, strict=True):
        haircut = case.haircut(done + part) - case.haircut(done)
        shares.append(_share(case, each, done, part, haircut))
        done += part
    return _hit(shares)


def pro_rata_by_profit(case: Case) -> tuple[Share, ...]:
    """The same part of every profit; closed is what pro rata by size closes."""
    profits = [max(each.profit, 0) for each in case.counterparties]
    if not any(profits):
        return pro_rata_by_size(case)
    haircuts = _split(case.haircut(case.closed), profits)
    done, shares = 0, []
    for each, part, haircut in zip(case.counterparties, _sizes_pro_rata(case), haircuts, strict=True):
        shares.append(_share(case, each, done, part, haircut))
        done += part
    return _hit(shares)


POLICIES: dict[str, Policy] = {
    "queue": queue,
    "profit only": by_profit,
    "leverage only": by_leverage,
    "pro rata by size": pro_rata_by_size,
    "pro rata by profit": pro_rata_by_profit,
}


def _in_order(case: Case, order: Iterable[Counterparty], *, passes_over: bool = False) -> tuple[Share, ...]:
    """As much of each as is still to be closed, all at one price."""
    done, shares = 0, []
    for each in order:
        part = min(case.closed - done, abs(each.size))
        if part == 0:
            break
        share = _share(case, each, done, part, case.haircut(done + part) - case.haircut(done))
        if passes_over and share.equity_after < 0:
            continue
        shares.append(share)
        done += part
    return tuple(shares)


def _share(case: Case, each: Counterparty, done: int, part: int, haircut: int) -> Share:
    """Value moves by differences of what the bankrupt position is worth, as on the chain."""
    left = each.size - part if each.size > 0 else each.size + part
    paid = case.left_value(done) - case.left_value(done + part)
    equity = each.rest + value(left, case.unit, 0, case.scale) - paid - haircut
    return Share(each.account_id, part, abs(each.size), haircut, each.profit, equity)


def _sizes_pro_rata(case: Case) -> list[int]:
    winning = [abs(each.size) if each.profit > 0 else 0 for each in case.counterparties]
    losing = [abs(each.size) if each.profit <= 0 else 0 for each in case.counterparties]
    first = min(case.closed, sum(winning))
    parts = zip(_split(first, winning), _split(case.closed - first, losing), strict=True)
    return [won + lost for won, lost in parts]


def _split(amount: int, weights: Sequence[int]) -> list[int]:
    """In proportion, to the unit: differences of floored running sums. Nobody gets more than its own weight
    if there is not more to split than all weights."""
    total, before, sums = sum(weights), 0, []
    for weight in weights:
        sums.append((amount * (before + weight) // total) - (amount * before // total) if total else 0)
        before += weight
    return sums


def _hit(shares: Iterable[Share]) -> tuple[Share, ...]:
    """Without those who are left alone."""
    return tuple(share for share in shares if share.size or share.haircut)
