"""A vault in process (titanoboa), for properties over many histories."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boa

from tests.unit.insurance_vault.vault_desk import CAP, COOLDOWN, MARKET, NAME, SYMBOL, WINDOW

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts"
UNLIMITED = 2**256 - 1


@cache
def deployer(path: str) -> Any:
    boa.interpret.set_search_paths([str(CONTRACTS.parent)])
    return boa.load_partial(str(CONTRACTS / path))


class BoaVault:
    """A vault, four users who have approved it without limit, and what happens to a vault."""

    def __init__(self, decimals: int) -> None:
        self.owner = boa.env.generate_address("owner")
        self.users = [boa.env.generate_address(f"user {i}") for i in range(4)]
        with boa.env.prank(self.owner):
            self.token = deployer("FaucetToken.vy").deploy("Test USD", "tUSD", decimals)
            self.house = deployer("mocks/VaultClearingHouseStub.vy").deploy(self.token)
            governance = deployer("Governance.vy").deploy(self.house, self.house, decimals)
            self.vault = deployer("InsuranceVault.vy").deploy(
                self.token, self.house, governance, NAME, SYMBOL, COOLDOWN, WINDOW
            )
            self.house.set_vault(self.vault)
            for market_id in (0, MARKET):
                self.vault.set_bucket(market_id, CAP * 10**18)
        for user in self.users:
            self.token.approve(self.vault, UNLIMITED, sender=user)

    @contextmanager
    def undone(self) -> Iterator[None]:
        with boa.env.anchor():
            yield

    def fund(self, user: str, amount: int) -> None:
        self.token.mint(user, amount, sender=self.owner)

    def earn(self, amount: int) -> None:
        self.token.mint(self.house, amount, sender=self.owner)
        self.house.set_vault_credit(self.house.vault_credit() + amount)

    def donate(self, amount: int) -> None:
        self.token.mint(self.vault, amount, sender=self.owner)

    def lose(self, part: int) -> None:
        """A shortfall of `part` / 100 of all there is, credit first."""
        amount = self.vault.totalAssets() * part // 100
        self.house.cover(MARKET, amount, min(amount, self.house.vault_credit()))

    def deposit(self, user: str, amount: int) -> None:
        """As much of it as the vault takes; it refuses what would buy no share."""
        self.fund(user, amount)
        if self.vault.previewDeposit(amount):
            self.vault.deposit(min(amount, self.vault.maxDeposit(user)), user, sender=user)

    def request(self, user: str) -> None:
        """Ask to redeem whatever is not asked for yet."""
        free = self.vault.balanceOf(user) - self.vault.redeem_request(user).shares
        if free:
            self.vault.request_redeem(free, sender=user)

    def mature(self, *users: str) -> None:
        """Every share of these users can be redeemed now."""
        for user in users:
            if self.vault.redeem_request(user).shares:
                # An older request might lapse in the meantime.
                self.vault.cancel_redeem(sender=user)
            self.request(user)
        self.pass_time(COOLDOWN)

    def pass_time(self, seconds: int) -> None:
        boa.env.time_travel(seconds=seconds)
