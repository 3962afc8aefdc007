"""Where a market's price comes from: kinds of feeds in the parameters, and the contracts they need."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from eth_utils import is_hex
from pydantic import AfterValidator, Field, model_validator

from scripts.deployment.fields import ZERO, Address, Amount, Strict, wad

# Seconds.
DAY = 86_400


def _price_id(text: str) -> str:
    digits = text.lower().removeprefix("0x")
    if len(digits) != 64 or not is_hex(digits):
        raise ValueError("is no id of a Pyth feed: 0x and 64 hex digits")
    return f"0x{digits}"


class SignedFeed(Strict):
    """Prices signed by the reporters in `signers`."""

    kind: Literal["signed"] = "signed"


class ChainlinkFeed(Strict):
    """An AggregatorV3: usable for `heartbeat` seconds after an answer."""

    kind: Literal["chainlink"]
    address: Address
    heartbeat: int = Field(ge=1, le=2 * DAY)


class PythFeed(Strict):
    """A feed of Pyth: usable while its confidence is at most that part of its price."""

    kind: Literal["pyth"]
    price_id: Annotated[str, AfterValidator(_price_id)]
    max_confidence: Amount = Field(gt=0, le=Decimal("0.05"))


Feed = Annotated[SignedFeed | ChainlinkFeed | PythFeed, Field(discriminator="kind")]


class Chainlink(Strict):
    """What all feeds of Chainlink share: a rollup's sequencer feed, and seconds of doubt after its return."""

    sequencer: Address | None = None
    grace: int = Field(default=0, ge=0, le=DAY)

    @model_validator(mode="after")
    def _grace(self) -> "Chainlink":
        if (self.sequencer is None) != (self.grace == 0):
            raise ValueError("sequencer and grace (1 to 86,400) go together")
        return self


class Pyth(Strict):
    """Pyth's contract on the network."""

    address: Address


# Contract that takes a kind of feed; the first has views that all of them have.
CONTRACTS = {"signed": "SignedSource", "chainlink": "ChainlinkSource", "pyth": "PythSource"}


def chainlink_arguments(feeds: Mapping[int, ChainlinkFeed], shared: Chainlink) -> list[Any]:
    """Of ChainlinkSource's constructor; `feeds` by market id."""
    named = [[market_id, feed.address, feed.heartbeat] for market_id, feed in feeds.items()]
    return [named, shared.sequencer or ZERO, shared.grace]


def pyth_feeds(feeds: Mapping[int, PythFeed]) -> list[list[Any]]:
    """The last argument of PythSource's constructor; `feeds` by market id."""
    return [[market_id, feed.price_id, wad(feed.max_confidence)] for market_id, feed in feeds.items()]
