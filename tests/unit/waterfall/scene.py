"""A position that goes bankrupt against counterparties of known rank."""

from dataclasses import dataclass, field

from ape.api import AccountAPI

from tests.helpers.desk import PRICE, WAD, Desk

# Where a long or a short of 4,000 has lost 500 a base.
DEAD = {"long": 3_500 * WAD, "short": 4_500 * WAD}


@dataclass
class Scene:
    """`victim` is long or short; everyone it meets takes the other side."""

    desk: Desk
    side: str
    victim: int
    others: list[int] = field(default_factory=list)

    @property
    def sign(self) -> int:
        return 1 if self.side == "long" else -1

    @property
    def mark(self) -> int:
        return DEAD[self.side]

    def meet(
        self,
        trader: AccountAPI,
        size: int = WAD,
        better: int = 0,
        leverage: int = 10,
        deposit: int = 10_000,
        victim: int = 0,
        market_id: int = 1,
        price: int = PRICE,
    ) -> int:
        """A new counterparty, whose entry is by `better` tokens more profitable than the market's price."""
        account = self.desk.account(trader, deposit)
        self.face(account, size, price + self.sign * better * WAD, leverage, victim, market_id)
        self.others.append(account)
        return account

    def face(
        self, account: int, size: int, price: int, leverage: int = 10, victim: int = 0, market_id: int = 1
    ) -> None:
        mine = self.desk.order(victim or self.victim, self.sign * size, price, 10, market_id)
        self.desk.fill(mine, self.desk.opposite(mine, account, leverage=leverage))

    def die(self) -> None:
        self.desk.crash(self.mark)

    def queue(self) -> list[int]:
        """Those who stand on the other side."""
        return self.desk.queue(self.side == "short")
