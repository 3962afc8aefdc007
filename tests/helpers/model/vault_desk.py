"""The insurance vault's own entry points: the half of Protocol that InsuranceVault.vy is on the chain."""

from contextlib import AbstractContextManager

from scripts.sandbox.orders import ZERO_ADDRESS
from tests.helpers.model import insurance
from tests.helpers.model.accounts import State
from tests.helpers.model.errors import require
from tests.helpers.model.vault import NOT_REDEEMABLE, TOO_LARGE, TRANSFER_FAILED
from tests.helpers.model.views import Views


class VaultDesk(Views):
    """Depositors act for themselves: allowances are the token's business."""

    insurance_vault: str

    def atomic(self) -> AbstractContextManager[State]:
        raise NotImplementedError

    @property
    def vault_token_works(self) -> bool:
        """Whether tokens can be moved out of the vault and into it."""
        return self.state.vault.token_works

    @vault_token_works.setter
    def vault_token_works(self, works: bool) -> None:
        self.state.vault.token_works = works

    # Depositors

    def vault_deposit(self, sender: str, assets: int, receiver: str) -> int:
        """Returns the shares minted, rounded down."""
        self._require_receiver_of_shares(receiver)
        require(assets <= self.state.vault.max_deposit(self.state.vault_credit), TOO_LARGE)
        shares = self.vault_convert_to_shares(assets)
        self.state.vault.take_in(receiver, assets, shares)
        return shares

    def vault_mint(self, sender: str, shares: int, receiver: str) -> int:
        """Returns the assets taken, rounded up."""
        self._require_receiver_of_shares(receiver)
        require(shares <= self.state.vault.max_mint(self.state.vault_credit), TOO_LARGE)
        assets = self.state.vault.assets_up(shares, self.state.vault_credit)
        self.state.vault.take_in(receiver, assets, shares)
        return assets

    def request_redeem(self, sender: str, shares: int) -> None:
        self.state.vault.request(sender, shares, self.now)

    def cancel_redeem(self, sender: str) -> None:
        self.state.vault.cancel(sender, self.now)

    def vault_redeem(self, sender: str, shares: int, receiver: str) -> int:
        """Returns the assets paid, rounded down."""
        self._require_receiver_of_shares(receiver)
        require(shares <= self.vault_max_redeem(sender), NOT_REDEEMABLE)
        assets = self.vault_convert_to_assets(shares)
        self._pay(sender, shares, assets)
        return assets

    def vault_withdraw(self, sender: str, assets: int, receiver: str) -> int:
        """Returns the shares burned, rounded up."""
        self._require_receiver_of_shares(receiver)
        require(assets <= self.vault_max_withdraw(sender), NOT_REDEEMABLE)
        shares = self.state.vault.shares_up(assets, self.state.vault_credit)
        self._pay(sender, shares, assets)
        return shares

    def transfer_shares(self, sender: str, receiver: str, shares: int) -> None:
        self.state.vault.move(sender, receiver, shares, self.now)

    def vault_collect(self) -> int:
        """Anyone: fetch what the ClearingHouse owes."""
        return insurance.collect(self.state)

    def _pay(self, owner: str, shares: int, assets: int) -> None:
        with self.atomic() as state:
            state.vault.burn(owner, shares)
            if state.vault.ledger < assets:
                insurance.collect(state)
            require(state.vault.token_works, TRANSFER_FAILED)
            state.vault.ledger -= assets

    def _require_receiver_of_shares(self, receiver: str) -> None:
        require(receiver not in (ZERO_ADDRESS, self.insurance_vault), "vault: bad receiver")

    # Governance's owner

    def set_bucket(self, market_id: int, cap: int) -> None:
        """Market 0: all of them together."""
        self.state.vault.set_bucket(market_id, cap, self.now)

    def set_gate_floor(self, amount: int) -> None:
        self.state.vault.gate_floor = amount
