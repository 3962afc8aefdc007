"""What happened on a chain, as plain numbers: written while it happens, read by the live view and the report.

Money is in quote units of the collateral (6 decimals), prices, sizes and ROE are WAD, times are Unix seconds
of the chain's blocks.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Market:
    """`name`: "BTC"."""

    market_id: int
    name: str


@dataclass(frozen=True)
class Scenario:
    """What is played. `source`: where its prices come from, for a reader. `starts_at`, `ends_at`: of the
    part that is played."""

    name: str
    source: str
    starts_at: int
    ends_at: int
    seed: int
    traders: int


@dataclass(frozen=True)
class Sample:
    """The end of one block. `prices` are the last accepted ones, `priced` the markets whose price is valid.

    `open_interest`: base of one side. `insurance`: what the vault owns. `capacity`: what it may pay by its
    global bucket. `thin`, `bankrupt`: accounts below maintenance, and below zero, at that moment.
    """

    block: int
    time: int
    prices: dict[int, int]
    priced: tuple[int, ...]
    open_interest: dict[int, int]
    insurance: int
    capacity: int
    thin: int
    bankrupt: int


@dataclass(frozen=True)
class Liquidation:
    """`size` unsigned. `insurance_paid` > 0: the account was bankrupt and the vault paid."""

    block: int
    time: int
    market_id: int
    account_id: int
    is_long: bool
    size: int
    price: int
    penalty: int
    insurance_paid: int
    was_bankrupt: bool


@dataclass(frozen=True)
class Hit:
    """One counterparty of a round. `rank` from 1, `size` unsigned.

    `haircut` is taken from `profit`: unrealised, on what was closed, at the mark before the round. `left`: of
    its position afterwards.
    """

    account_id: int
    rank: int
    roe: int
    leverage: int
    size: int
    profit: int
    haircut: int
    left: int


@dataclass(frozen=True)
class Round:
    """One deleveraging. `by_list`: a list was verified by the chain; else the chain picked.

    `agrees`: computed again from the events before it, every number came out the same. `shortfall` is of the
    whole position, `haircut` and `insurance_paid` of what was closed. `price`: the counterparties' bankruptcy
    price.
    """

    block: int
    time: int
    tx_hash: str
    market_id: int
    account_id: int
    is_long: bool
    size: int
    mark: int
    price: int
    shortfall: int
    insurance_paid: int
    haircut: int
    closed: int
    left: int
    by_list: bool
    agrees: bool
    hits: tuple[Hit, ...]
    passed_over: tuple[int, ...]


@dataclass(frozen=True)
class Refusal:
    """A list that leaves `friend` out, mined and reverted for `reason`. `given` is the list, `right` its true
    beginning: the honest list of the same moment."""

    block: int
    time: int
    tx_hash: str
    market_id: int
    account_id: int
    friend: int
    friend_rank: int
    given: tuple[int, ...]
    right: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class Action:
    """A transaction of the keeper that was mined. `what`: "liquidate", "deleverage", "flag_bankrupt", ..."""

    block: int
    time: int
    what: str
    account_id: int
    market_id: int
    succeeded: bool
    gas: int


@dataclass(frozen=True)
class Trader:
    """One of the crowd: worth before the crash and after it, and the notional of its positions, quote units.

    `worth_before` includes what it brought in meanwhile.
    """

    account_id: int
    worth_before: int
    worth_after: int
    open_before: int
    open_after: int


@dataclass
class Story:
    """`phase`: what is going on now, in a few words; `done` of `total` steps of it."""

    scenario: Scenario
    markets: tuple[Market, ...]
    phase: str = ""
    done: int = 0
    total: int = 0
    insurance_before: int = 0
    samples: list[Sample] = field(default_factory=list)
    liquidations: list[Liquidation] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    traders: list[Trader] = field(default_factory=list)
    # Accounts that were bankrupt at the end of some block.
    bankruptcies: set[int] = field(default_factory=set)
    # Accounts that the keeper left below maintenance too long, with the block in which that was seen.
    missed: dict[int, int] = field(default_factory=dict)
    # By id of contracts/INVARIANTS.md.
    invariants: dict[str, bool] = field(default_factory=dict)
    # Why an invariant does not hold, by id.
    broken: dict[str, str] = field(default_factory=dict)
    # Wall-clock seconds: of all, and until the first price of the crash.
    seconds: float = 0.0
    seconds_before: float = 0.0

    @property
    def shortfall(self) -> int:
        """What bankrupt accounts could not pay: what insurance paid, and what winners went without."""
        return self.insurance_paid + self.haircut

    @property
    def insurance_paid(self) -> int:
        by_rounds = sum(each.insurance_paid for each in self.rounds)
        return by_rounds + sum(each.insurance_paid for each in self.liquidations)

    @property
    def haircut(self) -> int:
        return sum(each.haircut for each in self.rounds)

    @property
    def counterparties(self) -> int:
        """Closings of winners; one that is hit in two rounds counts twice."""
        return sum(len(each.hits) for each in self.rounds)

    @property
    def verified_rounds(self) -> int:
        return sum(each.agrees for each in self.rounds)

    @property
    def is_flawless(self) -> bool:
        """Every invariant held, every round came out the same when computed again, nobody was missed."""
        agreed = self.verified_rounds == len(self.rounds)
        return bool(self.invariants) and all(self.invariants.values()) and agreed and not self.missed
