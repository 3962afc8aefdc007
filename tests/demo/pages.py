"""The report as a parsed page, and what stands in it."""

import warnings
from functools import cache
from xml.etree import ElementTree

from scripts.demo.page import page
from scripts.demo.story import Story
from tests.demo.stories import crash, small

Element = ElementTree.Element


def drawn_page(told: Story) -> str:
    """A warning of the drawing library is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return page(told)


def parsed(told: Story) -> Element:
    """What is not well-formed is an error."""
    return ElementTree.fromstring(drawn_page(told))  # noqa: S314 (our own page)


@cache
def small_page() -> Element:
    return parsed(small())


@cache
def hundred_rounds() -> tuple[Story, Element]:
    story = crash(rounds=100)
    return story, parsed(story)


def prose(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def rows(element: Element) -> list[list[str]]:
    return [[prose(cell) for cell in row] for row in element.iter("tr")]


def drawn(root: Element) -> list[str]:
    """Charts by the beginning of their ids."""
    found = [each.get("id", "") for each in root.iter("g")]
    return sorted({each.removesuffix("-figure_1") for each in found if each.endswith("-figure_1")})


def rounds(root: Element) -> list[Element]:
    return [each for each in root.iter("details") if "haircut" in prose(each[0])]


def marks(root: Element, name: str, number: int, tag: str = "use") -> int:
    """Drawn in the chart's scatter of that number, from 1; as paths where their sizes differ."""
    (found,) = [each for each in root.iter("g") if each.get("id") == f"{name}-PathCollection_{number}"]
    return len(list(found.iter(tag)))
