"""Prices that the keeper publishes: where they come from and when they go out."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from keeper.arithmetic import PPM
from keeper.config.fields import Address, Endpoints, MarketId, PriceId, Seconds, Section, TrustedUrl


class FileFeed(Section):
    """A replay of recorded bars, for local chains and testnets."""

    kind: Literal["file"]
    path: Path = Field(
        description="CSV with a header: timestamp,open,high,low,close; from this file's folder"
    )
    starts_at: int = Field(
        default=0, ge=0, description="Unix time at which the first bar is replayed; 0: at the start"
    )


class HttpFeed(Section):
    kind: Literal["http"]
    url: TrustedUrl = Field(description="address that answers JSON; https, or http on this machine")
    field: str = Field(min_length=1, description="where the price is in the answer, e.g. data.0.price")
    time_field: str = Field(
        default="", description="where its time is, Unix seconds or milliseconds; empty: now"
    )
    timeout: Seconds = Field(default=3.0, description="seconds until the endpoint has failed")
    max_age: Seconds = Field(
        default=30.0, description="seconds after which the endpoint's price is not signed any more"
    )


class PythFeed(Section):
    """Not signed but handed on: updates of Pyth to the market's PythSource."""

    kind: Literal["pyth"]
    url: TrustedUrl = Field(
        description="address that answers as Hermes does, without /v2; https, or http on this machine"
    )
    price_id: PriceId = Field(
        description="id of the feed, 0x and 64 hexadecimal digits, as the market's PythSource has it"
    )
    timeout: Seconds = Field(default=3.0, description="seconds until the endpoint has failed")
    max_age: Seconds = Field(
        default=30.0, description="seconds after which the endpoint's price is not pushed any more"
    )


class _OtherChain(Section):
    endpoints: Endpoints = Field(description="nodes of the other chain")
    chain_id: int = Field(ge=1, description="number of the other chain")
    address: Address = Field(description="contract on the other chain")
    timeout: Seconds = Field(default=5.0, description="seconds until a node has failed")
    max_age: Seconds = Field(description="seconds after which the other chain's price is not signed any more")


class AggregatorFeed(_OtherChain):
    """An AggregatorV3 of another chain: latestRoundData."""

    kind: Literal["aggregator"]


class RouterFeed(_OtherChain):
    """The OracleRouter of another Plimsoll."""

    kind: Literal["router"]
    market: MarketId = Field(description="market of the other Plimsoll")


FeedSettings = Annotated[
    FileFeed | HttpFeed | AggregatorFeed | RouterFeed | PythFeed, Field(discriminator="kind")
]


class PriceSettings(Section):
    market: MarketId = Field(description="market whose price is published")
    feed: FeedSettings = Field(
        description="kind = file, http, aggregator, router or pyth, and what that needs"
    )
    threshold: Decimal = Field(
        default=Decimal("0.001"),
        gt=0,
        lt=1,
        description="move that is published at once, as a part: 0.001 is 0.1 %",
    )
    heartbeat: Seconds = Field(default=60.0, description="seconds after which it is published even unchanged")
    min_interval: Seconds = Field(default=2.0, description="seconds between two reports at least")
    lowest: Decimal = Field(gt=0, description="a price below this is refused as nonsense")
    highest: Decimal = Field(gt=0, description="a price above this is refused as nonsense")

    @model_validator(mode="after")
    def _is_consistent(self) -> "PriceSettings":
        if self.lowest >= self.highest:
            raise ValueError("lowest is not below highest: swap them")
        if self.min_interval > self.heartbeat:
            raise ValueError("min_interval is above heartbeat: lower it")
        return self

    @property
    def threshold_ppm(self) -> int:
        return int(self.threshold * PPM)
