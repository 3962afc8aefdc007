"""Whole histories on a chain: what happens, what is refused, and that it is the same every time."""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from keeper.types import Flag
from scripts.demo.story import Liquidation
from scripts.replay.chain import Mined
from scripts.replay.history import History
from scripts.replay.keeping import Done
from scripts.replay.output import FILES, write
from scripts.replay.reading import read_history
from scripts.replay.run import Filled, Outcome, replay
from tests.replay.inputs import EXAMPLE
from tests.replay.inputs import write as put

TOKEN = 10**6
POSITIONS = "account,market,size,entry_price,leverage\n"
PRICES = "time,market,price\n"
# The example's fills as what they came to.
SNAPSHOT = POSITIONS + (
    "ana,ETH,10,4045,20\nben,ETH,-2,4100,10\ncarl,ETH,-5,4050,10\ndora,ETH,-2,4000,40\n"
    "emil,ETH,-6,3991.666666666666666666,5\nfay,ETH,5,3990,2\n"
)


@cache
def example() -> tuple[History, Outcome]:
    history = read_history(EXAMPLE, {})
    return history, replay(history)


def replayed(folder: Path, files: Mapping[str, str]) -> Outcome:
    return replay(read_history(put(folder, files), {}))


def rows(history: History, out: Outcome, folder: Path) -> list[dict[str, str]]:
    """Of rounds.csv, without their blocks."""
    write(history, out, folder)
    with (folder / "rounds.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    return [{name: text for name, text in row.items() if name != "block"} for row in found]


def held(out: Outcome, account: str, market: str = "ETH") -> int:
    """Signed size at the end."""
    leg = out.after[out.names.accounts[account]].legs.get(out.names.markets[market])
    return leg.size if leg else 0


def check_money(out: Outcome, insurance: int) -> None:
    """Nothing comes in and nothing gets lost: values are floored, a unit a position."""
    before = sum(each.sure_equity for each in out.before.values()) + insurance
    after = sum(each.sure_equity for each in out.after.values()) + out.insurance_left
    assert abs(after - before) <= sum(len(each.legs) for each in (*out.before.values(), *out.after.values()))


def test_replay__the_example__is_liquidated_insured_and_deleveraged() -> None:
    _, out = example()
    [liquidation] = out.all(Liquidation)
    assert (out.names.account(liquidation.account_id), liquidation.was_bankrupt) == ("ana", False)
    [seen] = out.rounds
    made = seen.receipt.round
    assert (made.shortfall, made.insurance_paid, made.haircut) == (152_095_122, 40 * TOKEN, 112_095_122)
    assert [out.names.account(hit.counterparty) for hit in seen.hits] == ["dora", "ben", "carl"]
    assert seen.agrees
    assert {out.names.account(each) for each in out.bankrupt} == {"ana"}
    assert (held(out, "ana"), held(out, "fay")) == (0, 5 * 10**18)
    check_money(out, 40 * TOKEN)


def test_replay__a_fill_without_margin__is_refused_for_its_reason() -> None:
    _, out = example()
    refused = [fill for fill in out.all(Filled) if fill.reason]
    assert [(fill.trade.buyer, fill.reason) for fill in refused] == [("gus", "margin: insufficient")]
    assert held(out, "gus") == 0
    # At the recorded second, and the refused one does not keep the others from it.
    assert [fill.time for fill in out.all(Filled)] == [fill.trade.time for fill in out.all(Filled)]


def test_replay__twice__leaves_the_same_bytes(tmp_path: Path) -> None:
    history, out = example()
    write(history, out, tmp_path / "one")
    again = read_history(EXAMPLE, {})
    write(again, replay(again), tmp_path / "two")
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_replay__what_the_fills_came_to_as_a_snapshot__has_the_same_rounds(tmp_path: Path) -> None:
    files = {path.name: path.read_text() for path in EXAMPLE.iterdir() if path.name != "fills.csv"}
    history = read_history(put(tmp_path / "in", files | {"positions.csv": SNAPSHOT}), {})
    out = replay(history)
    assert out.refused == []
    assert rows(history, out, tmp_path / "a") == rows(*example(), tmp_path / "b")
    # Longs and shorts are as large as one another: nothing is left to the rest of the venue.
    assert out.after[out.names.desks["ETH"]].legs == {}


def test_replay__the_queues_column__is_the_sum_of_the_receipts() -> None:
    _, out = example()
    score = out.scores[0]
    hits = [hit for seen in out.rounds for hit in seen.hits]
    assert score.policy == "queue"
    assert score.haircut == sum(hit.haircut for hit in hits) == 112_095_122
    assert score.closings == len(hits)
    assert score.fully_closed == sum(hit.left == 0 for hit in hits) == 2
    assert [share.equity_after for share in out.rounds[0].shares] == [
        hit.cash if hit.left == 0 else hit.cash + hit.left * 3_765 // 10**12 for hit in out.rounds[0].hits
    ]


def test_replay__events__tell_all_that_happened_in_exact_text(tmp_path: Path) -> None:
    history, out = example()
    summary = write(history, out, tmp_path)
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    names = [event["event"] for event in events]
    assert names == ["fill"] * 5 + ["fill refused", "liquidation", "round"]
    assert (events[5]["where"], events[5]["reason"]) == ("fills.csv:7", "margin: insufficient")
    told = events[-1]
    assert (told["mark"], told["haircut"], told["agrees"]) == ("3765", "112.095122", True)
    assert [(hit["account"], hit["rank"]) for hit in told["hits"]] == [("dora", 1), ("ben", 2), ("carl", 3)]
    assert sum(int(hit["haircut"].replace(".", "")) for hit in told["hits"]) == 112_095_122
    with (tmp_path / "accounts.csv").open(newline="") as file:
        accounts = {row["account"]: row for row in csv.DictReader(file)}
    assert (accounts["ana"]["worth_after"], accounts["ana"]["was_bankrupt"]) == ("0", "true")
    assert (accounts["dora"]["hit"], accounts["dora"]["closed"]) == ("1", "1")
    assert (accounts["(keeper)"]["worth_before"], accounts["gus"]["positions_after"]) == ("3000", "0")


def test_events__a_transaction_of_the_keeper_was_refused__is_told_with_its_reason(tmp_path: Path) -> None:
    history, out = example()
    refused = Done(9, 1_700_000_000, Flag(1), True, Mined("0x01", "flag: not due"))
    summary = write(history, replace(out, happened=[refused]), tmp_path)
    assert json.loads((tmp_path / "events.jsonl").read_text()) == {
        "event": "keeper refused",
        "block": 9,
        "time": 1_700_000_000,
        "what": "flag",
        "account": "ana",
        "market": "",
        "reason": "flag: not due",
    }
    assert summary["refused"]["keeper_reasons"] == {"flag: not due": 1}


def test_events__a_round_that_the_rule_does_not_make__is_told_with_what_differs(tmp_path: Path) -> None:
    history, out = example()
    [seen] = out.rounds
    assert seen.differences == ()
    other = replace(seen, shares=seen.shares[1:])
    assert not other.agrees
    assert write(history, replace(out, happened=[other]), tmp_path)["verified_rounds"] == 0
    [told] = map(json.loads, (tmp_path / "events.jsonl").read_text().splitlines())
    assert told["agrees"] is False
    assert told["differences"][0].startswith("hit [(4, 2000000000000000000, ")
    assert [hit["profit"] for hit in told["hits"]][:2] == ["", "670"]


def test_replay__a_snapshot_of_one_side__is_held_by_the_rest_of_the_venue(tmp_path: Path) -> None:
    """Which is ranked and hit as anybody is."""
    out = replayed(
        tmp_path,
        {
            "accounts.csv": "account,deposit\nana,300\npoor,1\n",
            "positions.csv": POSITIONS + "ana,ETH,1,4000,20\npoor,ETH,1,4000,20\n",
            "prices.csv": PRICES + "1700000000,ETH,4000\n1700000060,ETH,3600\n",
        },
    )
    assert [(each.holding.account, each.reason) for each in out.refused] == [("poor", "margin: insufficient")]
    [seen] = out.rounds
    assert [out.names.account(hit.counterparty) for hit in seen.hits] == ["(rest of ETH)"]
    assert seen.receipt.round.haircut == 100 * TOKEN


def test_replay__a_snapshot_out_by_dust__is_opened_to_the_last_position(tmp_path: Path) -> None:
    out = replayed(
        tmp_path,
        {
            "accounts.csv": "account,deposit\nana,1000\nben,1000\n",
            "positions.csv": POSITIONS + "ana,ETH,1,4000,20\nben,ETH,-1.000000000000003,4400,20\n",
            "prices.csv": PRICES + "1700000000,ETH,4000\n",
        },
    )
    assert out.refused == []
    assert (held(out, "ana"), held(out, "ben")) == (10**18, -(10**18))
    assert out.before[out.names.accounts["ben"]].sure_equity == 1_400 * TOKEN


def test_replay__a_price_that_jumps_by_more_than_half__is_believed_a_second_later(tmp_path: Path) -> None:
    out = replayed(
        tmp_path,
        {
            "accounts.csv": "account,deposit\nana,5000\nben,5000\n",
            "fills.csv": "time,market,buyer,seller,size,price,buyer_leverage,seller_leverage\n"
            "1700000000,ETH,ana,ben,1,4000,2,2\n1700000060,ETH,ana,ben,1,1000,2,2\n",
            "prices.csv": PRICES + "1700000000,ETH,4000\n1700000060,ETH,1000\n1700000120,ETH,1600\n",
        },
    )
    assert [fill.reason for fill in out.all(Filled)] == ["", ""]
    assert out.all(Filled)[1].time == 1_700_000_062
    assert out.after[out.names.accounts["ana"]].legs[1].price == 1_600 * 10**18


def test_replay__no_keepers_account__closes_the_bankrupt_and_nobody_else(tmp_path: Path) -> None:
    files = {path.name: path.read_text() for path in EXAMPLE.iterdir()}
    out = replayed(tmp_path, files | {"venue.json": '{"keeper_deposit": 0}'})
    assert out.names.keeper == 0
    assert out.all(Liquidation) == []
    assert out.rounds
    assert all(seen.receipt.round.insurance == 0 and seen.agrees for seen in out.rounds)
    check_money(out, 0)


def test_replay__prices_every_second__are_played_as_late_as_the_keepers_blocks_take(tmp_path: Path) -> None:
    files = {path.name: path.read_text() for path in EXAMPLE.iterdir()}
    lines = files["prices.csv"].splitlines()
    crash = [f"2024-03-01T00:03:0{number},ETH,{3_850 - 15 * number}" for number in range(10)]
    out = replayed(tmp_path, files | {"prices.csv": "\n".join([*lines[:4], *crash])})
    assert 0 < out.late < 60
    assert out.unfinished == 0
    assert out.rounds
    assert all(seen.agrees for seen in out.rounds)


def test_replay__a_keeper_short_of_margin__leaves_what_it_cannot_carry(tmp_path: Path) -> None:
    files = {path.name: path.read_text() for path in EXAMPLE.iterdir()}
    out = replayed(tmp_path, files | {"venue.json": '{"insurance": 1000, "keeper_deposit": 30}'})
    setbacks: list[Any] = out.all(Done)
    assert setbacks == []
    assert out.unfinished == 0
    keeper = out.after[out.names.keeper]
    # At the end of its margin, when the price was 0.3 % lower.
    assert abs(keeper.initial - keeper.sure_equity) < TOKEN
    assert out.after[out.names.accounts["ana"]].is_liquidatable
    check_money(out, 1_000 * TOKEN)


def test_replay__more_fills_of_a_second_than_a_block_takes__finds_everybodys_place(tmp_path: Path) -> None:
    """Each new long stands behind all the others of its tier; without their places known 128 could be
    opened."""
    count = 140
    fills = "time,market,buyer,seller,size,price,buyer_leverage,seller_leverage\n"
    out = replayed(
        tmp_path,
        {
            "accounts.csv": "account,deposit\nben,1000000\n" + "".join(f"{i},1000\n" for i in range(count)),
            "fills.csv": fills
            + "".join(f"1700000000,ETH,{i},ben,1,{4_000 + i},10,1\n" for i in range(count)),
            "prices.csv": PRICES + "1700000000,ETH,4000\n",
        },
    )
    assert [fill.reason for fill in out.all(Filled)] == [""] * count
    assert out.all(Filled)[-1].time == 1_700_000_002


@pytest.mark.parametrize("insurance", [0, 200])
def test_replay__more_or_less_insurance__moves_the_haircut_and_nothing_else(
    tmp_path: Path, insurance: int
) -> None:
    files = {path.name: path.read_text() for path in EXAMPLE.iterdir()}
    terms = json.dumps({"insurance": insurance, "keeper_deposit": 10_000})
    out = replayed(tmp_path, files | {"venue.json": terms})
    if insurance:
        assert out.rounds == []
        assert out.all(Liquidation)[-1].insurance_paid == 96_565_541
    else:
        [seen] = out.rounds
        assert seen.receipt.round.haircut + seen.receipt.round.insurance_paid == 96_565_541
    check_money(out, insurance * TOKEN)
