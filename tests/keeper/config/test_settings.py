"""Settings: the file, the environment over it, and what is said of mistakes."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from keeper.config import ConfigError, FileFeed, Settings, load_settings, parse_settings
from keeper.types import Limits
from tests.keeper.config.examples import CLEARING_HOUSE, LENS, example, price

TEXT = f"""
[chain]
id = 31337
endpoints = ["ws://127.0.0.1:8545", "/run/node.ipc"]

[contracts]
clearing_house = "{CLEARING_HOUSE.lower()}"
lens = "{LENS}"

[limits]
max_fee_gwei = 1.5
min_profit = 2.5
native_price = 3000
max_priority_gwei = 0.5

[[prices]]
market = 2
lowest = 0.5
highest = 2.0
threshold = 0.0025
feed = {{ kind = "file", path = "bars/eth.csv" }}
"""


def problems(data: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_settings(data)
    return list(caught.value.problems)


def test_load_settings__file__values_and_paths_from_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "keeper.toml"
    file.write_text(TEXT)
    settings = load_settings(file)
    assert settings.chain.endpoints == ("ws://127.0.0.1:8545", "/run/node.ipc")
    assert settings.contracts.clearing_house == CLEARING_HOUSE
    assert settings.keeper.folder == tmp_path / "data"
    assert settings.book_file == tmp_path / "data" / "book.sqlite"
    assert settings.journal_file == tmp_path / "data" / "journal.sqlite"
    feed = settings.prices[0].feed
    assert isinstance(feed, FileFeed)
    assert feed.path == tmp_path / "bars" / "eth.csv"
    assert settings.prices[0].threshold_ppm == 2_500


def test_load_settings__no_file__says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file: copy keeper\.example\.toml there"):
        load_settings(tmp_path / "keeper.toml")


def test_limits__gwei_and_tokens__wei_and_quote_units() -> None:
    settings = parse_settings(TEXT)
    assert settings.limits.max_fee == 1_500_000_000
    assert settings.limits.max_priority == 500_000_000
    limits = settings.strategy_limits(6)
    assert limits == Limits(min_profit=2_500_000, native_price=3_000_000_000)
    assert settings.strategy_limits(18).min_profit == 25 * 10**17


def test_settings__defaults__are_those_of_the_strategy() -> None:
    assert parse_settings(example()).strategy_limits(6) == Limits()


def test_settings__frozen__cannot_be_changed() -> None:
    settings = parse_settings(example())
    with pytest.raises(ValidationError):
        settings.chain.id = 1


def test_settings__environment__comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLIMSOLL_CHAIN__ID", "10")
    monkeypatch.setenv("PLIMSOLL_CHAIN__ENDPOINTS", '["wss://node.example/key"]')
    monkeypatch.setenv("PLIMSOLL_KEEPER__DRY_RUN", "true")
    settings = parse_settings(example())
    assert settings.chain.id == 10
    assert settings.chain.endpoints == ("wss://node.example/key",)
    assert settings.keeper.dry_run
    assert settings.contracts.lens == LENS


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("PLIMSOLL_CHAIN__ID", "ten", "PLIMSOLL_CHAIN__ID = 'ten' is no whole number: "),
        (
            "PLIMSOLL_KEPER__DRY_RUN",
            "true",
            "PLIMSOLL_KEPER__DRY_RUN: there is no [keper]: did you mean keeper?",
        ),
        ("PLIMSOLL_CHAIN__ENDPOINTS", "ws://x", "environment: "),
    ],
)
def test_settings__bad_variable__names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, line: str
) -> None:
    monkeypatch.setenv(variable, value)
    found = problems(example())
    assert len(found) == 1
    assert found[0].startswith(line)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (
            example(chain={"id": "abc"}),
            [
                "[chain] id = 'abc' is no whole number: number of the chain, as eth_chainId answers; "
                "other chains are refused"
            ],
        ),
        (
            example(chain={"endpoints": ["ftp://node"], "maxlag": 2}),
            [
                "[chain] endpoints number 1 = 'ftp://node' is no endpoint: use http(s)://, ws(s)://, "
                "or the path of an .ipc socket",
                "[chain] maxlag is no setting: did you mean max_lag?",
            ],
        ),
        (
            example(chain={"endpoints": []}),
            ["[chain] endpoints = '[]' is empty: nodes in order of preference"],
        ),
        (
            example(contracts={"lens": "0x12"}),
            ["[contracts] lens = '0x12' is no address: 0x and 40 hexadecimal digits"],
        ),
        (example(contracts={"lens": LENS[:-1] + "3"}), [f"[contracts] lens = '{LENS[:-1]}3' has a wrong"]),
        (
            {"chain": example()["chain"]},
            ["[contracts] is missing: addresses; the other contracts are found through them"],
        ),
        (example(kepper={}), ["[kepper] is no setting: did you mean keeper?"]),
        (
            example(limits={"leverage": 4}),
            ["[limits] leverage = 4 is no leverage tier: one of 1, 2, 3, 5, 10, 20, 50, 100"],
        ),
        (
            example(limits={"max_fee_gwei": 1, "max_priority_gwei": 2}),
            ["[limits]: max_priority_gwei is above max_fee_gwei: lower it"],
        ),
        (
            example(telemetry={"port": 70_000}),
            ["[telemetry] port = 70000 must be less than or equal to 65535"],
        ),
        (
            example() | {"prices": [price(lowest=20_000)]},
            ["[[prices]] number 1: lowest is not below highest: swap them"],
        ),
        (example() | {"prices": [price(), price()]}, ["[prices]: market 1 has two feeds: keep one"]),
        (
            example() | {"prices": [price({"kind": "htp"})]},
            ["[[prices]] number 1 feed = {'kind': 'htp'} has no known kind: kind = file,"],
        ),
        (
            example() | {"prices": [price({"kind": "file", "paht": "x"})]},
            [
                "[[prices]] number 1 feed.path is missing: CSV",
                "[[prices]] number 1 feed.paht is no setting: did you mean path?",
            ],
        ),
        (
            example()
            | {"prices": [price({"kind": "http", "url": "http://prices.example", "field": "price"})]},
            ["[[prices]] number 1 feed.url = 'http://prices.example' must begin with https:// "],
        ),
    ],
)
def test_settings__mistakes__one_line_each(data: dict[str, Any], lines: list[str]) -> None:
    found = problems(data)
    assert len(found) == len(lines), found
    for said, expected in zip(found, lines, strict=True):
        assert said.startswith(expected)
        assert "\n" not in said


def test_settings__bad_endpoint__its_key_is_not_shown() -> None:
    found = problems(example(chain={"endpoints": ["htps://node.example/v2/abcdef0123456789"]}))
    assert found == [
        "[chain] endpoints number 1 = 'htps://node.example' is no endpoint: use http(s)://, ws(s)://, "
        "or the path of an .ipc socket"
    ]


def test_settings__no_toml__says_where() -> None:
    with pytest.raises(ConfigError, match=r"not TOML: .*line 2"):
        parse_settings("[chain]\nid = ?\n")


def test_hidden__endpoints__keys_but_no_names() -> None:
    settings = parse_settings(
        example(chain={"endpoints": ["wss://u:sesamesesame@a.example/v2/abcdef012345", "ws://localhost/ws"]})
        | {"prices": [price({"kind": "http", "url": "https://b.example?token=abcdefghijk", "field": "p"})]}
    )
    assert list(settings.hidden()) == ["sesamesesame", "v2/abcdef012345", "token=abcdefghijk"]


def test_price_settings__bounds__are_exact_decimals() -> None:
    settings = parse_settings(example() | {"prices": [price(lowest="0.1", highest="0.3")]})
    assert settings.prices[0].lowest == Decimal("0.1")
    assert isinstance(settings, Settings)
