"""The report as a page: whole, alone in one file, and true to the story."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.demo import words
from scripts.demo.facts import failures
from scripts.demo.page import LIMITS, page, write
from scripts.demo.story import Hit, Market, Story
from scripts.sandbox.parameters import WAD
from tests.demo.pages import drawn_page, hundred_rounds, parsed, prose, rounds, rows, small_page
from tests.demo.stories import TOKEN, crash, failing, quiet, small

LIMIT = 2_000_000
# Of namespaces; nothing is read from there.
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


@pytest.mark.parametrize(
    "told",
    [
        quiet(0),
        quiet(1),
        quiet(2),
        crash(),
        crash(rounds=0),
        crash(rounds=1),
        crash(traders=1),
        crash(blocks=1, rounds=1),
        failing(),
        small(),
    ],
    ids=[
        "empty",
        "one-block",
        "quiet",
        "crash",
        "no-round",
        "one-round",
        "one-trader",
        "at-once",
        "failing",
        "small",
    ],
)
def test_page__any_story__is_well_formed_and_alone(told: Story) -> None:
    text = drawn_page(told)
    root = ElementTree.fromstring(text)  # noqa: S314 (our own page)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    for each in root.iter():
        assert each.tag.rpartition("}")[2] not in {
            "script",
            "link",
            "img",
            "iframe",
            "image",
            "foreignObject",
        }
        for name, value in each.attrib.items():
            assert not name.startswith("on")
            if name.endswith("href"):
                assert value.removeprefix("#") in ids
    assert set(re.findall(r"https?://[^\s\"'<]*", text)) <= NAMESPACES
    assert all(each.removeprefix("#") in ids for each in re.findall(r"url\(([^)]*)\)", text))
    assert "@import" not in text


@pytest.mark.parametrize(
    "words_shown",
    [
        "A crash on Plimsoll: small",
        "two blocks · 2025-10-10 20:30:00 UTC to 2025-10-10 20:31:00 UTC · 3 traders · 2 blocks",
        "Everything held.",
        "At worst BTC had fallen by 20.00 %.",
        "2 liquidations followed. 2 accounts went bankrupt and could not pay 340.00 USD.",
        "Insurance paid 250.00 of it.",
        "The other 90.00 were taken from the profit of 2 winning positions in 1 round",
        "250.00 USD paid by insurance, which had 2,000.00 at first",
        "90.00 USD given up by winners, at most 20.00 % of a profit",
        "1 round of deleveraging 1 of 1 the same when computed again 2 winning positions closed",
        "1 false list refused 20 of 20 invariants hold",
        "At the lowest BTC -20.00 %",
        "2 liquidations of 8,400.00 USD, 1 of them of bankrupt accounts",
        "At most 4 accounts below maintenance at the end of a block",
        "Insurance paid 250.00 USD, 73.53 % of what bankrupt accounts could not pay",
        "Open interest left at the end: BTC 66.67 %",
        "1 trader won, 1 lost, 1 of these everything",
        "2 winners gave up 90.00 USD, at most 20.00 % of a profit",
        "BTC long of account 13: haircut 90.00 USD of 2 winners, block 1,001, 20:31:00 UTC",
        "could not pay 300.00 USD of its position of 3 BTC. All of it was closed: insurance paid 210.00, "
        "the winners went without 90.00 of a profit of 750.00 (12.00 %). They were closed at 1,230.00 while "
        "the mark was 1,200.00.",
        "A keeper's list, verified by the chain.",
        "✓ the same",
        "Passed over, because closing would have left them below zero: 77.",
        "Block 1,001, 20:31:00 UTC: account 21, rank 1, was to be spared",
        "adl: not top ranked. Nothing changed. The honest list went through in the same block.",
        "The queue, as in the honest list: 21 22 The false list: 22 23",
        "transaction 0x" + "12" * 32,
        "transaction 0x" + "34" * 32,
        "drawn from seed 7",
        "1,000 to 1,001",
        "102 s on this machine, 31 s of them before the first price",
    ],
)
def test_page__small_story__says_each_number(words_shown: str) -> None:
    assert words_shown in prose(small_page())


def test_page__small_story__tables() -> None:
    found = rows(small_page())
    assert ["1", "21", "+300.00 %", "20x", "600.00", "60.00", "10.00 %", "2", "0"] in found
    assert ["2", "22", "+100.00 %", "10x", "150.00", "30.00", "20.00 %", "1", "4"] in found
    assert ["21", "5,000.00", "5,510.00", "510.00"] in found
    assert ["11", "900.00", "0.00", "-900.00"] in found
    assert ["BTC", "1,500.00", "1,200.00", "-20.00 %", "1,200.00"] in found


def test_page__crash__every_hit_of_every_round() -> None:
    story, root = hundred_rounds()
    found = rows(root)
    for hit in (hit for each in story.rounds for hit in each.hits):
        assert [
            str(hit.rank),
            str(hit.account_id),
            words.roe(hit.roe),
            f"{hit.leverage}x",
            words.money(hit.profit),
            words.money(hit.haircut),
            words.percent(hit.haircut, hit.profit),
            words.size(hit.size),
            words.size(hit.left),
        ] in found


def test_page__hundred_rounds__largest_first_and_the_rest_folded() -> None:
    story, root = hundred_rounds()
    found = rounds(root)
    largest = sorted(story.rounds, key=lambda each: -each.haircut)
    assert [
        f"haircut {words.money(each.haircut)} USD" in prose(at[0])
        for each, at in zip(largest, found, strict=True)
    ]
    assert [each.get("open") is not None for each in found] == [
        number < LIMITS["rounds"] for number in range(100)
    ]
    assert "95 smaller rounds" in prose(root)
    assert len(page(story).encode()) < LIMIT


def test_page__many_lies__three_shown_and_the_rest_folded() -> None:
    story = small()
    story.refusals *= 5
    assert "2 more" in [prose(each[0]) for each in parsed(story).iter("details")]


def test_page__long_list__cut_behind_the_friend() -> None:
    story = small()
    right = tuple(range(100, 150))
    story.refusals = [
        replace(story.refusals[0], friend=119, friend_rank=20, right=right, given=right[:19] + right[20:])
    ]
    lists = [[prose(item) for item in each] for each in parsed(story).iter("ol")]
    assert lists[0] == [*(str(each) for each in range(100, 120)), "and 30 more"]
    assert lists[1] == [*(str(each) for each in (*range(100, 119), 120)), "and 29 more"]


def test_page__refused_without_an_honest_round__does_not_claim_one() -> None:
    story = small()
    story.rounds = []
    assert "The honest list went through" not in prose(parsed(story))


def test_page__failing_story__every_reason_and_no_praise() -> None:
    told = prose(parsed(failing()))
    assert "Everything held" not in told
    assert all(reason in told for reason in failures(failing()))
    assert "NOT the same" in told
    assert "17 (seen in block 120)" in told


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$x^2$ & --> ]]>", '"><b>', "{{ 7 * 7 }}"])
def test_page__hostile_market_name__is_only_text(name: str) -> None:
    story = small()
    story.markets = tuple(Market(each.market_id, f"{name}{each.market_id}") for each in story.markets)
    story.scenario = replace(story.scenario, name=name, source=name)
    root = parsed(story)
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert f"{name}1 long of account" in prose(root)
    assert f"{name}1, USD" in prose(root)


def test_page__hit_without_profit__no_share() -> None:
    story = small()
    story.rounds = [replace(story.rounds[0], hits=(Hit(22, 1, -WAD, 1, WAD, -TOKEN, TOKEN, 0),))]
    assert ["1", "22", "-100.00 %", "1x", "-1.00", "1.00", "no profit", "1", "0"] in rows(parsed(story))


def test_write__new_folder__one_file(tmp_path: Path) -> None:
    path = write(small(), tmp_path / "new" / "folder")
    assert [each.name for each in path.parent.iterdir()] == ["report.html"]
    assert path.read_text(encoding="utf-8") == page(small())
