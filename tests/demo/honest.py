"""A wreck on a small venue, and an honest keeper that is only a key: it sends what a test has it send."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eth_keys.datatypes import PrivateKey

from scripts.demo.story import Market, Scenario, Story
from scripts.sandbox.venue import Venue, keeper_key
from scripts.sandbox.wallet import Wallet
from tests.helpers.parameters import WAD
from tests.keeper.stage import Stage, staged
from tests.keeper.victims import Wreck, wreck

# Twice what Anvil wants for a block that is not full.
FEE = 2 * 10**9


@dataclass(frozen=True)
class Scene:
    """The price has fallen and the victim is bankrupt; blocks come when `venue.mine` is called."""

    stage: Stage
    fallen: Wreck
    keeper: Wallet
    story: Story

    @property
    def venue(self) -> Venue:
        return self.stage.venue

    def deleverage(self, ranked: Sequence[int]) -> None:
        """The keeper's transaction, in the pool."""
        call = self.venue.system.clearing_house.functions.deleverage(self.fallen.victim, 1, list(ranked))
        self.send(self.keeper.sign(call, FEE, FEE // 2, 5_000_000))

    def send(self, raw: str) -> None:
        self.stage.node.rpc("eth_sendRawTransaction", raw)

    def mine(self) -> int:
        self.venue.mine()
        return self.venue.head


@contextmanager
def scene(folder: Path, winners: int = 4) -> Iterator[Scene]:
    with staged(folder) as stage:
        venue = stage.venue
        fallen = wreck(venue, winners)
        key = keeper_key()
        venue.rpc("anvil_setBalance", key.address, hex(10**21))
        keeper = Wallet(PrivateKey(key.key), venue.market.chain_id)
        venue.hold()
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        story = Story(Scenario("a wreck", "a test", 0, 0, 1, winners + 1), (Market(1, "ETH"),))
        yield Scene(stage, fallen, keeper, story)
