# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title ClearingHouse as InsuranceVault sees it
@license MIT
@notice For tests: its credit and gate are what they are told to be, by anyone. As the real one it is locked while it
        has the vault pay, counts a failed payment as none, and pays its credit out to the vault alone.
"""

from ethereum.ercs import IERC20

from contracts.interfaces import IInsuranceVault

token: public(immutable(IERC20))

vault: public(IInsuranceVault)
vault_credit: public(uint256)
gate_until: public(uint256)
# What the last `try_cover` came to.
covered: public(bool)


@deploy
def __init__(token_: IERC20):
    token = token_


@external
def set_vault(vault: IInsuranceVault):
    self.vault = vault


@external
def set_vault_credit(credit: uint256):
    """
    @notice The tokens behind it are for the test to bring.
    """
    self.vault_credit = credit


@external
def set_gate_until(gate_until: uint256):
    self.gate_until = gate_until


@external
def collect_vault_credit() -> uint256:
    assert msg.sender == self.vault.address, "vault: not the vault"
    amount: uint256 = self.vault_credit
    self.vault_credit = 0
    assert extcall token.transfer(msg.sender, amount, default_return_value=True), "withdraw: transfer failed"
    return amount


@external
def cover(market_id: uint256, amount: uint256, from_credit: uint256):
    """
    @notice Have the vault pay, and pass its revert on.
    """
    extcall self.vault.cover(market_id, amount, from_credit)
    self.vault_credit -= from_credit


@external
def try_cover(market_id: uint256, amount: uint256, from_credit: uint256) -> bool:
    """
    @notice Have the vault pay; a revert counts as capacity 0.
    """
    self.covered = raw_call(
        self.vault.address,
        abi_encode(market_id, amount, from_credit, method_id=method_id("cover(uint256,uint256,uint256)")),
        revert_on_failure=False,
    )
    if self.covered:
        self.vault_credit -= from_credit
    return self.covered


@external
def refund(market_id: uint256, amount: uint256):
    self.vault_credit += amount
    extcall self.vault.refund(market_id, amount)


@external
def deleverage(market_id: uint256, amount: uint256, from_credit: uint256, unused: uint256):
    """
    @notice Cover and give back in one transaction, if the vault says that it can.
    """
    assert staticcall self.vault.capacity(market_id, self.vault_credit) >= amount, "stub: capacity"
    extcall self.vault.cover(market_id, amount, from_credit)
    self.vault_credit = self.vault_credit - from_credit + unused
    extcall self.vault.refund(market_id, unused)
