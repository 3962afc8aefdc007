"""How the report's charts are drawn: one style, and SVG that takes its colours from the page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

# By name of the page's CSS variable; the hues are Okabe and Ito's, which colour-blind people can tell apart.
# The page has other shades of them for a dark background, so none of the values here is ever seen.
COLOURS = {
    "ink": "#010203",
    "soft": "#0a0b0c",
    "paper": "#0d0e0f",
    "blue": "#0072b2",
    "sky": "#56b4e9",
    "orange": "#e69f00",
    "vermillion": "#d55e00",
    "green": "#009e73",
    "purple": "#cc79a7",
}
INK, SOFT, PAPER = COLOURS["ink"], COLOURS["soft"], COLOURS["paper"]
BLUE, SKY, ORANGE, RED = COLOURS["blue"], COLOURS["sky"], COLOURS["orange"], COLOURS["vermillion"]
GREEN, PURPLE = COLOURS["green"], COLOURS["purple"]
WIDTH = 9.0  # inches
# Between marks of time, seconds: the first that gives few enough marks, else days.
STEPS = (10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200)
DAY = 86_400
MOST_MARKS, HALF_MARKS = 9, 5
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    # A market may be called anything.
    "text.parse_math": False,
    "font.size": 10,
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "axes.facecolor": "none",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": SOFT,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
}


@dataclass(frozen=True)
class Chart:
    """`title` says what is seen. How to read it stands in the page, by `name`."""

    name: str
    title: str
    svg: str


@contextmanager
def style(name: str) -> Iterator[None]:
    """`name`: of the chart; the same chart is drawn to the same bytes."""
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        yield


def panels(
    height: float, rows: int = 1, columns: int = 1, share_x: bool = False
) -> tuple[Figure, list[Axes]]:
    """`height` in inches, of all of it. Inside `style`."""
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasSVG(figure)
    axes = figure.subplots(rows, columns, sharex="col" if share_x else False, squeeze=False)
    return figure, list(axes.flat)


def chart(figure: Figure, name: str, title: str) -> Chart:
    """SVG for use inside HTML: ids begin with `name`, colours are the page's, nothing points outside."""
    written = StringIO()
    figure.savefig(
        written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    text = written.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    for variable, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{variable})")
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    head = f'<svg viewBox="0 0 {figure.get_figwidth() * 72:g} {figure.get_figheight() * 72:g}" role="img" '
    head += f'aria-label="{escape(title)}" xmlns:xlink="http://www.w3.org/1999/xlink">'
    return Chart(name, title, head + text[text.index(">") + 1 :])


def time_axis(axis: Axes, first: int, last: int, marks: int = MOST_MARKS) -> None:
    """Of Unix seconds, from `first` to `last`, marked in UTC."""
    days = DAY * -(-(last - first) // (DAY * marks))
    step = next((each for each in STEPS if last - first <= each * marks), days)
    begins, ends = (datetime.fromtimestamp(each, UTC) for each in (first, last))
    one_day = begins.date() == ends.date()

    def mark(value: float, _: object) -> str:
        return datetime.fromtimestamp(value, UTC).strftime("%H:%M" if one_day else "%H:%M\n%d %b")

    margin = max((last - first) // 50, STEPS[0])
    axis.set_xlim(first - margin, last + margin)
    axis.xaxis.set_major_locator(MultipleLocator(step))
    axis.xaxis.set_major_formatter(FuncFormatter(mark))
    axis.set_xlabel(f"time, UTC, {begins.strftime('%d %B %Y')}" if one_day else "time, UTC")


def money_axis(axis: Axes, label: str) -> None:
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.set_ylabel(label)


def short(value: float) -> str:
    """ "20k", "1.5M"; small numbers as they are."""
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:,.4g}{letter}"
    return f"{value:,.4g}"
