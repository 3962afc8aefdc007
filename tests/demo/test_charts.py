"""The charts of the report."""

import re
from dataclasses import replace

import pytest

from scripts.demo import charts, charts_traders, words
from scripts.demo.ink import COLOURS, short
from scripts.demo.page import page
from scripts.demo.story import Hit
from scripts.sandbox.parameters import WAD
from tests.demo.pages import drawn, hundred_rounds, marks, parsed, prose
from tests.demo.stories import TOKEN, crash, quiet, small

CHARTS = ["insurance", "liquidations", "open-interest", "prices", "rounds", "thin", "worth"]


def test_page__crash__every_chart() -> None:
    assert drawn(parsed(crash())) == CHARTS


def test_page__nothing_happened__only_charts_of_something() -> None:
    assert drawn(parsed(quiet(0))) == []
    assert drawn(parsed(quiet(1))) == ["insurance", "open-interest", "prices", "thin"]


@pytest.mark.parametrize("amount", [0, 1, 2**120])
def test_page__huge_and_zero_amounts__are_drawn(amount: int) -> None:
    story = small()
    hits = (Hit(21, 1, amount, 20, amount, amount, amount, amount), Hit(22, 2, -WAD, 1, 1, -TOKEN, 1, 0))
    story.rounds = [replace(story.rounds[0], haircut=amount, insurance_paid=amount, hits=hits)]
    story.liquidations = [replace(each, size=amount, insurance_paid=amount) for each in story.liquidations]
    story.samples = [
        replace(each, prices={1: amount}, open_interest={1: amount}, insurance=amount)
        for each in story.samples
    ]
    story.traders = [replace(each, worth_before=amount, worth_after=-amount) for each in story.traders]
    assert words.money(amount) in prose(parsed(story))


def test_page__market_priced_late__is_drawn() -> None:
    story = crash()
    for sample in story.samples[:300]:
        del sample.prices[3]
    assert drawn(parsed(story)) == CHARTS


def test_page__drawn_twice__same_bytes() -> None:
    assert page(small()) == page(small())


def test_page__charts__take_their_colours_from_the_page() -> None:
    """Else they would stay dark on a dark page."""
    story = small()
    text = page(story)
    for each in (*charts.charts(story), *charts_traders.charts(story)):
        assert not any(colour in each.svg for colour in COLOURS.values())
        assert set(re.findall(r"var\(--([\w-]+)\)", each.svg)) <= set(COLOURS)
    assert all(f"--{name}:" in text for name in COLOURS)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (-10, "-10"),
        (999.5, "999.5"),
        (1_000, "1k"),
        (2.5e6, "2.5M"),
        (-3e9, "-3B"),
        (1e30, "1e+18T"),
    ],
)
def test_short__amount__few_letters(value: float, shown: str) -> None:
    assert short(value) == shown


def test_prices__first_market__a_mark_for_each_liquidation_and_round() -> None:
    story, root = hundred_rounds()
    late = [each.was_bankrupt for each in story.liquidations if each.market_id == 1]
    made = [each for each in story.rounds if each.market_id == 1]
    assert [marks(root, "prices", number) for number in (1, 2, 3)] == [
        late.count(False),
        late.count(True),
        len(made),
    ]


def test_rounds__hundred__a_mark_for_each_hit() -> None:
    story, root = hundred_rounds()
    assert marks(root, "rounds", 1, "path") == story.counterparties


def test_prices__rounds_at_a_price_before_the_time_shown_larger__are_in_sight() -> None:
    story = small()
    story.samples = [replace(each, prices={1: 1_000 * WAD}) for each in story.samples]
    root = parsed(story)
    (panel,) = [each for each in root.iter("g") if each.get("id") == "prices-axes_2"]
    # The panel's background is drawn first.
    corners = [float(each) for each in re.findall(r"[\d.]+", next(panel.iter("path")).get("d", ""))[1::2]]
    (made,) = [each for each in panel.iter("g") if each.get("id") == "prices-PathCollection_6"]
    (shown,) = [float(each.get("y", "nan")) for each in made.iter("use")]
    assert min(corners) <= shown <= max(corners)
