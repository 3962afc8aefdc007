"""What a story comes to: the numbers that the closing words and the report have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scripts.demo.story import Hit, Market, Round, Story, Trader

# 10**(36 - decimals) of the collateral.
SCALE = 10**30


@dataclass(frozen=True)
class Fall:
    """A market's way: WAD prices, first, lowest and last."""

    market: Market
    first: int
    lowest: int
    last: int

    @property
    def worst(self) -> int:
        """Change at the lowest, WAD, 0 or less."""
        return change(self.first, self.lowest)


def change(first: int, last: int) -> int:
    """Part of `first`, WAD, floored."""
    return (last - first) * 10**18 // first if first else 0


def falls(story: Story) -> tuple[Fall, ...]:
    """Markets in the story's order; those that never had a price are left out."""
    ways = {
        m: [each.prices[m.market_id] for each in story.samples if m.market_id in each.prices]
        for m in story.markets
    }
    return tuple(Fall(m, way[0], min(way), way[-1]) for m, way in ways.items() if way)


def market_name(story: Story, market_id: int) -> str:
    return next((m.name for m in story.markets if m.market_id == market_id), f"market {market_id}")


def notional(size: int, price: int) -> int:
    """Quote units, floored."""
    return size * price // SCALE


def hits(story: Story) -> tuple[Hit, ...]:
    return tuple(hit for each in story.rounds for hit in each.hits)


def share(hit: Hit) -> Fraction | None:
    """What the haircut took of the profit; None where there was no profit."""
    return Fraction(hit.haircut, hit.profit) if hit.profit > 0 else None


def largest_share(found: Sequence[Hit]) -> Fraction | None:
    shares = [each for each in map(share, found) if each is not None]
    return max(shares, default=None)


def profit_closed(made: Round) -> int:
    return sum(hit.profit for hit in made.hits)


def winners(story: Story) -> tuple[Trader, ...]:
    return tuple(each for each in story.traders if each.worth_after > each.worth_before)


def losers(story: Story) -> tuple[Trader, ...]:
    return tuple(each for each in story.traders if each.worth_after < each.worth_before)


def failures(story: Story) -> list[str]:
    """Why this run proves nothing or the contrary, a line each; none: everything was shown and held."""
    found = [
        f"{name} does not hold: {story.broken.get(name, 'no detail')}"
        for name, holds in story.invariants.items()
        if not holds
    ]
    if not story.invariants:
        found.append("no invariant was checked")
    found += [
        f"the round of block {each.block} (account {each.account_id}) came out otherwise when computed again"
        for each in story.rounds
        if not each.agrees
    ]
    found += [
        f"account {account_id} was left below maintenance too long (seen in block {block})"
        for account_id, block in story.missed.items()
    ]
    if not story.rounds:
        found.append("no round of deleveraging took place")
    if not story.refusals:
        found.append("no false list was tried")
    return found
