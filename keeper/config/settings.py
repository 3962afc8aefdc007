"""Reading the settings: the file, then the environment over it."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from keeper.config.errors import ConfigError, explain, unknown_variables
from keeper.config.feeds import AggregatorFeed, FileFeed, HttpFeed, PriceSettings, PythFeed, RouterFeed
from keeper.config.sections import (
    ChainSettings,
    ContractSettings,
    KeeperSettings,
    LimitSettings,
    TelemetrySettings,
)
from keeper.types import Limits

ENV_PREFIX = "PLIMSOLL_"
DEFAULT_FILE = Path("keeper.toml")
# Shorter parts of an endpoint's address are names such as "ws" or "rpc".
SHORTEST_KEY = 12


class Settings(BaseSettings):
    """Everything that is not secret. PLIMSOLL_CHAIN__ID in the environment comes before `id` of `[chain]`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_nested_delimiter="__"
    )

    chain: ChainSettings = Field(description="the chain and its nodes")
    contracts: ContractSettings = Field(description="addresses; the other contracts are found through them")
    keeper: KeeperSettings = Field(default_factory=KeeperSettings, description="the daemon")
    limits: LimitSettings = Field(default_factory=LimitSettings, description="what it may spend")
    telemetry: TelemetrySettings = Field(
        default_factory=TelemetrySettings, description="logs, metrics, health"
    )
    prices: tuple[PriceSettings, ...] = Field(default=(), description="prices it publishes")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @field_validator("prices")
    @classmethod
    def _one_feed_each(cls, prices: tuple[PriceSettings, ...]) -> tuple[PriceSettings, ...]:
        markets = [price.market for price in prices]
        twice = sorted({market for market in markets if markets.count(market) > 1})
        if twice:
            raise ValueError(f"market {twice[0]} has two feeds: keep one")
        return prices

    def hidden(self) -> Iterator[str]:
        """Parts of endpoints that may hold a provider's key: not for logs."""
        others = [p.feed.endpoints for p in self.prices if isinstance(p.feed, AggregatorFeed | RouterFeed)]
        urls = [url for endpoints in (self.chain.endpoints, *others) for url in endpoints]
        urls += [price.feed.url for price in self.prices if isinstance(price.feed, HttpFeed | PythFeed)]
        for url in urls:
            parts = urlsplit(url)
            if parts.hostname:
                found = (parts.password or "", parts.path.strip("/"), parts.query)
                yield from (text for text in found if len(text) >= SHORTEST_KEY)

    @property
    def book_file(self) -> Path:
        return self.keeper.folder / "book.sqlite"

    @property
    def journal_file(self) -> Path:
        return self.keeper.folder / "journal.sqlite"

    @property
    def rounds_file(self) -> Path:
        return self.keeper.folder / "rounds.sqlite"

    def strategy_limits(self, decimals: int) -> Limits:
        """The limits in the strategy's units, for a collateral of so many decimals."""
        own, unit = self.limits, 10**decimals
        return Limits(
            gas_per_cycle=own.gas_per_cycle,
            gas_per_tx=own.gas_per_tx,
            max_list=own.max_list,
            min_profit=int(own.min_profit * unit),
            always_liquidate=own.always_liquidate,
            native_price=int(own.native_price * unit),
            leverage=own.leverage,
            accrue_after=own.accrue_after,
            max_actions=own.max_actions,
        )


def load_settings(path: Path) -> Settings:
    """From a file; relative paths in it start at its folder."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: no such file: copy keeper.example.toml there, or use --config"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from None
    return parse_settings(text, path.resolve().parent)


def parse_settings(source: str | Mapping[str, Any], base: Path | None = None) -> Settings:
    """From TOML text or what it would say, the environment coming first."""
    try:
        data = tomllib.loads(source) if isinstance(source, str) else dict(source)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"not TOML: {error}"]) from None
    unknown = unknown_variables(os.environ, ENV_PREFIX, Settings)
    try:
        settings = Settings(**data)
    except ValidationError as error:
        raise ConfigError([*explain(error, Settings, os.environ, ENV_PREFIX), *unknown]) from None
    except SettingsError as error:
        raise ConfigError([f"environment: {error}: tables and lists are written as JSON"]) from None
    if unknown:
        raise ConfigError(unknown)
    return _anchored(settings, base or Path.cwd())


def _anchored(settings: Settings, base: Path) -> Settings:
    keeper = settings.keeper.model_copy(update={"folder": base / settings.keeper.folder.expanduser()})
    prices = tuple(
        price.model_copy(
            update={"feed": price.feed.model_copy(update={"path": base / price.feed.path.expanduser()})}
        )
        if isinstance(price.feed, FileFeed)
        else price
        for price in settings.prices
    )
    return settings.model_copy(update={"keeper": keeper, "prices": prices})
