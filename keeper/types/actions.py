"""What the keeper may do."""

from dataclasses import dataclass

ActionKey = tuple[str, int, int]
"""(kind, account id or 0, market id or 0): two actions with the same key are never in flight together."""


Side = tuple[int, bool]
"""Market, and whether its longs are meant."""


@dataclass(frozen=True, slots=True)
class Liquidate:
    account_id: int
    market_id: int
    # Base, at most so much; what the keeper's own account can carry.
    size: int
    liquidator_account_id: int
    leverage: int
    hint: int

    @property
    def key(self) -> ActionKey:
        return ("liquidate", self.account_id, self.market_id)


@dataclass(frozen=True, slots=True)
class Flag:
    account_id: int

    @property
    def key(self) -> ActionKey:
        return ("flag", self.account_id, 0)


@dataclass(frozen=True, slots=True)
class Deleverage:
    """Verified: `ranked` must be the top of the queue."""

    account_id: int
    market_id: int
    ranked: tuple[int, ...]

    @property
    def key(self) -> ActionKey:
        return ("deleverage", self.account_id, self.market_id)


@dataclass(frozen=True, slots=True)
class DeleverageNext:
    """The chain's own pick: what is left when the list was beaten twice."""

    account_id: int
    market_id: int
    max_count: int

    @property
    def key(self) -> ActionKey:
        return ("deleverage", self.account_id, self.market_id)


@dataclass(frozen=True, slots=True)
class Relink:
    account_id: int
    market_id: int
    hint: int

    @property
    def key(self) -> ActionKey:
        return ("relink", self.account_id, self.market_id)


@dataclass(frozen=True, slots=True)
class Accrue:
    market_id: int

    @property
    def key(self) -> ActionKey:
        return ("accrue", 0, self.market_id)


@dataclass(frozen=True, slots=True)
class Sync:
    """Have the router ask the sources of these markets."""

    market_ids: tuple[int, ...]

    @property
    def key(self) -> ActionKey:
        return ("sync", 0, self.market_ids[0])


@dataclass(frozen=True, slots=True)
class Publish:
    """A signed report of a price to SignedSource."""

    market_id: int
    price: int
    timestamp: int

    @property
    def key(self) -> ActionKey:
        return ("publish", 0, self.market_id)


@dataclass(frozen=True, slots=True)
class Update:
    """Updates of Pyth's prices to PythSource at `source`, paid with `fee` wei."""

    source: str
    # Of one source at most one is in flight: named by this market of it.
    lead: int
    market_ids: tuple[int, ...]
    data: tuple[bytes, ...]
    fee: int

    @property
    def key(self) -> ActionKey:
        return ("update", 0, self.lead)


Action = Liquidate | Flag | Deleverage | DeleverageNext | Relink | Accrue | Sync | Publish | Update
