"""What is seen of a demonstration while it runs."""

from io import StringIO

import pytest
from rich.console import Console

from scripts.demo.board import bar, board, sparkline
from scripts.demo.command import is_live
from scripts.demo.live import Live, Plain
from scripts.demo.story import Sample, Story
from tests.demo.stories import START, crash, quiet, small

SCREENS = [(80, 23), (80, 10), (100, 29), (120, 39), (200, 60)]


def text(story: Story, width: int = 120, height: int = 39) -> str:
    return "\n".join(line.plain for line in board(story, width, height))


def terminal(width: int = 80, height: int = 24) -> Console:
    return Console(file=StringIO(), force_terminal=True, width=width, height=height)


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def pipe() -> Console:
    return Console(file=StringIO(), width=80)


@pytest.mark.parametrize(
    "shown",
    [
        "Plimsoll  small",
        "block 1,001  2025-10-10 20:31:00 UTC",
        "1 of 4",
        "1,750.00 of 2,000.00 left",
        "paid 250.00, may pay 250.00 more now",
        "4 below maintenance now, 3 of them bankrupt",
        "liquidations         2",
        "bankrupt accounts    2",
        "deleveraging rounds     1",
        "winners closed          2",
        "false lists refused         1",
        "haircut                 90.00",
        "20:31:00  BTC long of account 13 closed against 2 winners, haircut 90.00, insurance 210.00",
        "20:31:00  block 1,001  liquidated account 11 in BTC",
        "20:31:00  block 1,001  flagged account 13 as bankrupt (reverted)",
        "list without account 21 (rank 1) refused in block 1,001: adl: not top ranked",
        "given: 22, 23; right: 21, 22",
    ],
)
def test_board__small_story__shows_each_number(shown: str) -> None:
    assert shown in text(small())


def test_board__market__price_change_line_and_open_interest() -> None:
    (row,) = [line for line in text(small()).splitlines() if line.startswith("BTC ")]
    assert row.split() == ["BTC", "1,200.00", "-20.00", "%", "█▁", "20", "unpriced"]


def test_board__nothing_done__says_so() -> None:
    shown = text(quiet(0))
    assert "The keeper has not acted yet" in shown
    assert "No round of deleveraging yet" in shown


def test_board__market_without_a_price__says_so() -> None:
    story = small()
    story.samples = [Sample(1, START, {}, (), {}, 0, 0, 0, 0)]
    assert "BTC     no price yet" in text(story)


@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("blocks", [0, 1, 40, 320])
def test_board__any_screen__fits(width: int, height: int, blocks: int) -> None:
    story = crash(blocks=320)
    story.samples = story.samples[:blocks]
    lines = board(story, width, height)
    assert len(lines) <= height
    assert max(line.cell_len for line in lines) <= width


@pytest.mark.parametrize("amount", [0, 1, 2**120])
def test_board__huge_and_zero_amounts__fits(amount: int) -> None:
    story = small()
    story.insurance_before = amount
    story.samples = [Sample(1, START, {1: amount}, (1,), {1: amount}, amount, amount, 0, 0)] * 2
    assert max(line.cell_len for line in board(story, 80, 23)) <= 80


def test_board__time_passes__height_stays() -> None:
    whole = crash()
    story = quiet(0)
    heights = {len(board(story, 80, 23))}
    for sample in whole.samples[::20]:
        story.samples.append(sample)
        story.actions = [each for each in whole.actions if each.block <= sample.block]
        story.refusals = [each for each in whole.refusals if each.block <= sample.block]
        heights.add(len(board(story, 80, 23)))
    assert heights == {23}


def test_sparkline__fall_and_recovery__lowest_in_the_middle() -> None:
    assert sparkline([8, 4, 1, 4, 8], 5) == "█▄▁▄█"


def test_sparkline__more_values_than_columns__last_of_each_stretch() -> None:
    assert sparkline([1, 8, 8, 1], 2) == "█▁"


@pytest.mark.parametrize(("values", "drawn"), [([], ""), ([5], "▁"), ([5, 5], "▁▁")])
def test_sparkline__nothing_moves__flat(values: list[int], drawn: str) -> None:
    assert sparkline(values, 8) == drawn


@pytest.mark.parametrize(
    ("part", "of", "lit"), [(0, 4, 0), (1, 4, 2), (4, 4, 8), (9, 4, 8), (-1, 4, 0), (0, 0, 0)]
)
def test_bar__part_of_whole__lit_columns(part: int, of: int, lit: int) -> None:
    drawn = bar(part, of, 8, "green")
    assert (drawn.cell_len, drawn.spans[0].end if lit else 0) == (8, lit)


def test_live__shown_again__overwrites_and_restores_the_cursor() -> None:
    console = terminal()
    with Live(small(), console) as live:
        before = len(written(console))
        live.show()
        again = written(console)[before:]
    # Up to the first line of the board, each line erased on the way.
    assert again.startswith("\r\x1b[2K\x1b[1A")
    assert again.count("\x1b[1A") == 22
    assert written(console).endswith("\x1b[?25h")


def test_live__error_inside__restores_the_cursor() -> None:
    console = terminal()
    with pytest.raises(RuntimeError, match="crash"), Live(small(), console):
        raise RuntimeError("crash")
    assert written(console).endswith("\x1b[?25h")


def test_live__window_grows__board_grows() -> None:
    console = terminal()
    with Live(small(), console) as live:
        assert "Rounds of deleveraging" not in written(console)
        console.size = (120, 40)
        live.show()
    assert "Rounds of deleveraging" in written(console)


def test_plain__small_story__a_line_for_each_happening() -> None:
    console = pipe()
    with Plain(small(), console):
        pass
    assert written(console).splitlines() == [
        "the crash",
        "20:31:00  block 1,001  BTC has no valid price",
        "20:31:00  block 1,001  2 liquidations, 1 of bankrupt accounts, insurance paid 40.00",
        "20:31:00  block 1,001  BTC long of account 13 closed against 2 winners, "
        "haircut 90.00, insurance 210.00",
        "20:31:00  list without account 21 (rank 1) refused in block 1,001: adl: not top ranked",
        "20:31:00    given: 22, 23; right: 21, 22",
    ]


def test_plain__shown_after_every_block__says_everything_once() -> None:
    whole, at_once, step_by_step = crash(), pipe(), pipe()
    with Plain(whole, at_once):
        pass
    story = quiet(0)
    with Plain(story, step_by_step) as plain:
        for sample in whole.samples:
            story.phase = whole.phase
            story.samples.append(sample)
            story.liquidations = [each for each in whole.liquidations if each.block <= sample.block]
            story.rounds = [each for each in whole.rounds if each.block <= sample.block]
            story.refusals = [each for each in whole.refusals if each.block <= sample.block]
            plain.show()
            plain.show()
    assert sorted(written(step_by_step).splitlines()) == sorted(written(at_once).splitlines())


def test_plain__market_comes_back__says_so_once() -> None:
    story, console = quiet(20), pipe()
    with Plain(story, console):
        pass
    assert written(console).splitlines() == [
        "20:32:00  block 110  SOL has no valid price",
        "20:33:12  block 116  SOL has a valid price again",
    ]


def test_plain__name_like_markup__is_written_as_it_is() -> None:
    story, console = small(), pipe()
    story.phase = "[red]x[/]"
    with Plain(story, console):
        pass
    assert written(console).startswith("[red]x[/]\n")


@pytest.mark.parametrize(("term", "live"), [("xterm", True), ("dumb", False)])
def test_is_live__terminal__only_if_it_can_draw_in_place(term: str, live: bool) -> None:
    assert is_live(Console(force_terminal=True, _environ={"TERM": term})) is live
    assert not is_live(Console(file=StringIO(), _environ={"TERM": term}))
