"""The report's charts of the whole venue over time."""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from scripts.demo import ink
from scripts.demo.facts import Fall, falls, notional
from scripts.demo.ink import HALF_MARKS, MOST_MARKS, Chart, chart, money_axis, panels, style, time_axis
from scripts.demo.story import Liquidation, Round, Story
from scripts.demo.words import count, money, percent, roe

BINS = 60
# Readers in black and white tell markets apart by the dashes.
LINES = ((ink.BLUE, "-"), (ink.ORANGE, "--"), (ink.GREEN, "-."), (ink.PURPLE, ":"))


def charts(story: Story) -> list[Chart]:
    """None of a story without a block."""
    if not story.samples:
        return []
    drawn = [prices(story)] if falls(story) else []
    if story.liquidations:
        drawn.append(liquidations(story))
    return [*drawn, thin(story), insurance(story), open_interest(story)]


def prices(story: Story) -> Chart:
    found = falls(story)
    title = "At the lowest " + ", ".join(f"{each.market.name} {roe(each.worst)}" for each in found)
    columns = 2 if story.rounds else 1
    with style("prices"):
        figure, axes = panels(0.7 + 2.1 * len(found), rows=len(found), columns=columns, share_x=True)
        for number, axis in enumerate(axes):
            _price(axis, story, found[number // columns])
        for axis, fall in zip(axes[::columns], found, strict=True):
            axis.set_ylabel(f"{fall.market.name}, USD")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
        _time(axes[-columns], story, HALF_MARKS if story.rounds else MOST_MARKS)
        if story.rounds:
            _enlarge(axes[1::2], story, found)
        return chart(figure, "prices", title)


def _enlarge(axes: Sequence[Axes], story: Story, found: Sequence[Fall]) -> None:
    """Show the shortest time in which half of the rounds were, with as much before and after."""
    when = sorted(each.time for each in story.rounds)
    first, last = min(
        zip(when, when[(len(when) - 1) // 2 :], strict=False), key=lambda each: each[1] - each[0]
    )
    margin = max(last - first, 120)
    first, last = max(first - margin, story.samples[0].time), min(last + margin, story.samples[-1].time)
    for axis, fall in zip(axes, found, strict=True):
        key = fall.market.market_id
        seen = [
            each.prices[key] / 1e18
            for each in story.samples
            if first <= each.time <= last and key in each.prices
        ]
        # A round is drawn at its mark, the price before the one of its block.
        seen += [
            each.mark / 1e18 for each in story.rounds if first <= each.time <= last and each.market_id == key
        ]
        if seen:
            room = (max(seen) - min(seen)) * 0.08 or seen[0] * 0.01 or 1.0
            axis.set_ylim(min(seen) - room, max(seen) + room)
    time_axis(axes[-1], first, last, HALF_MARKS)


def _price(axis: Axes, story: Story, fall: Fall) -> None:
    key = fall.market.market_id
    seen = [each for each in story.samples if key in each.prices]
    way = [each.prices[key] / 1e18 for each in seen]
    axis.step([each.time for each in seen], way, where="post", color=ink.INK, linewidth=1.2, label="price")
    for this, after in pairwise(seen):
        if key not in this.priced:
            axis.axvspan(this.time, after.time, color=ink.SOFT, alpha=0.35, linewidth=0)
    those = [each for each in story.liquidations if each.market_id == key]
    solvent = [(each.time, each.price) for each in those if not each.was_bankrupt]
    bankrupt = [(each.time, each.price) for each in those if each.was_bankrupt]
    made = [(each.time, each.mark) for each in story.rounds if each.market_id == key]
    _marks(axis, solvent, ink.ORANGE, "o", 16, "liquidation, solvent")
    _marks(axis, bankrupt, ink.RED, "D", 16, "liquidation, bankrupt")
    _marks(axis, made, ink.BLUE, "v", 55, "round of deleveraging")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))


def _marks(
    axis: Axes, points: Sequence[tuple[int, int]], colour: str, marker: str, size: float, label: str
) -> None:
    """At times and WAD prices."""
    axis.scatter(
        [time for time, _ in points], [price / 1e18 for _, price in points], s=size, marker=marker,
        color=colour, edgecolors=ink.PAPER, linewidths=0.5, zorder=3, label=label,
    )  # fmt: skip


def liquidations(story: Story) -> Chart:
    bankrupt = sum(each.was_bankrupt for each in story.liquidations)
    total = sum(notional(each.size, each.price) for each in story.liquidations)
    number = count(len(story.liquidations), "liquidation")
    title = f"{number} of {money(total)} USD, {bankrupt:,} of them of bankrupt accounts"
    with style("liquidations"):
        figure, axes = panels(3.8, rows=2, share_x=True)
        _bars(axes[0], story, lambda each: 1)
        axes[0].set_ylabel("number")
        axes[0].yaxis.set_major_locator(MaxNLocator(integer=True))
        axes[0].legend(loc="best")
        _bars(axes[1], story, lambda each: notional(each.size, each.price) / 1e6)
        money_axis(axes[1], "size, USD")
        _time(axes[1], story)
        return chart(figure, "liquidations", title)


def _bars(axis: Axes, story: Story, weigh: Callable[[Liquidation], float]) -> None:
    first, last = _span(story)
    groups = [[each for each in story.liquidations if each.was_bankrupt == late] for late in (False, True)]
    axis.hist(
        [[each.time for each in group] for group in groups],
        weights=[[weigh(each) for each in group] for group in groups],
        bins=BINS,
        range=(first, max(last, first + 1)),
        stacked=True,
        color=[ink.ORANGE, ink.RED],
        label=["solvent", "bankrupt"],
    )


def thin(story: Story) -> Chart:
    most = max(each.thin for each in story.samples)
    title = f"At most {count(most, 'account')} below maintenance at the end of a block"
    blocks = [each.block for each in story.samples]
    below = [each.thin for each in story.samples]
    bankrupt = [each.bankrupt for each in story.samples]
    with style("thin"):
        figure, (axis,) = panels(2.6)
        axis.fill_between(blocks, below, step="post", color=ink.ORANGE, label="below maintenance")
        axis.fill_between(blocks, bankrupt, step="post", color=ink.RED, label="of these, bankrupt")
        axis.set_ylim(bottom=0)
        axis.set_ylabel("accounts")
        axis.set_xlabel("block")
        axis.yaxis.set_major_locator(MaxNLocator(integer=True))
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.legend(loc="best")
        return chart(figure, "thin", title)


def insurance(story: Story) -> Chart:
    of = percent(story.insurance_paid, story.shortfall)
    title = f"Insurance paid {money(story.insurance_paid)} USD, {of} of what bankrupt accounts could not pay"
    first, last = _span(story)
    when = [each.time for each in story.samples]
    payments: list[Liquidation | Round] = [*story.liquidations, *story.rounds]
    paid = sorted((each.time, each.insurance_paid) for each in payments)
    sums = [total / 1e6 for total in accumulate((amount for _, amount in paid), initial=0)]
    with style("insurance"):
        figure, (axis,) = panels(2.8)
        vault = [each.insurance / 1e6 for each in story.samples]
        capacity = [each.capacity / 1e6 for each in story.samples]
        axis.step(when, vault, where="post", color=ink.BLUE, label="in the vault")
        axis.step(when, capacity, where="post", color=ink.GREEN, linestyle="--", label="may be paid now")
        steps = [first, *(time for time, _ in paid), last]
        axis.step(steps, [*sums, sums[-1]], where="post", color=ink.RED, linestyle=":", label="paid so far")
        axis.set_ylim(bottom=0)
        money_axis(axis, "USD")
        _time(axis, story)
        axis.legend(loc="best")
        return chart(figure, "insurance", title if story.shortfall else "Insurance had nothing to pay")


def open_interest(story: Story) -> Chart:
    lines = {
        m.name: [each.open_interest.get(m.market_id, 0) for each in story.samples] for m in story.markets
    }
    # A line begins with its first position.
    starts = {name: next((each for each in line if each), 0) for name, line in lines.items()}
    left = ", ".join(f"{name} {percent(line[-1], starts[name])}" for name, line in lines.items())
    when = [each.time for each in story.samples]
    with style("open-interest"):
        figure, (axis,) = panels(2.6)
        for number, (name, line) in enumerate(lines.items()):
            colour, dashes = LINES[number % len(LINES)]
            parts = [each * 100 / starts[name] if starts[name] else 0.0 for each in line]
            axis.step(when, parts, where="post", color=colour, linestyle=dashes, label=name)
        axis.set_ylim(bottom=0)
        axis.set_ylabel("% of the start")
        _time(axis, story)
        axis.legend(loc="best")
        return chart(figure, "open-interest", f"Open interest left at the end: {left}")


def _span(story: Story) -> tuple[int, int]:
    return story.samples[0].time, story.samples[-1].time


def _time(axis: Axes, story: Story, marks: int = MOST_MARKS) -> None:
    time_axis(axis, *_span(story), marks)
