"""The settings in keeper/README.md are those there are, with their defaults and descriptions."""

from collections.abc import Iterator
from pathlib import Path

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
    TelemetrySettings,
)

README = (Path(__file__).resolve().parents[3] / "keeper" / "README.md").read_text()
MODELS: dict[str, type[BaseModel]] = {
    "[chain]": ChainSettings,
    "[contracts]": ContractSettings,
    "[keeper]": KeeperSettings,
    "[limits]": LimitSettings,
    "[telemetry]": TelemetrySettings,
    "[[prices]]": PriceSettings,
    "feed, http": HttpFeed,
    "feed, aggregator": AggregatorFeed,
    "feed, router": RouterFeed,
    "feed, file": FileFeed,
    "feed, pyth": PythFeed,
}


def shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, int):
        return f"{default:,}"
    return str(default).removesuffix(".0")


def rows(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name != "kind":
            default = "required" if field.is_required() else f"{shown(field.default)}"
            yield f"| `{name}` | {default or 'empty'} | {field.description} |"


@pytest.mark.parametrize("name", MODELS)
def test_readme__table_of_settings__complete_and_true(name: str) -> None:
    _, found, rest = README.partition(f"**{name}**")
    assert found
    table = [line for line in rest.split("**")[0].splitlines() if line.startswith("| `")]
    assert table == list(rows(MODELS[name]))
