"""A small venue with a past: a liquidation, one that insurance pays for, a refused list and two rounds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.demo.checks import check
from scripts.demo.story import Round, Scenario, Story
from scripts.sandbox.venue import TOKEN, Venue
from tests.helpers.parameters import WAD
from tests.keeper.stage import PRICE, staged
from tests.keeper.victims import wreck

FORTUNE = 10**7 * TOKEN
# In the first one a victim is thin, in the second one bankrupt.
THIN, BROKE = 3_920 * WAD, 3_860 * WAD
# More than what the insured victim needs: too little for the next one.
TOO_LITTLE = 3 * TOKEN


class Wrecked:
    """`first`: the block from which on the past is of interest; `flat`: an account without
    positions; `lie` and `rounds`: transactions."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._house, self._lens = venue.system.clearing_house.functions, venue.system.lens.functions
        venue.populate(30)
        self._rich = venue.open_account(FORTUNE)
        thin, insured, robbed = (wreck(venue, 4).victim for _ in range(3))
        self.flat = venue.open_account(TOKEN)
        self.first = venue.head + 1
        venue.market.report(1, THIN)
        self.liquidate(thin)
        venue.market.report(1, BROKE)
        cap = int(self._lens.shortfall(insured, 1).call()) + TOO_LITTLE
        venue.insure(cap, {0: cap, 1: cap})
        self.liquidate(insured)
        venue.hold()
        ranked = self._lens.adl_queue(1, False, 0, 20).call()
        # Mined in this order: by tip.
        self.lie = venue.send_soon(self._house.deleverage(robbed, 1, ranked[1:]), None, 3 * 10**9)
        self.rounds = [
            venue.send_soon(self._house.deleverage(robbed, 1, ranked), None, 2 * 10**9),
            venue.send_soon(self._house.deleverage_next(thin, 1, 20), None, 10**9),
        ]
        venue.mine()

    def liquidate(self, account_id: int) -> None:
        call = self._house.liquidate(account_id, 1, 2**95, self._rich, 1, 0)
        self.venue.market.send(call, self.venue.market.owner)

    def checked(self, first: int | None = None) -> Story:
        """The story after `check`; judged from the past of interest on, unless another block is given."""
        story = self.story()
        check(self.venue, story, self.first if first is None else first)
        return story

    @contextmanager
    def undone(self) -> Iterator[Callable[..., Any]]:
        """What is done to the chain inside is taken back; its RPC."""
        rpc = self.venue.rpc
        snapshot = rpc("evm_snapshot")
        rpc("evm_setAutomine", True)
        try:
            yield rpc
        finally:
            rpc("evm_revert", snapshot)

    def poke(self, slot: int, change: Callable[[int], int]) -> None:
        """Another word in ClearingHouse's storage."""
        house = self.venue.system.clearing_house.address
        word = int.from_bytes(self.venue.w3.eth.get_storage_at(house, slot), "big")
        self.venue.rpc("anvil_setStorageAt", house, f"0x{slot:064x}", f"0x{change(word):064x}")

    def story(self) -> Story:
        """Nothing is known of the rounds yet but where they are."""
        rounds = [
            Round(0, 0, tx_hash, 1, 0, True, 0, 0, 0, 0, 0, 0, 0, 0, True, False, (), ())
            for tx_hash in self.rounds
        ]
        return Story(Scenario("wrecked", "tests", 0, 0, 1, 30), (), rounds=rounds)


def broken(story: Story) -> set[str]:
    """Ids that do not hold."""
    return {name for name, holds in story.invariants.items() if not holds}


@contextmanager
def wrecked_venue(folder: Path) -> Iterator[Wrecked]:
    with staged(folder, (PRICE, 100 * WAD)) as stage:
        yield Wrecked(stage.venue)
