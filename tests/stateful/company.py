"""Everybody who acts: traders, the world, liquidators and keepers, depositors."""

from random import Random

from tests.helpers.clerk import Arguments
from tests.helpers.dealer import Dealer
from tests.helpers.insurer import LIMITS, Insurer
from tests.helpers.rescuer import RESCUES
from tests.helpers.strategies import Listing, chance, weighted
from tests.helpers.world import World
from tests.stateful.actions import Actions
from tests.stateful.pair import Entry

# Proposals for an action that is to succeed.
TRIES = 6


class Company:
    """Each proposes in the state of the moment; nothing happens here."""

    def __init__(self, actions: Actions, rng: Random, listings: list[Listing]) -> None:
        self.actions = actions
        self.dealer = Dealer(rng, actions.chain, actions.model)
        self.world = World(self.dealer, actions.oracle, listings)
        self.insurer = Insurer(rng, actions.chain, actions.model)
        self.rng = rng

    def draw_from(self, rng: Random) -> None:
        self.rng = self.dealer.rng = self.world.rng = self.insurer.rng = rng

    def conspire(self) -> None:
        self.dealer.conspire()
        self.insurer.insiders = self.dealer.insiders

    def disperse(self) -> None:
        self.dealer.disperse()
        self.insurer.insiders = []

    def proposal(self, name: str, tries: int = 1) -> Entry:
        """The first of some that would be carried out, the last one if none would."""
        self.actions.model.now = self.actions.chain.now
        everybody = (self.world, self.dealer, self.insurer)
        propose = getattr(next(each for each in everybody if hasattr(each, name)), name)
        arguments: Arguments = propose()
        for _ in range(tries - 1):
            if self.actions.is_possible(name, arguments):
                break
            arguments = propose()
        return Entry(name, arguments)

    def crash(self) -> list[Entry]:
        return [Entry(*each) for each in self.world.crash()]

    def rescue(self) -> Entry:
        """Somebody is too thin: all hands on deck, or all wait."""
        waiting = self.world.until_ripe()
        if waiting is not None and chance(self.rng, 20):
            return Entry("wait", waiting)
        if chance(self.rng, 5):
            return Entry("deposit", self.insurer.heal())
        name = weighted(self.rng, {**RESCUES, **LIMITS, "vault_deposit": 4})
        return self.proposal(name, self.rng.choice((1, TRIES)))

    def fund_vault(self) -> list[Entry]:
        """Nothing, little of everything, plenty of everything, at the start."""
        rng, token = self.rng, int(10**self.actions.model.decimals)
        wealth = rng.choice((0, 70, 100))
        plenty = wealth == 100
        entries = []
        for market_id in range(len(self.world.listings) + 1):
            if chance(rng, wealth):
                cap = {"cap": 10**9 * token} if plenty else {}
                arguments = self.insurer.set_bucket() | {"market_id": market_id} | cap
                entries.append(Entry("set_bucket", arguments))
        if chance(rng, wealth):
            assets = {"assets": 10**7 * token} if plenty else {}
            entries.append(Entry("vault_deposit", self.insurer.vault_deposit() | assets))
        return entries
