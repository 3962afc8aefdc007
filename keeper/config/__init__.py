"""What the operator decides: one frozen object from a TOML file and the environment; secrets apart."""

from keeper.config.errors import ConfigError
from keeper.config.feeds import (
    AggregatorFeed,
    FeedSettings,
    FileFeed,
    HttpFeed,
    PriceSettings,
    PythFeed,
    RouterFeed,
)
from keeper.config.fields import safe_url
from keeper.config.secrets import Secrets, load_secrets
from keeper.config.sections import (
    ChainSettings,
    ContractSettings,
    KeeperSettings,
    LimitSettings,
    TelemetrySettings,
)
from keeper.config.settings import DEFAULT_FILE, ENV_PREFIX, Settings, load_settings, parse_settings

__all__ = [
    "DEFAULT_FILE",
    "ENV_PREFIX",
    "AggregatorFeed",
    "ChainSettings",
    "ConfigError",
    "ContractSettings",
    "FeedSettings",
    "FileFeed",
    "HttpFeed",
    "KeeperSettings",
    "LimitSettings",
    "PriceSettings",
    "PythFeed",
    "RouterFeed",
    "Secrets",
    "Settings",
    "TelemetrySettings",
    "load_secrets",
    "load_settings",
    "parse_settings",
    "safe_url",
]
