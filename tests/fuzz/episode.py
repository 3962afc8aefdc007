"""A few hundred random actions on a fresh chain with fresh markets, reproducible from one number."""

from random import Random

from tests.helpers.chain.driver import Chain
from tests.helpers.clerk import Arguments
from tests.helpers.dealer import ERRANDS, TRADES
from tests.helpers.insurer import DEPOSITS, LIMITS
from tests.helpers.model.reader import ModelReader
from tests.helpers.rescuer import FALSE_ALARMS
from tests.helpers.strategies import Listing, chance, huge_listing, listing, weighted
from tests.helpers.world import DECISIONS, EVENTS
from tests.stateful.actions import Actions
from tests.stateful.company import TRIES, Company
from tests.stateful.pair import Entry
from tests.stateful.wealth import Wealth

# Storms: prices crash, and liquidators, keepers and depositors are about.
KINDS = {"static": 2, "dynamic": 3, "storm": 6, "many markets": 1, "huge": 1, "huge storm": 1}
ACCOUNTS = 8
MAX_ACCOUNTS = 14
# Near the edge of what cash can hold.
FORTUNE = 2**124
# Steps between two checks of the invariants.
PAUSE = 100
FIRST_TRADES = 30


class Episode:
    """`kind`: what its markets are like, one of KINDS; drawn unless given."""

    def __init__(self, chain: Chain, decimals: int, seed: int, kind: str | None = None) -> None:
        self.rng = Random(seed)
        self.token = int(10**decimals)
        self.actions = Actions(chain, decimals)
        self.model = self.actions.model
        self.kind = kind or weighted(self.rng, KINDS)
        self.listings = [self._listing() for _ in range(self._market_count())]
        self.company = Company(self.actions, self.rng, self.listings)
        self.world, self.insurer = self.company.world, self.company.insurer
        self.moves = self.kind not in ("static", "huge")
        self.storms = self.kind in ("storm", "many markets", "huge storm")
        self.weights = {**TRADES, **ERRANDS, **FALSE_ALARMS, **DEPOSITS, **LIMITS}
        if self.moves:
            self.weights |= EVENTS
        if self.moves and "huge" not in self.kind:
            self.weights |= DECISIONS
        self.wealth = Wealth(self.model)
        self.steps = 0

    def start(self) -> None:
        """List the markets, open and fund the accounts, have something in the vault."""
        for each in self.listings:
            self.do("list_market", vars(each))
            self.do("wait", {"seconds": 1})
        self._propose("set_vault_fee_share")
        for account_id in range(1, ACCOUNTS + (4 if self.storms else 0) + 1):
            self._propose("open_account")
            owner = self.model.owner_of(account_id)
            self.do("deposit", {"sender": owner, "account_id": account_id, "amount": self._funds()})
        self.actions.replay(self.company.fund_vault())
        for _ in range(FIRST_TRADES if self.storms else 0):
            self._propose("fill", TRIES)

    def step(self) -> None:
        self.steps += 1
        if self.moves and self.world.stale() and chance(self.rng, 30):
            # Traders wait for a price.
            self.do("wait", self.world.patience())
            self._propose("report")
        elif self.moves and self.world.is_frozen() and chance(self.rng, 10):
            self._propose("set_reduce_only")
        elif self.storms and chance(self.rng, 4):
            for _ in range(self.rng.choice((1, 1, 2))):
                self.actions.replay(self.company.crash())
        elif self.moves and self.insurer.patients() and chance(self.rng, 60):
            self.actions.replay([self.company.rescue()])
        else:
            self._any()
        if self.steps % PAUSE == 0:
            self.check()

    def check(self) -> None:
        self.do("check", {"static": not self.moves})

    def do(self, name: str, arguments: Arguments) -> None:
        self.actions.replay([Entry(name, arguments)])

    def _any(self) -> None:
        rng = self.rng
        name = weighted(rng, self.weights)
        if chance(rng, 3):
            self.company.conspire()
        elif chance(rng, 20):
            self.company.disperse()
        if name == "open_account" and self.model.account_count() >= MAX_ACCOUNTS:
            name = "fill"
        if self.insurer.ready() and chance(rng, 15):
            name = rng.choice(("vault_redeem", "vault_withdraw"))
        leaving = self.world.until_claimable()
        if name == "wait" and leaving is not None and chance(rng, 10):
            self.do("wait", leaving)
        else:
            self._propose(name, rng.choice((1, TRIES)) if name in TRADES else 1)
        if not self.moves:
            self.wealth.after(self.actions.log[-1], ModelReader(self.model))

    def _propose(self, name: str, tries: int = 1) -> None:
        self.actions.replay([self.company.proposal(name, tries)])

    def _funds(self) -> int:
        if "huge" in self.kind:
            return FORTUNE
        return self.token * self.rng.choice((1, 100, 5_000, 5_000, 50_000, 1_000_000))

    def _market_count(self) -> int:
        return 10 if self.kind == "many markets" else self.rng.choice((1, 2, 3))

    def _listing(self) -> Listing:
        source = self.actions.chain.addresses["SignedSource"]
        if "huge" in self.kind:
            return huge_listing(self.rng, source, self.model.decimals)
        return listing(self.rng, source, self.model.decimals, self.kind == "static")
