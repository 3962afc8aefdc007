"""A story while it happens: a board that stays in place, or lines where there is no terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live as Screen

from scripts.demo.board import board
from scripts.demo.facts import market_name
from scripts.demo.said import lie, round_made
from scripts.demo.story import Story
from scripts.demo.words import clock, count, money

# Lines: more than that says nothing more.
TALLEST = 44


class Live:
    """`show()` after every change draws the whole board anew, in place."""

    def __init__(self, story: Story, console: Console | None = None) -> None:
        self._story = story
        self._console = console or Console()
        self._screen = Screen(console=self._console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> Self:
        self._screen.start()
        self.show()
        return self

    def show(self) -> None:
        width, height = self._console.size
        # The last row stays free, else a terminal scrolls.
        lines = board(self._story, width, min(height - 1, TALLEST))
        self._screen.update(Group(*lines), refresh=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.show()
        self._screen.stop()


class Plain:
    """A line for each phase, block with liquidations, round, false list, and market losing its price."""

    def __init__(self, story: Story, console: Console | None = None) -> None:
        self._story = story
        self._console = console or Console()
        self._phase = ""
        self._samples = self._liquidations = self._rounds = self._refusals = 0
        self._priced: frozenset[int] | None = None

    def __enter__(self) -> Self:
        self.show()
        return self

    def show(self) -> None:
        """Say what is new since the last call."""
        story = self._story
        if story.phase != self._phase:
            self._phase = story.phase
            self._say(story.phase)
        self._show_prices()
        self._show_liquidations()
        for made in story.rounds[self._rounds :]:
            self._say(f"{clock(made.time)}  block {made.block:,}  {round_made(story, made)}")
        self._rounds = len(story.rounds)
        for told in story.refusals[self._refusals :]:
            for line in lie(told):
                self._say(f"{clock(told.time)}  {line}")
        self._refusals = len(story.refusals)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.show()

    def _show_prices(self) -> None:
        for sample in self._story.samples[self._samples :]:
            priced = frozenset(sample.priced)
            before = priced if self._priced is None else self._priced
            for market_id in sorted(before ^ priced):
                name = market_name(self._story, market_id)
                text = f"{name} has {'a valid price again' if market_id in priced else 'no valid price'}"
                self._say(f"{clock(sample.time)}  block {sample.block:,}  {text}")
            self._priced = priced
        self._samples = len(self._story.samples)

    def _show_liquidations(self) -> None:
        new = self._story.liquidations[self._liquidations :]
        self._liquidations = len(self._story.liquidations)
        for block in dict.fromkeys(each.block for each in new):
            those = [each for each in new if each.block == block]
            bankrupt = sum(each.was_bankrupt for each in those)
            paid = sum(each.insurance_paid for each in those)
            text = count(len(those), "liquidation")
            if bankrupt:
                text += f", {bankrupt:,} of bankrupt accounts, insurance paid {money(paid)}"
            self._say(f"{clock(those[0].time)}  block {block:,}  {text}")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._console.file.flush()
