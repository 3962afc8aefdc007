"""What depositors of the insurance vault, and its owner, do to the chain and to the model together."""

from tests.stateful.pair import Pair, recorded


class VaultActions(Pair):
    """Everybody acts for itself; nobody needs an allowance."""

    @recorded
    def vault_deposit(self, *, sender: str, assets: int, receiver: str) -> None:
        self._same(self.model.vault_deposit, self.chain.vault_deposit, sender, assets, receiver)

    @recorded
    def vault_mint(self, *, sender: str, shares: int, receiver: str) -> None:
        self._same(self.model.vault_mint, self.chain.vault_mint, sender, shares, receiver)

    @recorded
    def request_redeem(self, *, sender: str, shares: int) -> None:
        self._same(self.model.request_redeem, self.chain.request_redeem, sender, shares)

    @recorded
    def cancel_redeem(self, *, sender: str) -> None:
        self._same(self.model.cancel_redeem, self.chain.cancel_redeem, sender)

    @recorded
    def vault_redeem(self, *, sender: str, shares: int, receiver: str) -> None:
        self._same(self.model.vault_redeem, self.chain.vault_redeem, sender, shares, receiver)

    @recorded
    def vault_withdraw(self, *, sender: str, assets: int, receiver: str) -> None:
        self._same(self.model.vault_withdraw, self.chain.vault_withdraw, sender, assets, receiver)

    @recorded
    def transfer_shares(self, *, sender: str, receiver: str, shares: int) -> None:
        self._same(self.model.transfer_shares, self.chain.transfer_shares, sender, receiver, shares)

    @recorded
    def vault_collect(self) -> None:
        self._same(self.model.vault_collect, self.chain.vault_collect)

    @recorded
    def set_bucket(self, *, market_id: int, cap: int) -> None:
        self._same(self.model.set_bucket, self.chain.set_bucket, market_id, cap)
        self.payments.cap_set(self.model.state.vault, self.model.now)

    @recorded
    def set_gate_floor(self, *, amount: int) -> None:
        self._same(self.model.set_gate_floor, self.chain.set_gate_floor, amount)

    def check_shareholders_leave(self) -> None:
        """All of them with all they have, after the wait, which no gate outlasts."""
        chain, vault = self.chain, self.model.state.vault
        with chain.undone():
            holders = [holder for holder, shares in vault.shares.items() if shares]
            for holder in holders:
                if vault.locked(holder, chain.now):
                    assert chain.cancel_redeem(holder) is None
                assert chain.request_redeem(holder, vault.shares[holder]) is None
            chain.wait(vault.cooldown)
            for holder in holders:
                refusal = chain.vault_redeem(holder, vault.shares[holder], holder)
                assert refusal is None, f"a shareholder cannot leave: {refusal}"
