"""`scripts/params/<network>.yaml`: what is deployed and how it is configured.

Rates are parts of one ("0.005" is 0.5 %), money is whole tokens, sizes are base units, times are seconds.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from scripts.deployment.errors import Stop
from scripts.deployment.feeds import Chainlink, ChainlinkFeed, Feed, Pyth, PythFeed, SignedFeed
from scripts.deployment.fields import DEPLOYER, ZERO, Account, Amount, Strict, units, wad


class Source(Strict):
    """Where a market's price comes from, and the rules under which OracleRouter takes it."""

    feed: Feed = SignedFeed()
    # Releases a price that jumped, at once.
    second: Feed | None = None
    max_age: int = Field(ge=1, le=172_800)
    max_move: Amount = Field(gt=0, le=Decimal("0.5"))
    confirm: int = Field(ge=1, le=300)
    stale_move: Amount = Field(ge=Decimal("0.1"), le=1)
    update_threshold: Amount = Field(gt=0)

    @model_validator(mode="after")
    def _second(self) -> "Source":
        if self.second is not None and self.second.kind == self.feed.kind:
            raise ValueError("feed and second must be of different kinds")
        return self

    def words(self, sources: Mapping[str, str]) -> tuple[Any, ...]:
        """The contract's SourceConfig. `sources`: addresses by kind of feed."""
        second = sources[self.second.kind] if self.second is not None else ZERO
        # Nobody pushes what Chainlink says.
        polled = self.feed.kind == "chainlink"
        rates = (wad(self.stale_move), wad(self.update_threshold))
        rules = (self.max_age, wad(self.max_move), self.confirm, *rates)
        return (sources[self.feed.kind], second, polled, *rules)


class Market(Strict):
    """One market; its place in the list is its id."""

    name: str
    # Whole tokens the vault may pay for this market in a day.
    bucket: Amount
    # Reported at listing if a signer's key is in the environment; whole tokens per base.
    first_price: Amount | None = None
    source: Source
    max_leverage: Annotated[Literal[1, 2, 3, 5, 10, 20, 50, 100], BeforeValidator(int)]
    maintenance_rate: Amount = Field(gt=0)
    maker_fee: Amount
    taker_fee: Amount
    price_band: Amount = Field(gt=0, lt=1)
    open_interest_cap: Amount = Field(gt=0)
    open_interest_lower: Amount
    open_interest_upper: Amount
    min_notional: Amount = Field(gt=0)
    funding_cap: Amount
    funding_depth: Amount = Field(gt=0)
    funding_tau: int = Field(ge=3_600, le=918_000, multiple_of=3_600)
    liquidation_target: Amount = Field(ge=1)
    liquidation_penalty: Amount
    liquidator_reward: Amount

    @model_validator(mode="after")
    def _bounds(self) -> "Market":
        """The hard bounds of modules/market_bounds.vy that need no price."""
        rules = (
            (
                self.liquidation_target * self.maintenance_rate * self.max_leverage <= 1,
                "liquidation_target * maintenance_rate * max_leverage must be at most 1",
            ),
            (
                2 * self.liquidation_penalty <= self.maintenance_rate,
                "liquidation_penalty is above maintenance_rate / 2",
            ),
            (
                self.liquidator_reward <= self.liquidation_penalty,
                "liquidator_reward is above liquidation_penalty",
            ),
            (
                2 * max(self.maker_fee, self.taker_fee) <= self.maintenance_rate,
                "a fee is above maintenance_rate / 2",
            ),
            (
                self.open_interest_lower < self.open_interest_upper,
                "open_interest_lower must be below open_interest_upper",
            ),
            (self.funding_cap <= 4 * self.maintenance_rate, "funding_cap is above 4 * maintenance_rate"),
            (self.funding_cap == 0 or self.maker_fee + self.taker_fee > 0, "funding needs a fee"),
            (
                2 * self.source.update_threshold * self.max_leverage <= 1,
                "update_threshold is too coarse for max_leverage",
            ),
            (self.source.update_threshold <= self.source.max_move, "update_threshold is above max_move"),
        )
        for holds, message in rules:
            if not holds:
                raise ValueError(message)
        return self

    def words(self, decimals: int) -> tuple[int, ...]:
        """The contract's MarketParams."""
        return (
            self.max_leverage,
            *map(wad, (self.maintenance_rate, self.maker_fee, self.taker_fee, self.price_band)),
            *map(wad, (self.open_interest_cap, self.open_interest_lower, self.open_interest_upper)),
            int(self.min_notional * 10**decimals),
            wad(self.funding_cap),
            int(self.funding_depth * 10**decimals),
            self.funding_tau,
            *map(wad, (self.liquidation_target, self.liquidation_penalty, self.liquidator_reward)),
        )


MARKET_FIELDS = tuple(
    name for name in Market.model_fields if name not in {"name", "bucket", "first_price", "source"}
)
SOURCE_FIELDS = (
    *("source", "second_source", "polled"),
    *(name for name in Source.model_fields if name not in {"feed", "second"}),
)


class Parameters(Strict):
    """The whole file."""

    chain_id: int = Field(ge=1)
    decimals: Annotated[Literal[6, 18], BeforeValidator(int)]
    # An existing collateral token; without one the faucet token is deployed.
    token: Account | None = None
    # Needed if a feed is of Pyth; of Chainlink's feeds, where there is a sequencer.
    pyth: Pyth | None = None
    chainlink: Chainlink = Chainlink()
    signers: list[Account] = Field(min_length=1, max_length=16)
    threshold: int = Field(ge=1)
    guardian: Account
    # A Safe or timelock that is to own the system; it has to accept (two steps).
    owner: Account = DEPLOYER
    vault_fee_share: Amount = Field(le=1)
    gate_floor: Amount
    global_bucket: Amount
    markets: list[Market] = Field(min_length=1, max_length=64)

    @model_validator(mode="after")
    def _threshold(self) -> "Parameters":
        if self.threshold > len(self.signers) or len(set(self.signers)) != len(self.signers):
            raise ValueError("threshold is above the number of signers, or a signer is named twice")
        return self

    @model_validator(mode="after")
    def _pyth(self) -> "Parameters":
        if self.pyth is None and self.pyth_feeds():
            raise ValueError("pyth is missing: a market has a feed of Pyth")
        return self

    def chainlink_feeds(self) -> dict[int, ChainlinkFeed]:
        """By market id."""
        return {market_id: feed for market_id, feed in self._feeds() if isinstance(feed, ChainlinkFeed)}

    def pyth_feeds(self) -> dict[int, PythFeed]:
        """By market id."""
        return {market_id: feed for market_id, feed in self._feeds() if isinstance(feed, PythFeed)}

    def _feeds(self) -> list[tuple[int, Feed]]:
        return [
            (market_id, feed)
            for market_id, market in enumerate(self.markets, start=1)
            for feed in (market.source.feed, market.source.second)
            if feed is not None
        ]

    def quote(self, amount: Decimal) -> int:
        """Whole tokens in quote units."""
        return units(amount, self.decimals)

    def resolved(self, deployer: str) -> "Parameters":
        """With the deployer's address in place of its name; signers ascending."""
        given = {
            name: deployer if getattr(self, name) == DEPLOYER else getattr(self, name)
            for name in ("guardian", "owner")
        }
        signers = sorted((deployer if s == DEPLOYER else s for s in self.signers), key=str.lower)
        return self.model_copy(update={**given, "signers": signers})


def load(path: Path) -> Parameters:
    """The file's parameters; every mistake is one line of the exception."""
    try:
        # BaseLoader keeps numbers as text: 0.005 never becomes a float.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        return Parameters.model_validate(content)
    except FileNotFoundError:
        raise Stop(f"{path}: no such file; copy scripts/params/sepolia.yaml there and edit it") from None
    except yaml.YAMLError as error:
        raise Stop(f"{path}: no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        lines = (f"{path}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise Stop("\n".join(lines)) from None
