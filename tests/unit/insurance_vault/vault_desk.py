"""A vault on a ClearingHouse that says what it is told to, and the verbs that its tests are written in."""

from typing import Any

from ape import chain
from ape.api import AccountAPI, ReceiptAPI

HOUR = 3_600
DAY = 24 * HOUR
COOLDOWN = 7 * DAY
WINDOW = 2 * DAY
# Of the empty vault: shares of one unit.
SHARES = 1_000
MARKET = 1
NAME, SYMBOL = "Plimsoll Insurance", "pINS"
ZERO_ADDRESS = "0x" + "00" * 20
# Whole tokens.
CAP = 10**9


class VaultDesk:
    """One vault; market 1 and all together may pay 10**9 tokens a day."""

    def __init__(self, project: Any, owner: AccountAPI, decimals: int = 6, token: Any = None) -> None:
        self.owner = owner
        self.unit = 10**decimals
        self.token = token or owner.deploy(project.FaucetToken, "Test USD", "tUSD", decimals)
        self.house = owner.deploy(project.VaultClearingHouseStub, self.token)
        # Of Governance the vault asks nothing but its owner.
        self.governance = owner.deploy(project.Governance, self.house, self.house, decimals)
        self.vault = owner.deploy(
            project.InsuranceVault, self.token, self.house, self.governance, NAME, SYMBOL, COOLDOWN, WINDOW
        )
        self.house.set_vault(self.vault, sender=owner)
        self.set_bucket(0, CAP * self.unit)
        self.set_bucket(MARKET, CAP * self.unit)

    def set_bucket(self, market_id: int, cap: int) -> ReceiptAPI:
        return self.vault.set_bucket(market_id, cap, sender=self.owner)

    # -- depositors

    def fund(self, account: Any, amount: int) -> None:
        """Give an account tokens that the vault may take."""
        self.token.mint(account, amount, sender=self.owner)
        self.token.approve(self.vault, amount, sender=account)

    def deposit(self, depositor: Any, amount: int) -> int:
        """Of quote units; returns the shares."""
        self.fund(depositor, amount)
        return int(self.vault.deposit(amount, depositor, sender=depositor).return_value)

    def request(self, depositor: Any, shares: int | None = None) -> ReceiptAPI:
        """Ask to redeem; all shares unless told otherwise."""
        wanted = self.vault.balanceOf(depositor) if shares is None else shares
        return self.vault.request_redeem(wanted, sender=depositor)

    def mature(self, depositor: Any, shares: int | None = None) -> None:
        """Request, and let the cooldown pass."""
        self.request(depositor, shares)
        self.mine(COOLDOWN)

    def mature_all(self, *depositors: Any) -> None:
        """All shares of all of them."""
        for depositor in depositors:
            self.request(depositor)
        self.mine(COOLDOWN)

    def redeem(self, depositor: Any, shares: int | None = None) -> int:
        """Returns the assets."""
        wanted = self.vault.maxRedeem(depositor) if shares is None else shares
        return int(self.vault.redeem(wanted, depositor, depositor, sender=depositor).return_value)

    # -- ClearingHouse

    def earn(self, amount: int) -> None:
        """Fees: tokens and credit in ClearingHouse."""
        self.token.mint(self.house, amount, sender=self.owner)
        self.house.set_vault_credit(self.house.vault_credit() + amount, sender=self.owner)

    def cover(self, amount: int, from_credit: int = 0, market_id: int = MARKET) -> ReceiptAPI:
        return self.house.cover(market_id, amount, from_credit, sender=self.owner)

    # -- what the chain says

    def books(self) -> tuple[int, int, int, int]:
        """Total assets, ledger, tokens held, supply."""
        return (
            self.vault.totalAssets(),
            self.vault.collateral_ledger(),
            self.token.balanceOf(self.vault),
            self.vault.totalSupply(),
        )

    def request_of(self, depositor: Any) -> tuple[int, int, int]:
        """Shares, first and last second."""
        return tuple(self.vault.redeem_request(depositor))

    # -- time

    @property
    def now(self) -> int:
        return int(chain.blocks.head.timestamp)

    def wait(self, seconds: int) -> int:
        """Put the next block `seconds` after the latest one; returns its time."""
        chain.pending_timestamp = now = self.now + seconds
        return now

    def mine(self, seconds: int) -> int:
        """A block `seconds` after the latest one: views answer as of then."""
        now = self.now + seconds
        chain.mine(timestamp=now)
        return now
