"""A few hundred random actions on a fresh chain with fresh markets, reproducible from one number."""

from random import Random

from tests.helpers.chain.driver import Chain
from tests.helpers.dealer import Dealer
from tests.helpers.strategies import Listing, huge_listing, listing
from tests.helpers.world import World
from tests.stateful.actions import Actions, Entry

# Relative frequencies.
TRADING = {
    "fill": 400,
    "fill_batch": 120,
    "set_leverage": 70,
    "withdraw": 40,
    "deposit": 40,
    "cancel": 25,
    "set_delegate": 20,
    "cancel_all": 8,
    "open_account": 8,
}
WORLD = {
    "report": 90,
    "wait": 90,
    "accrue_funding": 20,
    "sync": 15,
    "set_market": 12,
    "apply_market": 6,
    "set_reduce_only": 6,
    "set_vault_fee_share": 3,
    "collect_treasury": 3,
}
ACCOUNTS = 8
MAX_ACCOUNTS = 12
# Quote units at the edge of what cash can hold.
FORTUNE = 2**124


class Episode:
    """`kind`: what its markets are like."""

    def __init__(self, chain: Chain, decimals: int, seed: int) -> None:
        self.rng = Random(seed)
        self.actions = Actions(chain, decimals)
        self.dealer = Dealer(self.rng, chain, self.actions.model)
        kinds = ("static", "dynamic", "dynamic", "many markets", "huge")
        self.kind = self.rng.choice(kinds[: 5 if decimals == 18 else 4])
        self.listings = [self._listing() for _ in range(self._market_count())]
        self.world = World(self.dealer, self.actions.oracle, self.listings)
        weights = TRADING if self.kind in ("static", "huge") else {**TRADING, **WORLD}
        self.names, self.weights = list(weights), list(weights.values())

    def start(self) -> None:
        """List the markets, open and fund the accounts."""
        for each in self.listings:
            self.do("list_market", vars(each))
            self.do("wait", {"seconds": 1})
        self.do("set_vault_fee_share", self.world.set_vault_fee_share())
        for i in range(ACCOUNTS):
            self.do("open_account", self.dealer.open_account())
            amount = FORTUNE if self.kind == "huge" else 10 ** (self.actions.model.decimals + self.rng.randint(2, 6))
            owner = self.actions.model.owner_of(i + 1)
            self.do("deposit", {"sender": owner, "account_id": i + 1, "amount": amount})

    def step(self) -> None:
        name = self.rng.choices(self.names, self.weights)[0]
        if "report" in self.names and self.world.stale() and self.rng.random() < 0.3:
            name = "report"
        if name == "open_account" and self.actions.model.account_count() >= MAX_ACCOUNTS:
            name = "fill"
        proposer = self.dealer if name in TRADING else self.world
        self.do(name, getattr(proposer, name)())

    def do(self, name: str, arguments: dict[str, object]) -> None:
        self.actions.replay([Entry(name, arguments)])

    def _market_count(self) -> int:
        return 10 if self.kind == "many markets" else self.rng.choice((1, 2, 3))

    def _listing(self) -> Listing:
        source = self.actions.chain.addresses["SignedSource"]
        decimals = self.actions.model.decimals
        if self.kind == "huge":
            return huge_listing(self.rng, source, decimals)
        return listing(self.rng, source, decimals, self.kind == "static")
