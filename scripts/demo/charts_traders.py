"""The report's charts of people: what became of their money, and what the winners gave up."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from scripts.demo import ink
from scripts.demo.facts import hits, largest_share, losers, share, winners
from scripts.demo.ink import Chart, chart, money_axis, panels, short, style
from scripts.demo.story import Story
from scripts.demo.words import count, money, percent

# USD: below it the axes are linear, so that zero and debts have a place.
LINEAR = 10.0
BINS_A_DECADE = 4


def charts(story: Story) -> list[Chart]:
    drawn = [worth(story)] if story.traders else []
    return [*drawn, rounds(story)] if story.rounds else drawn


def worth(story: Story) -> Chart:
    wiped = sum(each.worth_after <= 0 < each.worth_before for each in story.traders)
    won, lost = count(len(winners(story)), "trader"), len(losers(story))
    before = [each.worth_before / 1e6 for each in story.traders]
    after = [each.worth_after / 1e6 for each in story.traders]
    with style("worth"):
        figure, (left, right) = panels(3.2, columns=2)
        edges = _edges(before + after)
        left.stairs(np.histogram(after, edges)[0], edges, fill=True, color=ink.SKY, alpha=0.8, label="after")
        left.stairs(np.histogram(before, edges)[0], edges, color=ink.INK, linewidth=1.4, label="before")
        left.set_xscale("symlog", linthresh=LINEAR)
        _decades(left.xaxis, before + after)
        left.set_xlabel("worth of an account, USD")
        left.set_ylabel("traders")
        left.yaxis.set_major_locator(MaxNLocator(integer=True))
        left.legend(loc="best")
        _changes(right, sorted(b - a for a, b in zip(before, after, strict=True)))
        return chart(figure, "worth", f"{won} won, {lost:,} lost, {wiped:,} of these everything")


def _changes(axis: Axes, changes: Sequence[float]) -> None:
    """Sorted; the last is drawn twice, for a step ends where the next begins."""
    places = np.arange(len(changes) + 1)
    values = np.array([*changes, changes[-1]])
    axis.fill_between(places, np.minimum(values, 0), step="post", color=ink.RED, label="lost", linewidth=0)
    axis.fill_between(places, np.maximum(values, 0), step="post", color=ink.BLUE, label="won", linewidth=0)
    axis.axhline(0, color=ink.INK, linewidth=0.8)
    axis.set_yscale("symlog", linthresh=LINEAR)
    _decades(axis.yaxis, changes)
    axis.set_xlabel("traders, from the greatest loss to the greatest gain")
    axis.set_ylabel("change, USD")
    axis.legend(loc="best")


def _edges(values: Sequence[float]) -> list[float]:
    """Of bins: logarithmic outside of +-LINEAR."""

    def steps(most: float) -> list[float]:
        decades = np.log10(most / LINEAR) if most > LINEAR else 0
        return [LINEAR * 10 ** (number / BINS_A_DECADE) for number in range(int(decades * BINS_A_DECADE) + 2)]

    debts = [-each for each in reversed(steps(-min(values)))] if min(values) < 0 else []
    return [*debts, 0.0, *steps(max(values))]


def _decades(axis: Axis, values: Sequence[float]) -> None:
    """About four marks on either side of zero."""
    most = max(*values, *(-each for each in values), LINEAR)
    decades = int(np.log10(most / LINEAR)) + 1
    powers = [LINEAR * 10**number for number in range(0, decades + 1, max(1, decades // 3))]
    debts = [-each for each in reversed(powers)] if min(values) < 0 else []
    axis.set_major_locator(FixedLocator([*debts, 0.0, *powers]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def rounds(story: Story) -> Chart:
    largest = largest_share(hits(story))
    most = f", at most {percent(*largest.as_integer_ratio())} of a profit" if largest is not None else ""
    numbers = range(1, len(story.rounds) + 1)
    paid = [each.insurance_paid / 1e6 for each in story.rounds]
    given = [each.haircut / 1e6 for each in story.rounds]
    with style("rounds"):
        figure, (left, right) = panels(3.2, columns=2)
        left.bar(numbers, paid, color=ink.BLUE, label="insurance")
        left.bar(numbers, given, bottom=paid, color=ink.RED, label="haircut of winners")
        money_axis(left, "USD")
        left.set_xlabel("round, in order of time")
        left.xaxis.set_major_locator(MaxNLocator(integer=True))
        left.legend(loc="best")
        _shares(right, story)
        title = f"{count(story.counterparties, 'winner')} gave up {money(story.haircut)} USD{most}"
        return chart(figure, "rounds", title)


def _shares(axis: Axes, story: Story) -> None:
    points = [(hit, float(part) * 100) for hit in hits(story) if (part := share(hit)) is not None]
    largest = max((hit.profit for hit, _ in points), default=1)
    axis.scatter(
        [hit.rank for hit, _ in points],
        [part for _, part in points],
        s=[10 + 140 * hit.profit / largest for hit, _ in points],
        color=ink.RED,
        alpha=0.55,
        edgecolors=ink.SOFT,
        linewidths=0.5,
    )
    axis.set_ylim(bottom=0)
    axis.set_ylabel("haircut, % of the profit")
    axis.set_xlabel("rank in the queue (1 is closed first)")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
