"""keeper.example.toml: it loads, it names every setting, and what it says of defaults is true."""

import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from keeper.config import (
    AggregatorFeed,
    ChainSettings,
    ContractSettings,
    FileFeed,
    HttpFeed,
    KeeperSettings,
    LimitSettings,
    PriceSettings,
    PythFeed,
    RouterFeed,
    Settings,
    TelemetrySettings,
    load_settings,
)

EXAMPLE = Path(__file__).resolve().parents[3] / "keeper" / "keeper.example.toml"
# `# name = value` is a default, `# Text` is not.
DEFAULT = re.compile(r"^# (?=\w+ = )", re.MULTILINE)
FEEDS: tuple[type[BaseModel], ...] = (HttpFeed, AggregatorFeed, RouterFeed, FileFeed, PythFeed)


class Part(NamedTuple):
    """A table of the example: what it says, and what it would say with the comments taken away."""

    model: type[BaseModel]
    shown: dict[str, Any]
    whole: dict[str, Any]


def parts() -> dict[str, Part]:
    text = EXAMPLE.read_text()
    shown, whole = tomllib.loads(text), tomllib.loads(DEFAULT.sub("", text))
    models: dict[str, type[BaseModel]] = {
        "chain": ChainSettings,
        "contracts": ContractSettings,
        "keeper": KeeperSettings,
        "limits": LimitSettings,
        "telemetry": TelemetrySettings,
    }
    found = {name: Part(model, shown[name], whole[name]) for name, model in models.items()}
    found["prices"] = Part(PriceSettings, shown["prices"][0], whole["prices"][0])
    for number, model in enumerate(FEEDS):
        pair = shown["prices"][number]["feed"], whole["prices"][number]["feed"]
        found[model.__name__] = Part(model, *pair)
    return found


PARTS = parts()


def test_example__loads__with_a_feed_of_every_kind() -> None:
    settings = load_settings(EXAMPLE)
    assert [type(price.feed) for price in settings.prices] == list(FEEDS)
    assert set(PARTS) - {model.__name__ for model in FEEDS} == set(Settings.model_fields)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_example__table__names_every_setting_and_no_other(part: Part) -> None:
    assert set(part.whole) == set(part.model.model_fields)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_example__commented_out__is_the_default(part: Part) -> None:
    defaults = {name: field.default for name, field in part.model.model_fields.items()}
    for name in part.whole.keys() - part.shown.keys():
        assert str(defaults[name]) == str(part.whole[name]), name


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_example__required__is_shown(part: Part) -> None:
    required = {name for name, field in part.model.model_fields.items() if field.is_required()}
    assert required <= set(part.shown)
