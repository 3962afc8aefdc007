"""A chain with the whole system on it: every verb either happens or gives the exact reason why not.

A refusal is the revert's text; it is empty when the compiler or the EVM refuses. None: it happened.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

from eth_keys.datatypes import PrivateKey

from scripts.sandbox.orders import Order, sign_order
from scripts.sandbox.reports import ReportDomain, reporter_keys
from tests.helpers.parameters import MarketParams, SourceConfig

REPORTERS = reporter_keys(1)
# In place of a signer: 65 bytes that recover to nobody.
NOBODY = ""
FOREVER = 2**64
RICH = 2**200

Call = tuple[str, str, tuple[object, ...]]
# Of whose code, topics, data.
Log = tuple[str, list[bytes], bytes]


class Chain(ABC):
    """`addresses` by contract name; `traders` have keys, `wallets` are contract owners by whose key they act.

    `now` and `block` are those of the block that the next transaction will be in.
    """

    addresses: dict[str, str]
    keys: dict[str, PrivateKey]
    owner: str
    guardian: str
    stranger: str
    traders: tuple[str, ...]
    wallets: dict[str, str]
    chain_id: int
    # 10**(36 - d) of the collateral.
    scale: int
    # Whether several transactions can share a block.
    shares_blocks: bool

    @property
    def people(self) -> tuple[str, ...]:
        """Who holds accounts and shares of the vault."""
        return *self.traders, *self.wallets, self.stranger

    @property
    @abstractmethod
    def now(self) -> int: ...

    @property
    @abstractmethod
    def viewed_at(self) -> int:
        """The second at which `views` are answered."""

    @property
    @abstractmethod
    def block(self) -> int: ...

    @abstractmethod
    def wait(self, seconds: int) -> None:
        """Begin a new block this much later, at least a second."""

    @abstractmethod
    def send(self, sender: str, contract: str, function: str, *arguments: object) -> str | None: ...

    @abstractmethod
    def simulate(self, sender: str, contract: str, function: str, *arguments: object) -> str | None:
        """As `send`, but nothing is changed."""

    @abstractmethod
    def views(self, calls: Sequence[Call]) -> list[Any]:
        """Answers at the end of the last block; None for those that revert."""

    @abstractmethod
    def storage(self, words: Sequence[tuple[str, int]]) -> list[int]:
        """Words by contract name and slot."""

    @abstractmethod
    def snapshot(self) -> object: ...

    @abstractmethod
    def restore(self, snapshot: object) -> None: ...

    @property
    @abstractmethod
    def logs(self) -> list[Log]:
        """What the last transaction that happened logged, in order."""

    @contextmanager
    def undone(self) -> Iterator[None]:
        """A block whose changes are taken back."""
        snapshot = self.snapshot()
        try:
            yield
        finally:
            self.restore(snapshot)

    # -- preparing

    def endow(self) -> None:
        """Give everybody collateral without end, approved for ClearingHouse and the vault."""
        for address in self.people:
            self._must(self.owner, "FaucetToken", "mint", address, RICH)
            for spender in ("ClearingHouse", "InsuranceVault"):
                self._must(address, "FaucetToken", "approve", self.addresses[spender], 2**256 - 1)

    def _must(self, sender: str, contract: str, function: str, *arguments: object) -> None:
        refusal = self.send(sender, contract, function, *arguments)
        assert refusal is None, f"{contract}.{function}: {refusal}"

    # -- prices and governance

    def set_source(self, market_id: int, config: SourceConfig) -> str | None:
        return self.send(self.owner, "OracleRouter", "set_source", market_id, astuple(config))

    def list_market(self, params: MarketParams) -> str | None:
        return self.send(self.owner, "Governance", "list_market", astuple(params))

    def set_market(self, market_id: int, params: MarketParams) -> str | None:
        return self.send(self.owner, "Governance", "set_market", market_id, astuple(params))

    def apply_market(self, market_id: int) -> str | None:
        return self.send(self.stranger, "Governance", "apply_market", market_id)

    def set_reduce_only(self, market_id: int, on: bool) -> str | None:
        return self.send(self.guardian, "Governance", "set_reduce_only", market_id, on)

    def set_vault_fee_share(self, share: int) -> str | None:
        return self.send(self.owner, "Governance", "set_vault_fee_share", share)

    def collect_treasury(self, receiver: str) -> str | None:
        return self.send(self.owner, "Governance", "collect_treasury", receiver)

    def report(self, market_id: int, price: int, timestamp: int) -> str | None:
        """One reporter signs a price for its time; anybody hands it in."""
        domain = ReportDomain(self.chain_id, self.addresses["SignedSource"])
        arguments = domain.report(REPORTERS, market_id, price, timestamp)
        return self.send(self.stranger, "SignedSource", "report", *arguments)

    def sync(self, market_ids: Sequence[int]) -> str | None:
        return self.send(self.stranger, "OracleRouter", "sync", list(market_ids))

    # -- traders

    def open_account(self, sender: str) -> str | None:
        return self._clearing_house(sender, "open_account")

    def deposit(self, sender: str, account_id: int, amount: int) -> str | None:
        return self._clearing_house(sender, "deposit", account_id, amount)

    def withdraw(self, sender: str, account_id: int, amount: int, receiver: str) -> str | None:
        return self._clearing_house(sender, "withdraw", account_id, amount, receiver)

    def set_delegate(self, sender: str, account_id: int, delegate: str, expires_at: int) -> str | None:
        return self._clearing_house(sender, "set_delegate", account_id, delegate, expires_at)

    def set_leverage(
        self, sender: str, account_id: int, market_id: int, leverage: int, hint: int
    ) -> str | None:
        return self._clearing_house(sender, "set_leverage", account_id, market_id, leverage, hint)

    def accrue_funding(self, market_id: int) -> str | None:
        return self._clearing_house(self.stranger, "accrue_funding", market_id)

    def fill(self, sender: str, *arguments: object) -> str | None:
        return self.send(sender, "Exchange", "fill", *arguments)

    def fill_batch(self, sender: str, *arguments: object) -> str | None:
        return self.send(sender, "Exchange", "fill_batch", *arguments)

    def cancel(self, sender: str, order: Order) -> str | None:
        return self.send(sender, "Exchange", "cancel", astuple(order))

    def cancel_all(self, sender: str, account_id: int) -> str | None:
        return self.send(sender, "Exchange", "cancel_all", account_id)

    # -- liquidators, keepers, anyone

    def liquidate(self, sender: str, *arguments: int) -> str | None:
        return self._clearing_house(sender, "liquidate", *arguments)

    def flag_bankrupt(self, account_id: int) -> str | None:
        return self._clearing_house(self.stranger, "flag_bankrupt", account_id)

    def deleverage(self, account_id: int, market_id: int, ranked: Sequence[int]) -> str | None:
        return self._clearing_house(self.stranger, "deleverage", account_id, market_id, list(ranked))

    def deleverage_next(self, account_id: int, market_id: int, max_count: int) -> str | None:
        return self._clearing_house(self.stranger, "deleverage_next", account_id, market_id, max_count)

    def relink(self, account_id: int, market_id: int, hint: int) -> str | None:
        return self._clearing_house(self.stranger, "relink", account_id, market_id, hint)

    # -- the insurance vault

    def vault_deposit(self, sender: str, assets: int, receiver: str) -> str | None:
        return self._vault(sender, "deposit", assets, receiver)

    def vault_mint(self, sender: str, shares: int, receiver: str) -> str | None:
        return self._vault(sender, "mint", shares, receiver)

    def request_redeem(self, sender: str, shares: int) -> str | None:
        return self._vault(sender, "request_redeem", shares)

    def cancel_redeem(self, sender: str) -> str | None:
        return self._vault(sender, "cancel_redeem")

    def vault_redeem(self, sender: str, shares: int, receiver: str) -> str | None:
        return self._vault(sender, "redeem", shares, receiver, sender)

    def vault_withdraw(self, sender: str, assets: int, receiver: str) -> str | None:
        return self._vault(sender, "withdraw", assets, receiver, sender)

    def transfer_shares(self, sender: str, receiver: str, shares: int) -> str | None:
        return self._vault(sender, "transfer", receiver, shares)

    def vault_collect(self) -> str | None:
        return self._vault(self.stranger, "collect")

    def set_bucket(self, market_id: int, cap: int) -> str | None:
        return self._vault(self.owner, "set_bucket", market_id, cap)

    def set_gate_floor(self, amount: int) -> str | None:
        return self._vault(self.owner, "set_gate_floor", amount)

    def sign(self, order: Order, signer: str) -> bytes:
        if signer == NOBODY:
            return bytes(65)
        return sign_order(order, self.keys[signer], self.chain_id, self.addresses["Exchange"])

    def _clearing_house(self, sender: str, function: str, *arguments: object) -> str | None:
        return self.send(sender, "ClearingHouse", function, *arguments)

    def _vault(self, sender: str, function: str, *arguments: object) -> str | None:
        return self.send(sender, "InsuranceVault", function, *arguments)
