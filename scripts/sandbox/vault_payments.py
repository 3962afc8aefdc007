"""What the insurance vault paid in a chain's history, and how much it might have."""

from dataclasses import dataclass, field

from scripts.sandbox.history import Block
from scripts.sandbox.invariants import check
from scripts.sandbox.invariants_waterfall import DAY, syb_1
from scripts.sandbox.logs import events_in
from scripts.sandbox.rescues import case_of
from scripts.system import System

ALL_MARKETS = 0
EVENTS = ("Covered", "Refunded", "BucketSet")


@dataclass
class VaultPayments:
    """`paid`: (time, quote units); `caps`: of the global bucket, (since when, quote units). Oldest first."""

    paid: list[tuple[int, int]] = field(default_factory=list)
    caps: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])

    def take_in(self, system: System, block: Block) -> None:
        """INS-1, of a payment for nobody's shortfall."""
        for each in block.transactions:
            covered = refunded = 0
            for name, said in events_in(each.logs, system.vault.address, "InsuranceVault", EVENTS):
                if name == "Covered":
                    covered += said["amount"]
                elif name == "Refunded":
                    refunded += said["amount"]
                elif said["market_id"] == ALL_MARKETS:
                    self.caps.append((block.time, said["new_cap"]))
            if covered:
                check("INS-1", case_of(system, each) is not None, ("paid for nothing", each.hash, covered))
                self.paid.append((block.time, covered - refunded))

    def syb_1(self) -> None:
        """In every 24 h that begin with a payment."""
        for start, _ in self.paid:
            within = [each for each in self.paid if start <= each[0] <= start + DAY]
            # The one in force when the day began, and all since.
            earlier = [cap for since, cap in self.caps if since < start][-1:]
            later = [cap for since, cap in self.caps if start <= since <= start + DAY]
            syb_1(within, max(earlier + later))
