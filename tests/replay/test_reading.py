"""A history is read whole, or every mistake of it is said."""

from decimal import Decimal
from pathlib import Path

import pytest

from scripts.replay.history import History
from scripts.replay.mistakes import BadInput
from scripts.replay.reading import read_history
from tests.replay.inputs import EXAMPLE, GOOD, write

WAD = 10**18
TOKEN = 10**6
POSITIONS = "account,market,size,entry_price,leverage\n"


def read(folder: Path, **files: str) -> History:
    """The good history with other files, by table."""
    return read_history(write(folder, GOOD | {f"{name}.csv": text for name, text in files.items()}), {})


def problems(folder: Path, files: dict[str, str]) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_history(write(folder, GOOD | files), {})
    return [each.removeprefix(f"{folder}/") for each in caught.value.problems]


def test_read_history__accounts_fills_prices__is_in_the_contracts_units(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.deposits == {"ana": 1_000 * TOKEN, "ben": 1_000 * TOKEN}
    assert found.prices == {1_700_000_000: {"ETH": 4_000 * WAD}, 1_700_000_060: {"ETH": 39_005 * WAD // 10}}
    [trade] = found.trades
    assert (trade.buyer, trade.seller, trade.size, trade.price) == ("ana", "ben", 15 * WAD // 10, 4_000 * WAD)
    assert (trade.buyer_leverage, trade.seller_leverage) == (20, 10)
    assert (trade.place.file, trade.place.line) == ("fills.csv", 2)


def test_read_history__nothing_said_of_the_venue__has_defaults_that_add_nothing(tmp_path: Path) -> None:
    found = read(tmp_path)
    market = found.markets["ETH"]
    assert market.maker_fee == market.taker_fee == market.funding_cap == 0
    assert market.max_leverage == 100
    assert found.terms.insurance == found.terms.global_bucket == 0
    assert found.terms.keeper_deposit == 2_000 * TOKEN


def test_read_history__terms__are_taken(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        markets="market,max_leverage,maintenance_rate,bucket\nETH,20,0.01,7\n",
        venue="insurance,keeper_deposit,leverage\n50,0,below\n",
        positions=POSITIONS + "ana,ETH,-2,4100,7.5\n",
    )
    assert found.markets["ETH"].max_leverage == 20
    assert found.markets["ETH"].maintenance_rate == Decimal("0.01")
    assert found.buckets == {"ETH": 7 * TOKEN}
    assert (found.terms.insurance, found.terms.global_bucket) == (50 * TOKEN, 50 * TOKEN)
    assert found.terms.keeper_deposit == 0
    [holding] = found.holdings
    assert (holding.size, holding.entry_price, holding.leverage) == (-2 * WAD, 4_100 * WAD, 5)
    assert found.mapped.leverages == {("7.5", 5): 1}


def test_read_history__two_prices_of_a_second__takes_the_later_and_counts(tmp_path: Path) -> None:
    found = read(tmp_path, prices="time,market,price\n1700000000.1,ETH,1\n1700000000.9,ETH,2\n")
    assert found.prices == {1_700_000_000: {"ETH": 2 * WAD}}
    assert found.mapped.replaced == 1


def test_read_history__rows_out_of_order__are_sorted_by_time(tmp_path: Path) -> None:
    lines = GOOD["prices.csv"].splitlines()
    found = read(tmp_path, prices="\n".join([lines[0], *reversed(lines[1:])]))
    assert list(found.prices) == found.times == [1_700_000_000, 1_700_000_060]


def test_read_history__json_instead_of_csv__is_the_same_history(tmp_path: Path) -> None:
    by_csv = read(tmp_path / "csv")
    files = GOOD | {
        "accounts.csv": "",
        "accounts.json": '[{"account": "ana", "deposit": 1000}, {"account": "ben", "deposit": 1e3}]',
    }
    assert read_history(write(tmp_path / "json", files), {}) == by_csv


def test_read_history__files_named_one_by_one__replace_those_of_the_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "all", GOOD)
    other = write(tmp_path / "other", {"x.csv": "account,deposit\nana,1\nben,2\n"}) / "x.csv"
    assert read_history(folder, {"accounts": other}).deposits == {"ana": TOKEN, "ben": 2 * TOKEN}
    files = {name: folder / f"{name}.csv" for name in ("accounts", "prices", "fills")}
    assert read_history(None, files) == read_history(folder, {})


def test_read_history__mistakes_in_every_file__are_all_said_with_their_lines(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {
            "accounts.csv": "account,deposit\nana,1000\nben,-5\nana,7\n,3\n",
            "prices.csv": "time,market,price\n1700000000,ETH,4000\nnever,ETH,0\n",
            "fills.csv": GOOD["fills.csv"]
            + "1600000000,ETH,ana,cem,-1,4000,20,0\n1700000000,BTC,ana,ben,x,4000,20,10\n",
            "positions.csv": POSITIONS + "ana,ETH,0,4100,10\nben,ETH,1,4000,5\nben,ETH,1,4000,5\n",
            "markets.csv": "market,maintenance_rate,price_bond\nETH,0.005,\n",
            "venue.json": '{"insurance": "much", "leverage": "up"}',
        },
    )
    assert found == [
        "accounts.csv:5: no account",
        "markets.csv:2: unknown price_bond",
        "venue.json:1: leverage: 'up' is neither above nor below",
        "accounts.csv:3: deposit: -5 is negative",
        "accounts.csv:4: account ana is there twice",
        "prices.csv:3: time: 'never' is no time: Unix seconds or ISO 8601",
        "prices.csv:3: price: 0 is no price that the contracts take",
        "positions.csv:2: size: 0 is no size: 0, or less than the contracts keep",
        "positions.csv:4: account ben has a position in ETH already",
        "fills.csv:3: seller: cem is not among the accounts",
        "fills.csv:3: seller_leverage: 0 is no leverage",
        "fills.csv:3: size: -1 is negative: swap the sides",
        "fills.csv:3: time: 1600000000 is before the first price of ETH",
        "fills.csv:4: market: BTC is not among the prices",
        "fills.csv:4: size: 'x' is no number",
        "venue.json:1: insurance: 'much' is no number",
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "ETH,maintenance_rate,0.02",
            "liquidation_target * maintenance_rate * max_leverage must be at most 1",
        ),
        ("ETH,maintenance_rate,0.0000001", "maintenance_rate: 0.0000001 is no multiple of 0.000001"),
        ("ETH,max_leverage,125", "max_leverage: Input should be 1, 2, 3, 5, 10, 20, 50 or 100"),
        ("ETH,min_notional,0.001", "min_notional: 0.001 is no multiple of 0.01"),
        ("ETH,price_band,wide", "price_band: 'wide' is no number"),
        ("BTC,price_band,0.1", "market BTC has no price"),
    ],
)
def test_read_history__terms_that_the_contracts_refuse__are_said(tmp_path: Path, row: str, said: str) -> None:
    market, column, value = row.split(",")
    table = f"market,{column}\n{market},{value}\n"
    assert problems(tmp_path, {"markets.csv": table}) == [f"markets.csv:2: {said}"]


def test_read_history__a_broken_file__is_one_mistake_and_not_one_of_every_row_beside_it(
    tmp_path: Path,
) -> None:
    assert problems(tmp_path, {"accounts.csv": "", "accounts.json": "[", "fills.csv": GOOD["fills.csv"]}) == [
        "accounts.json:1: no JSON: Expecting value"
    ]
    found = problems(tmp_path / "b", {"prices.csv": "time,market\n1700000000,ETH\n"})
    assert found == ["prices.csv:2: no price"]


def test_read_history__no_accounts_and_no_prices__are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_history(write(tmp_path, {"fills.csv": GOOD["fills.csv"]}), {})
    assert caught.value.problems[:2] == [
        f"{tmp_path}: there is no accounts.csv or accounts.json",
        f"{tmp_path}: there is no prices.csv or prices.json",
    ]


def test_read_history__neither_positions_nor_fills__is_nothing_to_replay(tmp_path: Path) -> None:
    found = problems(tmp_path, {"fills.csv": GOOD["fills.csv"].splitlines()[0]})
    assert found == ["fills.csv: there is nothing in it"]
    (tmp_path / "fills.csv").unlink()
    with pytest.raises(BadInput, match="there is no fills or positions"):
        read_history(tmp_path, {})


def test_read_history__more_positions_than_an_account_may_have__is_a_mistake(tmp_path: Path) -> None:
    names = [f"M{number}" for number in range(9)]
    prices = "time,market,price\n" + "".join(f"1700000000,{name},5\n" for name in names)
    held = POSITIONS + "".join(f"ana,{name},1,5,2\n" for name in names)
    assert problems(tmp_path, {"prices.csv": prices, "positions.csv": held, "fills.csv": ""})[-1:] == [
        "positions.csv:10: account ana has more than 8 positions"
    ]


def test_read_history__the_example__is_read() -> None:
    found = read_history(EXAMPLE, {})
    assert len(found.trades) == 6
    assert found.mapped.leverages == {("40", 50): 1}
